"""What loads prescribe."""
