"""Sparse direct solvers behind one small interface, one file each."""
