"""Denoising diffusion models and their training."""
