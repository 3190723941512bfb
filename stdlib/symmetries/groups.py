"""Plane groups by what their lattices have, for those who judge specs by the names of definitions: without JAX or NumPy."""

from __future__ import annotations

HEXAGONAL = frozenset({"p3", "p31m", "p3m1", "p6", "p6mm"})
"""Groups with axes of three or six folds: their lattice is hexagonal, and their `cell` the edge of a rhombus."""
