"""Plane geometry on the host: outlines and their curves; numpy and shapely, no JAX."""
