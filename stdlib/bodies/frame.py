"""Frames of beams, as a network draws them or as a tiling of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.beams.beam_element import BeamMaterial, Beams, Theory, beams_between
from metac.runtime.beams.node_grid import MOST_TILES
from metac.runtime.beams.periodic_topology import NotPeriodic
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.dimension import identity
from metac.stdlib.loads.applied import applied_loads

if TYPE_CHECKING:
    from jax import Array
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.body import FrameBody, LoadableBody, MadeOfMaterial, OfKnownVolume, Sized
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.drawing import Drawable, DrawnApart, Exported, ExportedUnderLoads
    from metac.compiler.interfaces.load import Test
    from metac.compiler.interfaces.path import Path
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.beams.network_geometry import NetworkGeometry
    from metac.runtime.report.drawing_difference import DrawingDifference
    from metac.runtime.report.frame_export import DrawnFrame
    from metac.stdlib.bodies.frame_nodes import FrameNodes


class Frame:
    """Beams between nodes. Fields as in `frame.meta`, lengths in mm."""

    def __init__(
        self,
        *,
        network: NetworkGeometry,
        width: Array | float,
        material: Any,
        thickness: Array | float,
        tiles: Sequence[int],
        theory: str,
    ) -> None:
        """`material` is a law (`metac.runtime.fem.constitutive_law.Law`).

        Raises:
            FieldError: for `tiles` that are not two numbers from 1 to `MOST_TILES`, or tile a network that does not repeat.
        """
        if len(tiles) != 2 or not all(1 <= int(count) <= MOST_TILES for count in tiles):
            found = [int(count) for count in tiles]
            raise FieldError("tiles", f"a tiling has 1 to {MOST_TILES} cells along x and along y, found {found}")
        self.tiles = (int(tiles[0]), int(tiles[1]))
        self.thickness, self.material, self.theory = thickness, material, theory
        try:
            self.grid = network.grid.tiled(*self.tiles)
        except NotPeriodic as problem:
            raise FieldError("tiles", problem.message, help=problem.remedy) from None
        self.positions = network.grid.tiled_positions(network.positions, *self.tiles)
        self._spacing = network.spacing
        own = network.own_widths
        base = width if own is None else jnp.where(np.isnan(own), width, np.nan_to_num(own))
        self.widths = network.grid.tiled_widths(base * network.widths, *self.tiles)

    @property
    def reference(self) -> np.ndarray:
        """`[node, 2]`, mm: where nodes stand before they are moved; needs a concrete spacing, or concrete positions."""
        return np.asarray(self.positions) if self._spacing is None else float(self._spacing) * self.grid.positions(1.0)

    @property
    def nodes_at_rest(self) -> FrameNodes:
        """Nodes before they are moved, with the edges that they are on."""
        from metac.stdlib.bodies.frame_nodes import FrameNodes

        return FrameNodes(self.reference, self.grid)

    def test(self, boundary: Boundary, control: Control, path: Path) -> Test:
        """The frame in a test (`LoadableBody`); raises FieldError where there is no such test."""
        from metac.stdlib.bodies.frame_experiments import test_of

        return test_of(self, boundary, control, path)

    @property
    def settings(self) -> dict[str, int]:
        """What varies beside the design: numbers of cells."""
        return dict(zip(("D1", "D2"), self.tiles, strict=True))

    @cached_property
    def beam_material(self) -> BeamMaterial:
        """Of the beams: Young's modulus under uniaxial stress, and the Poisson's ratio that goes with the shear modulus."""
        law = self.material
        parameters = tuple(jnp.asarray(value, float) for value in law.parameters)
        tangent = law.functions.tangent2(identity(PLANE, 1), parameters)[..., 0]
        young = tangent[0, 0, 0, 0] - tangent[0, 0, 1, 1] ** 2 / tangent[1, 1, 1, 1]
        return BeamMaterial(young, young / (2 * tangent[0, 1, 0, 1]) - 1, self.thickness, cast(Theory, self.theory))

    @cached_property
    def beams(self) -> Beams:
        """`[edge]`, of all candidates."""
        return beams_between(self.grid.edges, self.positions, self.widths, self.beam_material)

    @cached_property
    def extent(self) -> Array:
        """`[2]`: distance of the outer nodes along x and y, mm (the paper's W and L)."""
        return self.grid.extent(self.positions)

    @property
    def volume(self) -> Array:
        """Of all beams, mm³: width times length times thickness, so that what they share at joints counts in each."""
        return jnp.sum(self.beams.width * self.beams.length) * self.thickness

    def figure(self, title: str) -> Figure:
        """The drawing."""
        from metac.runtime.report.frame_plots import draw_frame

        return draw_frame(*self._concrete, title)

    def arrays(self) -> dict[str, np.ndarray]:
        """Nodes `[node, 2]` (mm), edges `[beam, 2]` and widths `[beam]` (mm) of the beams that are there."""
        nodes, edges, widths = self._concrete
        return {"nodes": nodes, "edges": edges, "widths": widths}

    def files(self) -> dict[str, bytes]:
        """Drawings, a solid and tables, by the end of the name."""
        return self._drawn.files()

    def drawing_difference(self) -> DrawingDifference:
        """By how much the drawing differs from the beams that are simulated (host, concrete values)."""
        from metac.stdlib.bodies.drawn_frame import difference_of

        return difference_of(self, self._drawn)

    def files_under(self, loads: Mapping[str, Any]) -> dict[str, bytes]:
        """An input file for Abaqus and CalculiX with every load that has displacements and forces at nodes."""
        from metac.runtime.report.frame_input import input_file

        applied, left_out = applied_loads(loads)
        used = self._used
        applied = [replace(load, prescribed=load.prescribed[used], forces=load.forces[used]) for load in applied]
        return {".inp": input_file(self._drawn, applied, left_out)}

    @property
    def _drawn(self) -> DrawnFrame:
        from metac.runtime.report.frame_export import DrawnFrame

        beam_material = self.beam_material
        constants = (float(value) for value in (beam_material.depth, beam_material.young, beam_material.poisson))
        return DrawnFrame(*self._concrete, *constants, shear=self.theory == "timoshenko")

    @cached_property
    def _used(self) -> np.ndarray:
        """`[node]`: nodes where a beam ends; others are in no file."""
        return np.unique(self.grid.edges[np.asarray(self.widths) > 0])

    @property
    def _concrete(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        widths = np.asarray(self.widths)
        there = widths > 0
        edges = np.searchsorted(self._used, self.grid.edges[there])
        return np.asarray(self.positions)[self._used], edges, widths[there]


if TYPE_CHECKING:
    Satisfies[FrameBody](Frame)
    Satisfies[MadeOfMaterial](Frame)
    Satisfies[LoadableBody](Frame)
    Satisfies[Sized](Frame)
    Satisfies[OfKnownVolume](Frame)
    Satisfies[Drawable](Frame)
    Satisfies[Exported](Frame)
    Satisfies[ExportedUnderLoads](Frame)
    Satisfies[DrawnApart](Frame)
