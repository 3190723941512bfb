"""Homogeneous tests of a material."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.given_curve import GivenCurve
from metac.compiler.interfaces.material import Material, StrainLimited
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, PrincipalLaw, SpatialLaw
from metac.runtime.fem.material_point import MODES, homogeneous_states
from metac.stdlib.loads.responses import MechanicalResponse

if TYPE_CHECKING:
    from metac.compiler.interfaces.load import Load
    from metac.compiler.interfaces.satisfies import Satisfies


class MaterialTest:
    """A cube of 1 mm of a material, evenly stretched; its response is read as that of a body.

    Raises `FieldError` on `material` where its law is none of finite strains in three dimensions, or has a history, and on
    `strain` or `at` where not just one of them says how far.
    """

    def __init__(self, *, material: Material, mode: str, strain: Any, increments: int, at: GivenCurve | None) -> None:
        require_spatial(material)
        require_one(strain, at)
        self.material, self.mode = material, mode
        self._strain, self._increments, self._at = strain, int(increments), at

    @property
    def strains(self) -> Any:
        """`[state]`: nominal strains."""
        if self._at is not None:
            return np.asarray(self._at.abscissa, float)
        return jnp.asarray(self._strain) * np.linspace(0, 1, self._increments + 1)[1:]

    @cached_property
    def response(self) -> MechanicalResponse:
        """What the cube does; differentiable."""
        strains, mode = jnp.asarray(self.strains, float), MODES[self.mode]
        law: Any = self.material.functions
        found = homogeneous_states(law, self.material.parameters, strains, mode)
        # What failed is no number, as of every response.
        sound = jnp.where(found.status.residual <= 1, 1.0, jnp.nan)[:, None]
        plane = jnp.eye(PLANE)
        return MechanicalResponse(
            strain=strains,
            abscissa=strains,
            sense=1.0,
            displacement=jnp.zeros((len(strains), 0, PLANE)),
            mean_strain=((found.stretches[:, :2] - 1) * sound)[:, :, None] * plane,
            mean_stress=(found.stress[:, :2] * sound)[:, :, None] * plane,
            energy=found.energy * sound[:, 0],
            volume_ratio=jnp.prod(found.stretches, axis=1) * sound[:, 0],
            status=found.status,
            driven=(0, 0),
            uniaxial=self.mode == "uniaxial",
        )


def require_spatial(material: Material) -> None:
    """`FieldError` on `material` where its law does not hold for finite strains in three dimensions, or has a history."""
    law = material.functions
    if isinstance(law, HistoryDependentLaw):
        raise FieldError("material", "this law has a history, and states of a material test are found each by itself")
    if isinstance(material, StrainLimited) and material.strain == "small":
        help = "its stress is its modulus times the strain; take a law of finite strains, `saint_venant_kirchhoff` say"
        raise FieldError("material", "this law holds for small strains only", help=help)
    if not isinstance(law, SpatialLaw | PrincipalLaw):
        raise FieldError("material", "this law is known in the plane only, and a material test is in three dimensions")


def require_one(strain: Any, at: GivenCurve | None) -> None:
    """`FieldError` where not just one of both is given, or points lie below zero."""
    if (strain is None) == (at is None):
        message = "say how far, by `strain` or by the points of a curve, `at`" if at is None else "`at` says how far already"
        raise FieldError("strain", message, help="give one of the two")
    if at is not None and np.min(at.abscissa) < 0:
        raise FieldError("at", "a material test stretches: there are points at negative strains")


def strain_range(known: Mapping[str, Any]) -> tuple[float, float] | None:
    """How far the test goes, where that is known."""
    if known.get("at") is not None:
        return 0.0, float(np.max(known["at"].abscissa))
    return None if known.get("strain") is None else (0.0, float(known["strain"]))


if TYPE_CHECKING:
    Satisfies[Load](MaterialTest)
