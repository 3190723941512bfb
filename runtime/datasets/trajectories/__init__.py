"""Trajectories of networks of springs that are compressed."""
