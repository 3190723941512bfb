"""Variational autoencoders of periodic cells, with a regressor of their stiffness."""
