"""How single tokens are read."""
