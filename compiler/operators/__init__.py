"""Operators and built-in functions."""
