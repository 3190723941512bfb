"""Stiffness of a strained period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Tested

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


@runtime_checkable
class WithTangent(Protocol):
    """A test whose body has a homogenised tangent."""

    def tangent_stiffness(self, response: Any) -> Array:
        """`[4, 4]`, MPa, at the end of the response."""
        ...


class TangentStiffness:
    """∂P/∂H of a periodic mesh or of pixels."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """`[4, 4]`, MPa; FieldError M0523 of a load on a body that does not repeat, or on a frame."""
        if not (isinstance(self.of, Tested) and isinstance(self.of.test, WithTangent)):
            raise FieldError(
                "of",
                "only a period of a mesh or of pixels has a tangent stiffness",
                code="M0523",
                help="take an `experiment` with `boundary = periodic` on a `cell` or on `pixels`; of a frame `stiffness(…)`",
            )
        return self.of.test.tangent_stiffness(self.of.response)


if TYPE_CHECKING:
    Satisfies[Measure](TangentStiffness)
