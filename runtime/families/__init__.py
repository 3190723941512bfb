"""Graded families of cells: curves in a latent space along which stiffness follows a prescribed gradation."""
