"""What a load shows as functions of strain: Poisson's ratio, stiffness, volume.

Secant values are those from rest. Tangents are derivatives with respect to the strain along, from each increment and its
two neighbours, the state at rest among them: of second order in the increments. A load of one increment has its chord.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.mechanical_response import DirectedResponse, MeanFieldResponse, VolumeResponse
from metac.compiler.interfaces.values import Curve
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.dimension import determinant
from metac.stdlib.measures.reading import direction, read, uniaxial
from metac.stdlib.measures.refusals import no_one_component, one_way

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class PoissonCurve:
    """−(strain across) / (strain along), or −d(strain across) / d(strain along), under uniaxial stress.

    Strains are nominal, or the logarithms of the stretches: Poisson's function in the sense of Hencky (Beatty and Stalnaker,
    J. Appl. Mech. 53, 1986, 807), which is ½ in space and 1 in the plane for what keeps its volume.
    """

    def __init__(self, *, of: Any, kind: str, strain: str, along: Any | None) -> None:
        self.of, self.kind, self.strain, self.along = of, kind, strain, direction(of, along)

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]` over `abscissa[increment]`, the magnitude of the applied nominal strain."""
        found, axis = uniaxial(self.of, self.along)
        along, across = (found.mean_strain[:, i, i] for i in (axis, 1 - axis))
        if self.strain == "logarithmic":
            along, across = jnp.log1p(along), jnp.log1p(across)
        return Curve(found.abscissa, -_ratio(self.kind, along, across))


class ModulusCurve:
    """Stress over strain of the component that the load drives, or the slope of one over the other."""

    def __init__(self, *, of: Any, kind: str, along: Any | None) -> None:
        self.of, self.kind, self.along = of, kind, direction(of, along)

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]`, MPa, over `abscissa[increment]`, the magnitude of the applied strain."""
        found = _case(self.of, self.along)
        if found.driven is None:
            raise no_one_component()
        i, j = found.driven
        return Curve(found.abscissa, _ratio(self.kind, found.mean_strain[:, i, j], found.mean_stress[:, i, j]))


class VolumeRatio:
    """det(I + H) of the mean displacement gradient H, area in the plane; of a material test that of the cube."""

    def __init__(self, *, of: Any, along: Any | None) -> None:
        self.of, self.along = of, direction(of, along)

    @cached_property
    def value(self) -> Curve:
        """`ordinate[increment]` over `abscissa[increment]`."""
        found = _case(self.of, self.along)
        if isinstance(found, VolumeResponse) and found.volume_ratio is not None:
            return Curve(found.abscissa, found.volume_ratio)
        gradient = jnp.moveaxis(jnp.eye(PLANE) + found.mean_strain, 0, -1)
        return Curve(found.abscissa, determinant(gradient))


def _case(load: Any, along: Any | None) -> MeanFieldResponse:
    """The response of a load, or of that along one axis where there are two."""
    if isinstance(load.response, DirectedResponse):
        return uniaxial(load, along)[0]
    if along is not None:
        raise one_way()
    return read(load, MeanFieldResponse, "mean strain and stress")


def _ratio(kind: str, strain: Float[Array, " increment"], value: Float[Array, " increment"]) -> Float[Array, " increment"]:
    return value / strain if kind == "secant" else slopes(strain, value)


def slopes(strain: Float[Array, " increment"], value: Float[Array, " increment"]) -> Float[Array, " increment"]:
    """`[increment]`: dvalue/dstrain of a path from rest, where both are zero.

    The slopes of the parabola through three neighbours, at their middle one, and at the last one for the end.
    """
    steps, rises = (jnp.diff(each, prepend=0.0) for each in (strain, value))
    chords = rises / steps
    if len(chords) == 1:
        return chords
    before, after = steps[:-1], steps[1:]
    weight = after / (before + after)
    middle = weight * chords[:-1] + (1 - weight) * chords[1:]
    end = chords[-1] + weight[-1] * (chords[-1] - chords[-2])
    return jnp.append(middle, end)


if TYPE_CHECKING:
    Satisfies[Measure](PoissonCurve, ModulusCurve, VolumeRatio)
