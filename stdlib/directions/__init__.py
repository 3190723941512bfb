"""Directions in latent spaces: between the means of two sets of cells."""
