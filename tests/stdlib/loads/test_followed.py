"""Loads between grips followed by arc length: the same equilibria as at prescribed strains, in the language as well."""

import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Load
from metac.runtime.fem.status import raise_for
from metac.stdlib.loads.uniaxial import Compression, FollowedCompression, FollowedTension, Tension
from tests.mechanics import Block, rectangle, taylor_remainders
from tests.stdlib.made import critical_strain, followed, followed_tension, gripped, lateral, nominal

MESH = rectangle(3, 3, 2, hole=True)


@pytest.mark.parametrize(
    ("kind", "prescribed"),
    [pytest.param(FollowedTension, Tension, marks=pytest.mark.slow), (FollowedCompression, Compression)],
)
def test_states_are_those_at_the_strains_that_were_found(kind, prescribed):
    load = followed(kind, Block(MESH, thickness=2.0), 0.06, "y", 3)
    assert isinstance(load, Load)
    raise_for(load.response.status)
    strain = float(load.response.strain[-1])
    assert 0 < kind.sign * strain < 0.5
    expected = gripped(prescribed, load.body, abs(strain), "y", 3)
    assert np.asarray(load.response.displacement[-1]) == pytest.approx(
        np.asarray(expected.response.displacement[-1]), abs=1e-9
    )
    assert float(nominal(load)[-1]) == pytest.approx(float(nominal(expected)[-1]), rel=1e-8)
    assert float(lateral(load)) == pytest.approx(float(lateral(expected)), rel=1e-7)


def test_recorded_states_lie_equally_far_apart():
    load = followed_tension(Block(MESH), 0.06, "y", 3)
    way = np.diff(np.asarray(load.response.displacement), axis=0, prepend=0)
    areas = MESH.node_areas / MESH.node_areas.sum()
    assert np.sqrt((areas[:, None] * way**2).sum(axis=(1, 2))) == pytest.approx(0.02, rel=1e-9)


def test_derivative_with_respect_to_the_travel():
    block = Block(MESH)

    def stress(travel):
        return nominal(followed_tension(block, travel, "y", 2))[-1]

    steps = np.array([4e-3, 2e-3, 1e-3])
    remainders, slope, difference = taylor_remainders(stress, jnp.asarray(0.05), jnp.asarray(1.0), steps)
    assert np.diff(np.log(remainders)) / np.diff(np.log(steps)) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.slow
def test_a_path_without_instability_is_never_critical():
    assert np.isinf(float(critical_strain(followed_tension(Block(MESH), 0.05, "y", 2))))


@pytest.mark.parametrize(
    ("fields", "field"), [({"along": "z"}, "along"), ({"increments": 0}, "increments"), ({"travel": 0.0}, "travel")]
)
def test_fields_that_make_no_sense_are_named(fields, field):
    with pytest.raises(FieldError) as problem:
        followed_tension(Block(MESH), **{"travel": 0.1, **fields})
    assert problem.value.field == field


@pytest.mark.slow
def test_in_a_spec():
    design = metac.compile(
        """
material rubber = neo_hookean { E = 1 MPa, nu = 0.3 }
shape    pores  = tiled { motif = circle { radius = 3 mm, at = [0.5, 0.5] }, symmetry = p4mm { cell = 10 mm } }
body     sheet  = specimen { shape = pores, cells = [1, 1], material = rubber, order = 1, size = 4 mm, across = 1 }
load     push   = followed_compression { body = sheet, travel = 0.2 mm, increments = 2 }
match stress(push) to e -> 0.5 MPa * e
"""
    )
    result = design.run()
    (goal,) = result.goals.values()
    assert goal is not None and result.failure is None
