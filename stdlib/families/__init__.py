"""Families of cells: curves in latent spaces."""
