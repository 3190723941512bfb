"""Discretised geometry with material."""
