"""Plane groups."""
