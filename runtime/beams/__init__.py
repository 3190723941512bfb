"""Plane frames: beams that are rigidly joined at nodes, linear and elastic."""
