"""What a law takes a plane body to be in: plane strain, or plane stress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class _Declared(Protocol):
    """A material that still has what its definition was given."""

    @property
    def fields(self) -> Mapping[str, Any]: ...


def plane_state(material: object) -> str:
    """`stress` or `strain`: what a law, as written with its fields, takes a plane body to be in."""
    return material.fields.get("plane", "strain") if isinstance(material, _Declared) else "strain"
