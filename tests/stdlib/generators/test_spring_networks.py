"""Networks of springs as specs make them: what is free, what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import files_relative_to
from metac.runtime.springs.response import box_ratios, elastic_constants
from metac.stdlib.generators.jammed_network import JammedNetwork
from metac.stdlib.generators.network_file import NetworkFile

FIELDS = {
    "nodes": 16, "sizes": (1.6, 1.4, 1.2, 1.0), "pressure": 0.2, "removed": 0.0, "least_degree": 3, "seed": 0,
    "ratio": None, "angle_stiffness": 0.01,
}  # fmt: skip


@pytest.fixture(scope="module")
def packing():
    return JammedNetwork.build(**FIELDS)


def made(packing, **given):
    return JammedNetwork(**{**FIELDS, "free": "nothing", **given}, built=packing)


@pytest.mark.parametrize("free", ["nothing", "bonds", "places", "stiffness"])
def test_every_network_begins_as_it_was_jammed(packing, free):
    generator = made(packing, free=free)
    network = generator.at(generator.init(jax.random.key(0)))
    np.testing.assert_array_equal(network.positions, packing.positions)
    np.testing.assert_array_equal(network.weights, 1.0)
    np.testing.assert_array_equal(network.factors, 1.0)
    assert (generator.removable is not None) == (generator.bounds is not None) == (free == "bonds")


def test_parameters_do_what_their_name_says(packing):
    bonds, places, stiffness = (made(packing, free=free) for free in ("bonds", "places", "stiffness"))
    count = len(packing.connections.bonds)
    assert float(bonds.at(jnp.zeros(count).at[3].set(1.0)).weights.sum()) == 1.0
    shifted = places.at(jnp.full((16, 2), 0.25))
    np.testing.assert_allclose(shifted.positions - packing.positions, 0.25)
    np.testing.assert_allclose(stiffness.at(jnp.full(count, np.log(2.0))).factors, 2.0)


def test_nodes_keep_their_least_degree(packing):
    generator = made(packing, free="bonds", least_degree=5)
    weights = generator.init(jax.random.key(0))
    degrees = np.bincount(packing.connections.bonds.ravel())
    assert generator.removable is not None
    may = np.asarray(generator.removable(weights))
    first, second = packing.connections.bonds.T
    np.testing.assert_array_equal(may, np.minimum(degrees[first], degrees[second]) > 5)
    chosen = int(np.argmax(may))
    assert not generator.removable(weights.at[chosen].set(0.0))[chosen]


def test_bonds_are_removed_down_to_a_ratio(packing):
    pruned = JammedNetwork.build(**{**FIELDS, "ratio": 0.1})
    generator = made(pruned, ratio=0.1)
    network = generator.at(generator.init(jax.random.key(0)))
    ratios = np.asarray(box_ratios(elastic_constants(network, 0.01).stiffness))
    assert ratios.mean() <= 0.1 < np.asarray(box_ratios(elastic_constants(made(packing).at(None), 0.01).stiffness)).mean()
    assert len(pruned.connections.bonds) < len(packing.connections.bonds)
    # The ratio is that of these angles; a network that is below it from the start stays whole.
    assert network.stated_angle_stiffness == 0.01 and made(packing).at(None).stated_angle_stiffness is None
    assert len(JammedNetwork.build(**{**FIELDS, "ratio": 0.55}).connections.bonds) == len(packing.connections.bonds)


def test_a_ratio_that_is_not_reached_is_refused():
    with pytest.raises(FieldError, match=r"and -0\.9 is asked for") as problem:
        JammedNetwork.build(**{**FIELDS, "ratio": -0.9, "least_degree": 5})
    assert problem.value.field == "ratio" and "a higher `ratio`" in str(problem.value.help)


def test_bonds_are_removed_at_random():
    packing = JammedNetwork.build(**{**FIELDS, "nodes": 36, "removed": 0.2})
    whole = JammedNetwork.build(**{**FIELDS, "nodes": 36})
    assert len(packing.connections.bonds) == round(0.8 * len(whole.connections.bonds))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sizes", (), "diameters are positive"),
        ("sizes", (1.0, -1.0), "diameters are positive"),
        ("sizes", (9.0, *15 * (1.0,)), "less than two of the largest discs"),
        ("removed", 0.5, "holds a node that has only 3 left"),
    ],
)
def test_what_makes_no_network_is_refused(field, value, message):
    with pytest.raises(FieldError, match=message) as raised:
        JammedNetwork.build(**{**FIELDS, field: value})
    assert raised.value.code == "M0560"


def test_files_are_read_from_the_folder_of_the_spec(packing, tmp_path):
    connections = packing.connections
    np.savez(tmp_path / "net.npz", positions=packing.positions, box=connections.box, bonds=connections.bonds)
    with files_relative_to(tmp_path):
        built = NetworkFile.build("net.npz")
        network = NetworkFile(source="net.npz", least_degree=3, free="nothing", built=built).at(jnp.zeros(0))
        with pytest.raises(FieldError, match="cannot be read: No such file") as raised:
            NetworkFile.build("nothing.npz")
    assert raised.value.field == "source"
    np.testing.assert_array_equal(network.images, connections.images)
