"""The standard library: one folder a kind, one definition a file."""
