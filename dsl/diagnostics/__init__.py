"""Diagnostics as data, and the ways to show them."""
