"""Boundary conditions of loads."""
