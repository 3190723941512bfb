"""What is computed once at a run's end: of usual meshes, compiling it takes longer than running it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar, cast

from metac.compiler.interfaces.body import Meshed
from metac.compiler.library.interface_members import lacks

Given = ParamSpec("Given")
Found = TypeVar("Found")

LARGE = 50_000
"""Nodes of a mesh from which on ten increments from rest gain as much from an optimised program as its compilation takes."""


def compiled_once(function: Callable[Given, Found], bodies: Iterable[object]) -> Callable[Given, Found]:
    """A function that runs once, compiled for these bodies; nothing else may trace it (`quickly_compiled`)."""
    import jax

    from metac.compiler.interfaces.quick_compilation import quickly_compiled

    nodes = [len(cast(Meshed, body).mesh.nodes) for body in bodies if lacks(body, Meshed) is None]  # computes no coordinates
    return quickly_compiled(function) if nodes and max(nodes) <= LARGE else jax.jit(function)
