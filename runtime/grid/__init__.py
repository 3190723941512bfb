"""Mechanics on regular grids of pixels."""
