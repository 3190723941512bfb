"""Gradient-based optimisation loops."""
