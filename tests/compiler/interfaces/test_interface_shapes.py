"""Objects of the library have arrays of the shapes that the interfaces state, and dimensions of one name are of one size."""

from __future__ import annotations

from typing import Any, get_type_hints

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from jaxtyping import AbstractArray, jaxtyped
from numpy.typing import NDArray

from metac.compiler.interfaces.body import FrameBody, GridBody
from metac.compiler.interfaces.geometry import BeamNetwork
from metac.compiler.interfaces.mechanical_response import BeamStressResponse, MeanFieldResponse, StiffnessResponse
from metac.compiler.interfaces.symmetry import Symmetry
from metac.runtime.beams.network_geometry import NetworkGeometry
from metac.runtime.beams.node_grid import NodeGrid
from tests.library import make
from tests.mechanics import LINEAR_ELASTIC, Material, lame
from tests.stdlib.groups import group
from tests.stdlib.made import homogenised

ARRAYS = ("Float", "Int", "Bool", "UInt8")
NAMES = {name: getattr(jaxtyping, name) for name in ARRAYS} | {
    "Array": jax.Array,
    "np": np,
    "NDArray": NDArray,
    "Figure": object,
}
"""What interfaces import for type checkers only."""
GRID = NodeGrid(3, 4)


def stated(protocol: Any) -> dict[str, Any]:
    """The arrays among a protocol's attributes and properties, with their annotations."""
    hints = dict(get_type_hints(protocol, localns=NAMES))
    for base in protocol.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, property):
                hints.setdefault(name, get_type_hints(value.fget, localns=NAMES)["return"])
    return {name: hint for name, hint in hints.items() if isinstance(hint, type) and issubclass(hint, AbstractArray)}


def unlike(made: Any, protocol: Any) -> list[str]:
    """Names of attributes whose arrays are not what the protocol states."""
    with jaxtyped("context"):
        return [name for name, hint in stated(protocol).items() if not isinstance(getattr(made, name), hint)]


def network() -> NetworkGeometry:
    widths = np.random.default_rng(0).uniform(0.5, 1.0, GRID.edge_count)
    return NetworkGeometry(GRID, jnp.asarray(GRID.positions(5.0)), jnp.asarray(widths))


def material() -> Material:
    mu, lam = lame(0.6, 0.3)
    return Material(LINEAR_ELASTIC, (mu, 2 * lam * mu / (lam + 2 * mu)))


def frame() -> Any:
    return make("body", "frame", network=network(), width=1.0, material=material(), thickness=10.0)


def pull(body: Any) -> Any:
    return make("load", "tension", body=body, strain=0.02, increments=3).response


MADE = {
    "symmetry": (lambda: group("p4gm"), Symmetry),
    "network": (network, BeamNetwork),
    "frame": (frame, FrameBody),
    "pulled frame": (lambda: pull(frame()), MeanFieldResponse),
    "stresses of a frame": (lambda: pull(frame()), BeamStressResponse),
    "pixels": (lambda: pixels(), GridBody),
    "homogenised pixels": (lambda: homogenised(pixels()).response, StiffnessResponse),
}


def pixels() -> Any:
    density = jnp.asarray(np.random.default_rng(0).uniform(size=(3, 4)))
    return make("body", "pixels", density=density, size=20.0, materials=(material(), material()))


@pytest.mark.parametrize("name", MADE)
def test_arrays_have_the_shapes_that_their_interface_states(name: str) -> None:
    make_it, protocol = MADE[name]
    assert stated(protocol), f"{protocol.__name__} states no array"
    assert unlike(make_it(), protocol) == []


def test_a_wrong_shape_is_seen() -> None:
    right = network()
    wrong = {"grid": GRID, "positions": right.positions[:, :1], "widths": right.widths[None]}
    assert unlike(type("Wrong", (), wrong)(), BeamNetwork) == ["positions", "widths"]
