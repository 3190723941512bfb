"""Loading programs."""
