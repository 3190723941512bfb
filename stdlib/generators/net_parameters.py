"""What is free of a net of beams: their widths and the places of its inner nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    from metac.compiler.interfaces.generator import Theta
    from metac.runtime.beams.network_geometry import NetworkGeometry
    from metac.runtime.beams.strut_net import StrutNet


class NetParameters:
    """Generator of form `frame` of a net that is known: `at(theta)` is a `NetworkGeometry`.

    `theta` is a mapping with `widths[width]` and `shifts[inner node, 2]`, where they are free, between 0 and 1; 1/2 is the
    net as it was made, with widths in the middle of their range. `[0]` where nothing is free. Beams that lie on opposite
    sides as images of each other share a width, nodes on a side stay.

    Raises:
        FieldError: on `widths` for shares that are not positive.
    """

    bounds = (0.0, 1.0)
    """Of all parameters."""

    def __init__(
        self,
        net: StrutNet,
        unit: Array | float,
        widths: tuple[Any, ...],
        shift: Any,
        own_widths: NDArray[np.float64] | None = None,
    ) -> None:
        """`unit` is what is 1 in the net, mm; `shift` is in units; `own_widths[edge]` as in `NetworkGeometry`."""
        self.net, self.unit, self.own_widths = net, unit, own_widths
        self.least, self.most, self.shift = float(widths[0]), float(widths[1]), float(shift)
        if not 0 < self.least <= self.most:
            raise FieldError("widths", f"shares of a width are positive, found {self.least:g} .. {self.most:g}")

    @cached_property
    def inner(self) -> NDArray[np.int64]:
        """Nodes that are on no side."""
        sides = [side for axis in (0, 1) for side in self.net.sides(axis)]
        return np.setdiff1d(np.arange(self.net.node_count), np.concatenate(sides))

    @cached_property
    def width_numbers(self) -> NDArray[np.int64]:
        """`[edge]`: number of the width that a beam has."""
        from metac.runtime.beams.periodic_topology import NotPeriodic, periodic_topology

        own = np.arange(self.net.edge_count)
        try:
            drawn = periodic_topology(self.net.nodes, self.net.edges, np.diag(self.net.size)).drawn
        except NotPeriodic:
            return own
        own[drawn] = np.arange(len(drawn))[:, None]
        return own

    @property
    def fixed(self) -> bool:
        """Whether neither widths nor places are free."""
        return self.least == self.most and not self.shift

    def init(self, key: Array) -> Theta:
        """The net as it was made; `key` does not matter."""
        import jax.numpy as jnp

        free: dict[str, Any] = {}
        if self.least < self.most:
            free["widths"] = jnp.full(int(self.width_numbers.max()) + 1, 0.5)
        if self.shift > 0:
            free["shifts"] = jnp.full((len(self.inner), PLANE), 0.5)
        return free or jnp.zeros(0)

    def at(self, theta: Theta) -> NetworkGeometry:
        """The network; widths are shares of the body's."""
        import jax.numpy as jnp

        from metac.runtime.beams.network_geometry import NetworkGeometry

        free = theta if isinstance(theta, dict) else {}
        places, widths = jnp.asarray(self.net.nodes), jnp.full(self.net.edge_count, (self.least + self.most) / 2)
        if "widths" in free:
            widths = self.least + (self.most - self.least) * free["widths"][self.width_numbers]
        if "shifts" in free:
            places = places.at[self.inner].add(self.shift * (2 * free["shifts"] - 1))
        return NetworkGeometry(self.net, self.unit * places, widths, self.unit, self.own_widths)
