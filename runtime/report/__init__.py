"""What a run shows: progress, tables, meshes and figures."""
