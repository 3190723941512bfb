"""What is meshed of a sheet: a rectangle, or a closed outline, less its pores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.geometry import Movement
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.bubbles import with_bubbles
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.meshing import mesh_region
from metac.stdlib.bodies.sheet import Sheet

if TYPE_CHECKING:
    from jax import Array


@dataclass(frozen=True)
class Region:
    """What is meshed: pores cut from a rectangle, and how finely."""

    domain: Rectangle
    outlines: tuple[Outline, ...]
    size: float
    """Element edge, mm."""
    across: float
    """Elements over the width of a ligament."""
    order: int
    mixed: bool = False
    """Whether its elements have a pressure of their own, and a bubble."""
    outer: Outline | None = None
    """The edge of a sheet that is not a rectangle; the domain is then the rectangle around it."""

    def mesh(self, refinement: float = 1.0) -> Mesh:
        """Triangles with all sizes divided by `refinement`; raises as `mesh_region`."""
        made = mesh_region(
            self.domain,
            self.outlines,
            self.size,
            self.order,
            across=self.across,
            refinement=refinement,
            outer=self.outer,
        )
        return with_bubbles(made) if self.mixed else made

    def moved(self, by: Movement) -> Region:
        """The region between the moved outlines (host, concrete values)."""
        outer = () if self.outer is None else (self.outer,)
        moved = moved_outlines((*self.outlines, *outer), partial(by.move, domain=self.domain))
        count = len(self.outlines)
        return replace(self, outlines=moved[:count], outer=moved[count] if outer else None)

    def body(self, refinement: float, material: Any, thickness: Any) -> Sheet:
        """Remeshed, nothing moved."""
        return Sheet(region=self, mesh=self.mesh(refinement), material=material, thickness=thickness)


def moved_outlines(outlines: Sequence[Outline], move: Callable[[Array], Array]) -> tuple[Outline, ...]:
    """Outlines with their points moved (host, concrete values)."""
    if not outlines:
        return ()
    # All at once: one compilation, and one pass of the flow.
    together = jnp.asarray(np.concatenate([outline.points for outline in outlines]))
    moved = np.asarray(jax.jit(move)(together))
    parts = np.split(moved, np.cumsum([len(outline.points) for outline in outlines])[:-1])
    return tuple(Outline(part, outline.corners) for part, outline in zip(parts, outlines, strict=True))
