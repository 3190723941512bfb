"""Responses: what a load's simulation gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from metac.compiler.interfaces.status import LoadStatus

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float


@runtime_checkable
class Response(Protocol):
    """Displacements, reactions, energies, whatever the load's measures read, NaN where it failed.

    One that is drawn is a pytree of arrays (`jax.tree_util.register_dataclass`).
    """

    @property
    def status(self) -> LoadStatus:
        """How it went."""
        ...


@runtime_checkable
class Continued(Response, Protocol):
    """The response of a load that can start warm (`load.py: WarmStartable`)."""

    @property
    def start(self) -> Any:
        """What the load of a neighbouring design may start from, a tree like `WarmStartable.rest`."""
        ...


@runtime_checkable
class DeformedResponse(Response, Protocol):
    """The response of a load on a meshed body whose states can be drawn and examined."""

    @property
    def strain(self) -> Float[Array, " increment"]:
        """What was applied."""
        ...

    @property
    def displacement(self) -> Float[Array, "increment node component"]:
        """mm."""
        ...


@runtime_checkable
class LabelledResponse(DeformedResponse, Protocol):
    """One that says what was applied."""

    @property
    def applied(self) -> str:
        """What `strain` is, in words: `nominal strain`, `shear`, `load factor`; the same in every trace."""
        ...
