"""Grids of cells made of pixels: exact superelements, nested dissection, and coarse elements of a stiffness each."""
