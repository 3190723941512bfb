"""What happens at a point or an edge of a body: how far it goes, and what holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.body import Meshed
from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import PrescribesDisplacements, Tested
from metac.compiler.interfaces.mechanical_response import NodalDisplacements, ReactionResponse
from metac.compiler.interfaces.values import Curve
from metac.runtime.fem.assembly.edge_load import EdgePart
from metac.stdlib.actions.place import Place, place_of
from metac.stdlib.actions.point_force import where
from metac.stdlib.measures.reading import read
from metac.stdlib.measures.refusals import CODE

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies

AXES = {"x": 0, "y": 1}


@runtime_checkable
class WithNodes(Protocol):
    """A body of nodes that are joined by beams."""

    @property
    def nodes_at_rest(self) -> Any:
        """Nodes before they are moved, with the edges that they are on."""
        ...


class AtPlace:
    """Something at one place; raises `FieldError` M0600 where not one place is given."""

    def __init__(
        self,
        *,
        of: Any,
        at: Sequence[float] | None,
        edge: str | None,
        group: str | None,
        along: str,
        built: Place | None = None,
    ) -> None:
        self.of, self.axis = of, AXES[along]
        self.place = built or self.build(at, edge, group)

    @staticmethod
    def build(at: Sequence[float] | None, edge: str | None, group: str | None) -> Place:
        """The place, which decides about nodes."""
        return place_of(at, edge, group)

    @property
    def mesh(self) -> Any:
        """Of the body, before a generator has moved it: elements, or nodes of a frame alone."""
        body = self.of.body
        if isinstance(body, WithNodes):
            return body.nodes_at_rest
        if not isinstance(body, Meshed):
            raise FieldError("of", "the body of this load has no places", code=CODE)
        return body.mesh


class Displacement(AtPlace):
    """Of a point, or the mean along an edge, of its unloaded length; of a frame the mean of an edge's nodes."""

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, mm, over `abscissa[increment]`."""
        nodes, weights = self._weights
        response = read(self.of, NodalDisplacements, "displacements")
        along = response.displacement[:, nodes, self.axis]
        return Curve(response.abscissa, along @ weights)

    @property
    def _weights(self) -> tuple[np.ndarray, Array]:
        """Nodes, and by what part each of them counts."""
        mesh, place = self.mesh, self.place
        if place.at is not None:
            nodes, parts = where(mesh, place.at, self)
            return nodes, jnp.asarray(parts)
        nodes = place.nodes(mesh, self)
        if isinstance(self.of.body, WithNodes):
            return nodes, jnp.full(len(nodes), 1 / len(nodes))
        part = EdgePart(mesh, place.facets(mesh, self))
        shares = part.uniform(self.of.body.coordinates, jnp.array([1.0, 0.0]))[nodes, 0]
        return nodes, shares / shares.sum()


class Reaction(AtPlace):
    """Of what supports, grips and prescribed displacements do to the body."""

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, N, over `abscissa[increment]`; FieldError M0523 where nothing is prescribed there."""
        nodes = self.place.nodes(self.mesh, self)
        test = self.of.test if isinstance(self.of, Tested) else None
        none = FieldError("of", "this load holds its body at no node: it has no reactions", code=CODE)
        if not isinstance(test, PrescribesDisplacements):
            raise none
        if not test.prescribed_components[nodes, self.axis].any():
            message = f"nothing holds or moves the body along {'xy'[self.axis]} at {self.place.text}: there is no reaction"
            help = "take the place of a support, a grip or a prescribed displacement"
            raise FieldError("along", message, code=CODE, help=help)
        response = read(self.of, ReactionResponse, "reactions")
        if response.reaction is None:
            raise none
        return Curve(response.abscissa, response.reaction[:, nodes, self.axis].sum(axis=1))


if TYPE_CHECKING:
    Satisfies[Measure](Displacement, Reaction)
