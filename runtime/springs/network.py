"""Points that springs join, in a box that repeats; dimensionless (Lennard-Jones units, see docs/elastic_networks.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from metac.runtime.errors import RuntimeFailure


class NetworkRefused(RuntimeFailure):
    """Arrays that make no network."""


@dataclass(frozen=True)
class Connections:
    """Which nodes the bonds join, and how the box repeats: what is known before anything is computed; plain numpy."""

    box: NDArray[np.float64]
    """`[2]`: edges along x and y."""
    bonds: NDArray[np.int64]
    """`[bond, 2]`: first and second node."""
    images: NDArray[np.int64]
    """`[bond, 2]`: the periods that the second node is shifted by: the bond is `r[second] + images · box − r[first]`."""
    nodes: int

    def vectors(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[bond, 2]`: from the first to the second node, of nodes at `positions[node, 2]`."""
        first, second = self.bonds.T
        return positions[second] - positions[first] + self.images * self.box


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class SpringNetwork:
    """A network at rest, free of stress."""

    positions: Any
    """`[node, 2]`: places of the nodes; not wrapped into the box."""
    box: Any
    """`[2]`."""
    bonds: Any
    """`[bond, 2]`."""
    images: Any
    """`[bond, 2]`."""
    weights: Any
    """`[bond]`: 1 where the bond is there, 0 where it was removed; in between for derivatives."""
    factors: Any
    """`[bond]`: stiffness times rest length; 1 is K = 1/l."""
    stated_angle_stiffness: float | None = field(default=None, metadata={"static": True})
    """That of the angles where the network comes with one, as from a file; a body may have no other."""
    edges: tuple[float, float] | None = field(default=None, metadata={"static": True})
    """Where one program serves networks of several boxes: the mean box, by which time is cut."""

    def edge(self, axis: int) -> float:
        """Of the box, as a plain number: see `edges`."""
        return float(self.box[axis]) if self.edges is None else self.edges[axis]

    @property
    def vectors(self) -> jax.Array:
        """`[bond, 2]`: from the first to the second node."""
        first, second = self.positions[self.bonds[:, 0]], self.positions[self.bonds[:, 1]]
        return second - first + self.images * self.box

    @property
    def degrees(self) -> jax.Array:
        """`[node]`: bonds that end there, by their weights."""
        ends = jnp.zeros(len(self.positions))
        return ends.at[self.bonds[:, 0]].add(self.weights).at[self.bonds[:, 1]].add(self.weights)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class SpringEnergy:
    """The energy: Σ_bonds w K (l − l₀)² + κ Σ_nodes Σ_pairs w w' (θ − θ₀)², over all pairs of bonds at a node.

    There is no ½ (the convention of LAMMPS). Angles between bonds are differences of the bonds' rotations since rest, so
    that no list of angles is needed: at a node Σ_pairs w w' (a − a')² = (Σw)(Σw a²) − (Σw a)².
    """

    bonds: Any
    """`[bond, 2]`."""
    images: Any
    """`[bond, 2]`."""
    rest: Any
    """`[bond, 2]`: vectors at rest."""
    weights: Any
    """`[bond]`."""
    stiffness: Any
    """`[bond]`: K."""
    angle_stiffness: Any
    """κ."""


def springs_of(network: SpringNetwork, angle_stiffness: Any) -> SpringEnergy:
    """The springs of a network, with K = factor / length."""
    rest = network.vectors
    stiffness = network.factors / jnp.sqrt(jnp.sum(rest**2, axis=1))
    return SpringEnergy(network.bonds, network.images, rest, network.weights, stiffness, angle_stiffness)


def checked(positions: Any, connections: Connections) -> None:
    """Refuse arrays that make no network.

    Raises:
        NetworkRefused: for places or boxes that are no numbers, bonds between nodes that do not exist, bonds without
            length, two bonds in one place, or nodes without any.
    """
    positions, box = np.asarray(positions), connections.box
    bonds, images = connections.bonds, connections.images
    if not (np.isfinite(positions).all() and np.isfinite(box).all() and (box > 0).all()):
        raise NetworkRefused("a place or the box is not a positive, finite number", remedy="look at the file's numbers")
    if not len(bonds):
        raise NetworkRefused("the network has no bonds", remedy="a network needs bonds between its nodes")
    if bonds.min() < 0 or bonds.max() >= len(positions):
        raise NetworkRefused(f"a bond ends at node {bonds.max() + 1} of {len(positions)}", remedy="number nodes from 1")
    short = np.flatnonzero(np.hypot(*connections.vectors(positions).T) < 1e-9)
    if len(short):
        first, second = bonds[short[0]] + 1
        raise NetworkRefused(f"the bond of nodes {first} and {second} has no length", remedy="move one of its nodes")
    turned = bonds[:, 0] > bonds[:, 1]
    alike = np.concatenate([np.where(turned[:, None], bonds[:, ::-1], bonds), np.where(turned[:, None], -images, images)], 1)
    unique, counts = np.unique(alike, axis=0, return_counts=True)
    if (counts > 1).any():
        first, second = unique[counts > 1][0, :2] + 1
        raise NetworkRefused(f"nodes {first} and {second} are joined twice", remedy="leave one of the two bonds out")
    lonely = np.setdiff1d(np.arange(len(positions)), bonds)
    if len(lonely):
        raise NetworkRefused(f"node {lonely[0] + 1} has no bond", remedy="leave out nodes that nothing holds")
