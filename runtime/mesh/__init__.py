"""Meshes: made, cached, curved at their boundary, and judged by their quality."""
