"""Regions of the plane."""
