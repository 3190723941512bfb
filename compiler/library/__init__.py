"""Definitions: what a `define` block says, and where it is found."""
