"""Networks for tests."""

import jax.numpy as jnp
import numpy as np

from metac.runtime.springs.jamming import jammed
from metac.runtime.springs.network import Connections, SpringNetwork

SIZES = (1.6, 1.4, 1.2, 1.0)


def packed(nodes: int, seed: int = 0, pressure: float = 0.2) -> tuple[SpringNetwork, Connections]:
    """A jammed network."""
    packing = jammed(nodes, SIZES, pressure, seed)
    return network_of(packing.positions, packing.connections), packing.connections


def network_of(positions: np.ndarray, connections: Connections) -> SpringNetwork:
    """With K = 1/l."""
    ones = jnp.ones(len(connections.bonds))
    return SpringNetwork(
        jnp.asarray(positions), jnp.asarray(connections.box), connections.bonds, connections.images, ones, ones
    )


def triangular(columns: int, rows: int) -> tuple[SpringNetwork, Connections]:
    """A triangular lattice of bonds of length 1; an even number of rows."""
    places, numbers = [], {}
    for row in range(rows):
        for column in range(columns):
            numbers[row, column] = len(places)
            places.append((column + row % 2 / 2, row * np.sqrt(3) / 2))
    bonds, images = [], []
    for (row, column), number in numbers.items():
        for up, right in ((0, 1), (1, row % 2), (1, row % 2 - 1)):
            to = (row + up) % rows, (column + right) % columns
            bonds.append((number, numbers[to]))
            images.append(((column + right) // columns, (row + up) // rows))
    box = np.array([columns, rows * np.sqrt(3) / 2])
    connections = Connections(box, np.array(bonds), np.array(images), len(places))
    return network_of(np.array(places), connections), connections
