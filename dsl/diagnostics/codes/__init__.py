"""The registry of diagnostic codes, one module a range."""
