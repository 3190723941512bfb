"""Random beam networks with their properties."""
