"""How loads grow."""
