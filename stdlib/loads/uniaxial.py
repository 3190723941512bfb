"""Short names of tests along one axis.

Strain is given, and curves are reported, as positive magnitudes, also where the load pushes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jax.core import Tracer

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.boundaries.grips import AXES, Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Cycle, Increments

if TYPE_CHECKING:
    from metac.compiler.interfaces.load import Load
    from metac.compiler.interfaces.satisfies import Satisfies


class Uniaxial(Experiment):
    """Between grips, in equal increments; `sign` says which way they move."""

    sign: ClassVar[int]
    largest_strain: ClassVar[float]

    def __init__(self, *, body: Any, along: str, strain: Any, increments: int, clamp: str) -> None:
        """`strain` is a positive magnitude. Raises `FieldError` on each of its fields."""
        require_axis_and_increments(along, increments)
        require_magnitude(strain, self.largest_strain)
        boundary = Grips(along=along, clamp=clamp)
        control = Stretch(strain=self.sign * strain, along=along)
        super().__init__(body=body, boundary=boundary, control=control, path=Increments(count=increments))


class Tension(Uniaxial):
    """The grips move apart."""

    sign = 1
    largest_strain = float("inf")


class Compression(Uniaxial):
    """The grips move towards each other; contact between the walls of a pore is that of the body."""

    sign = -1
    largest_strain = 1.0


class PeriodicUniaxial(Experiment):
    """A period of an endless pattern under uniaxial mean stress; `sign` says whether it is pulled or pushed."""

    sign: ClassVar[int]
    largest_strain: ClassVar[float]

    def __init__(self, *, body: Any, along: str, strain: Any, increments: int) -> None:
        """`strain` is a positive magnitude. Raises `FieldError` on each of its fields."""
        require_axis_and_increments(along, increments)
        require_magnitude(strain, self.largest_strain)
        control = Stretch(strain=self.sign * strain, along=along)
        super().__init__(body=body, boundary=Periodic(), control=control, path=Increments(count=increments))


class PeriodicTension(PeriodicUniaxial):
    """The pattern is pulled."""

    sign = 1
    largest_strain = float("inf")


class PeriodicCompression(PeriodicUniaxial):
    """The pattern is pushed; contact between the walls of a pore is that of the body."""

    sign = -1
    largest_strain = 1.0


class Cyclic(Experiment):
    """Between grips, from one nominal strain to the next, from rest on, in `increments` equal ones each.

    Signs are those of tension: stresses are positive where the body pulls its grips together. Curves run over how far the
    strain has gone, Σ|Δε|, since the strain itself turns back.
    """

    def __init__(self, *, body: Any, along: str, strains: Sequence[Any], increments: int, clamp: str) -> None:
        """`strains` where the load turns, the last one its end. Raises `FieldError` on each of its fields."""
        require_axis_and_increments(along, increments)
        known = [float(strain) for strain in strains if not isinstance(strain, Tracer)]
        if not len(strains) or not all(np.isfinite(known)) or any(strain <= -1 for strain in known):
            raise FieldError("strains", "a load needs strains to go to, each more than −100 %")
        boundary, control = Grips(along=along, clamp=clamp), Stretch(strain=1.0, along=along)
        super().__init__(body=body, boundary=boundary, control=control, path=Cycle(turns=strains, count=increments))


class Followed(Experiment):
    """Between grips, followed along the path's length; `sign` says which way the grips set out.

    What is given is how far the body moves from one recorded state to the next; the grip's displacement is found with it
    (`runtime/fem/path/arc_length.py`). Curves over the strain may therefore turn back.
    """

    sign: ClassVar[int]

    def __init__(self, *, body: Any, travel: Any, along: str, increments: int) -> None:
        """`travel`, mm, as in `ArcLength`. Raises `FieldError` on each of its fields."""
        require_axis_and_increments(along, increments)
        boundary, control = Grips(along=along, clamp="both"), Stretch(strain=float(self.sign), along=along)
        super().__init__(body=body, boundary=boundary, control=control, path=ArcLength(travel=travel, count=increments))


class FollowedTension(Followed):
    """The grips set out moving apart."""

    sign = 1


class FollowedCompression(Followed):
    """The grips set out moving towards each other."""

    sign = -1


def require_axis_and_increments(along: str, increments: int) -> None:
    """`FieldError` on `along` or `increments`."""
    if along not in AXES:
        raise FieldError("along", f"a load acts along x or y, not along {along}")
    if increments < 1:
        raise FieldError("increments", f"a load needs one increment at least, not {increments}")


def require_magnitude(strain: Any, largest: float) -> None:
    """`FieldError` on `strain` where it is known and no positive magnitude below `largest`."""
    # Inside a trace the value is not known; a wrong one then shows in the status.
    if isinstance(strain, Tracer) or 0 < float(strain) < largest:
        return
    limit = "" if np.isinf(largest) else f" and less than {largest:.0%}"
    help = "give the magnitude; `tension` pulls and `compression` pushes"
    raise FieldError("strain", f"strain must be more than zero{limit}, got {float(strain):g}", help=help)


if TYPE_CHECKING:
    Satisfies[Load](Tension, Compression, PeriodicTension, PeriodicCompression, Cyclic, FollowedTension, FollowedCompression)
