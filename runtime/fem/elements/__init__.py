"""Reference elements, one a file."""
