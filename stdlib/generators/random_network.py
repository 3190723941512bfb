"""Random networks of beams on a grid of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.beams.grid_crossings import MOST_SHIFT, joined_grid, most_uncrossed, uncrossed_candidates
from metac.runtime.beams.network_geometry import NetworkGeometry
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.dimensions import PLANE
from metac.runtime.late_jax import Array, jax, jnp, lax

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import FrameGenerator, Theta
    from metac.compiler.interfaces.satisfies import Satisfies

TRIES = 64
"""Networks that are drawn at once, of which the first is taken that is connected."""
LEAST_NODES, MOST_NODES = 3, 64
"""Along a side."""


class RandomNetwork:
    """Generator: `at(theta)` is a `NetworkGeometry`; fields as in `random_network.meta`, lengths in mm.

    The design is a vector `[edge]` of 0 and 1, in the order of `NodeGrid.edges`. Where widths or places are free as well,
    `theta` is a mapping: `edges`, `widths[edge]` and `shifts[inner node, 2]`, both unbounded. The design has no gradient.

    Raises:
        FieldError: M0549 where the grid cannot have a connectivity, M0540 for other fields that make no network.
    """

    def __init__(
        self,
        *,
        spacing: Array | float,
        grid: Sequence[int],
        connectivity: Sequence[float],
        widths: tuple[Any, ...],
        shift: Array | float,
        crossings: str,
    ) -> None:
        if len(grid) != 2 or not all(LEAST_NODES <= int(nodes) <= MOST_NODES for nodes in grid):
            found = [int(nodes) for nodes in grid]
            message = f"a network has {LEAST_NODES} to {MOST_NODES} nodes along x and along y, found {found}"
            raise FieldError("grid", message, help="write `[4, 4]`")
        self.grid = NodeGrid(int(grid[0]), int(grid[1]))
        self.crossings = crossings
        self.counts = tuple(beam_count(self.grid, float(mean), crossing=crossings != "refuse") for mean in connectivity)
        if not self.counts:
            raise FieldError("connectivity", "one connectivity at least is needed", code="M0549")
        self.least, self.most = float(widths[0]), float(widths[1])
        if not 0 < self.least <= self.most:
            raise FieldError("widths", f"shares of a width are positive, found {self.least:g} .. {self.most:g}")
        self.spacing, self.shift = spacing, float(shift)
        if crossings != "keep" and not self.shift < MOST_SHIFT:
            raise FieldError(
                "shift",
                f"nodes that move by {self.shift:g} spacings bring beams to cross where there is no node",
                help=f"take a shift below {MOST_SHIFT:g}, or leave `crossings` out",
            )

    @property
    def _inner(self) -> np.ndarray:
        return self.grid.numbers[1:-1, 1:-1].ravel()

    def init(self, key: Array) -> Theta:
        """A random design; beams of equal widths at regular places where these are free."""
        edges = random_edges(self.grid, self.counts, key, crossing=self.crossings != "refuse")
        free: dict[str, Any] = {}
        if self.least < self.most:
            free["widths"] = jnp.zeros(self.grid.edge_count)
        if self.shift > 0:
            free["shifts"] = jnp.zeros((len(self._inner), PLANE))
        return {"edges": edges, **free} if free else edges

    def at(self, theta: Theta) -> NetworkGeometry:
        """The network; widths are shares of the body's."""
        parts = theta if isinstance(theta, dict) else {"edges": theta}
        present = lax.stop_gradient(jnp.asarray(parts["edges"])) > 0.5
        free = parts.get("widths", jnp.zeros(self.grid.edge_count))
        widths = self.least + (self.most - self.least) * jax.nn.sigmoid(free)
        places = jnp.asarray(self.grid.positions(1.0))
        if "shifts" in parts:
            places = places.at[self._inner].add(self.shift * jnp.tanh(parts["shifts"]))
        widths = jnp.where(present, widths, 0.0)
        if self.crossings != "join":
            return NetworkGeometry(self.grid, self.spacing * places, widths, self.spacing)
        joined = joined_grid(self.grid)
        return NetworkGeometry(joined.net, self.spacing * joined.positions(places), widths[joined.origin], self.spacing)


def beam_count(grid: NodeGrid, connectivity: float, *, crossing: bool = True) -> int:
    """Beams of a network in which so many end at a node in the mean (Pahlavani et al., supplementary table 3), rounded.

    Raises `FieldError`, M0549, where the grid has no connected network of so many; without `crossing`, none whose diagonals
    do not cross.
    """
    count = round(connectivity * grid.node_count / 2)
    least, most = grid.node_count - 1, grid.edge_count if crossing else most_uncrossed(grid)
    if least <= count <= most:
        return count
    size = f"{grid.columns} by {grid.rows} nodes"
    why = f"connecting {size} takes {least} or more" if count < least else f"{size} have {most} at most between neighbours"
    why += "" if crossing or count < least else ", if none of them cross"
    low, high = (2 * bound / grid.node_count for bound in (least, most))
    raise FieldError(
        "connectivity",
        f"a connectivity of {connectivity:g} takes {count} beams, but {why}",
        code="M0549",
        help=f"take values in {low:.3g} .. {high:.3g}",
    )


def random_edges(grid: NodeGrid, counts: Sequence[int], key: Array, *, crossing: bool = True) -> Array:
    """`[edge]` of 0 and 1: one of the `counts` of beams, as likely each, and any connected network of so many as likely.

    Without `crossing`, any of those whose diagonals do not cross.
    """
    from metac.runtime.beams.connectivity import is_connected

    which, key = jax.random.split(key)
    count = jax.random.choice(which, jnp.asarray(counts))

    def draw(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        now, key = jax.random.split(state[0])
        if crossing:
            present = jnp.argsort(jax.random.uniform(now, (grid.edge_count, TRIES)), axis=0) < count
        else:
            present = uncrossed_candidates(grid, tuple(counts), count, now, TRIES)
        fine = is_connected(grid, present)
        return key, fine.any(), present[:, jnp.argmax(fine)]

    start = (key, jnp.asarray(False), jnp.zeros(grid.edge_count, bool))
    return lax.while_loop(lambda state: ~state[1], draw, start)[2].astype(float)


if TYPE_CHECKING:
    Satisfies[FrameGenerator](RandomNetwork)
