"""Minimisation by gradients: methods, line search, rejected steps, several starts, continuation and remeshing."""
