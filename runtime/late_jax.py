"""JAX for modules that `metac check` imports too, where it makes grids and networks and computes nothing.

JAX takes a second to import: these names import it when something is first asked of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jax
    import jax.numpy as jnp
    from jax import Array, lax
else:
    from importlib import import_module

    Array = Any
    """Annotations are all that it is for here."""

    class _Late:
        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, name: str) -> Any:
            return getattr(import_module(self._name), name)

    jax, jnp, lax = (_Late(name) for name in ("jax", "jax.numpy", "jax.lax"))

__all__ = ["Array", "jax", "jnp", "lax"]
