"""Minimisation by gradients: steps, line search, rejected steps, restarts and continuation."""
