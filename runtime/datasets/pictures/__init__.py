"""Pictures of cells with their elastic constants."""
