"""Finite elements: meshes, kernels, equilibrium and its derivatives."""
