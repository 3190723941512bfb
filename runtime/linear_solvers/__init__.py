"""Sparse direct solvers for symmetric matrices behind one small interface; all of it runs on the host."""
