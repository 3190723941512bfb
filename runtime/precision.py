"""Mechanics runs in float64; JAX must be told before its first array."""

from __future__ import annotations


def enable_double_precision() -> None:
    """Switch JAX to 64-bit types for this process; calling it again does nothing."""
    import jax

    jax.config.update("jax_enable_x64", True)
