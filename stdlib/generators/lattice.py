"""Regular lattices of beams by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.generators.net_parameters import NetParameters

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.generator import Bounded, Fixable, FrameGenerator
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.beams.strut_net import StrutNet

ANGLE = np.pi / 6
"""Of a regular honeycomb's inclined beams, radian."""
RATIOS = {"honeycomb": 1.0, "re_entrant_honeycomb": 2.0}
"""Of the upright beams of honeycombs, where none is given."""


class Lattice(NetParameters):
    """Fields as in `lattice.meta`, lengths in mm, the angle in radian.

    Raises:
        FieldError: M0540 for fields that other lattices do not have, for a re-entrant honeycomb whose beams meet, and for
            widths that are not positive.
    """

    def __init__(
        self,
        *,
        of: str,
        cells: Sequence[int],
        edge: Array | float,
        angle: float | None,
        ratio: float | None,
        widths: tuple[Any, ...],
        shift: Any,
        built: StrutNet | None = None,
    ) -> None:
        super().__init__(built or self.build(of, cells, angle, ratio), edge, widths, shift)

    @staticmethod
    def build(of: str, cells: Sequence[int], angle: float | None, ratio: float | None) -> StrutNet:
        """The net, with edges of length 1."""
        from metac.runtime.beams.lattice_patterns import lattice_net, lattice_pattern

        for field, value in (("angle", angle), ("ratio", ratio)):
            if value is not None and of not in RATIOS:
                raise FieldError(field, f"a {of} lattice has no `{field}`: honeycombs have", help="leave it out")
        turned = ANGLE if angle is None else float(angle)
        upright = RATIOS.get(of, 1.0) if ratio is None else float(ratio)
        least = 2 * float(np.sin(turned))
        if of == "re_entrant_honeycomb" and upright <= least * (1 + 1e-6):
            raise FieldError(
                "ratio",
                f"the corners of re-entrant cells meet: upright beams are {upright:g} edges long, inclined ones reach "
                f"{least:.4g} edges into a cell (2 sin θ)",
                help=f"take a `ratio` above {least:.4g}",
            )
        return lattice_net(lattice_pattern(of, turned, upright), int(cells[0]), int(cells[1]))


if TYPE_CHECKING:
    Satisfies[FrameGenerator](Lattice)
    Satisfies[Fixable](Lattice)
    Satisfies[Bounded](Lattice)
