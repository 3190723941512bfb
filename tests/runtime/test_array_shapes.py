"""Shapes of arrays are checked where they are stated: what `conftest.py` switches on is on in all packages that do so."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import TypeCheckError

from metac.runtime.beams.block_tridiagonal import BlockTridiagonal
from metac.runtime.beams.network_geometry import NetworkGeometry
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.fem import dimension
from metac.runtime.fem.elements.quadrature import Quadrature
from metac.runtime.flows.stream import rotated
from metac.runtime.grid.equilibrium import packed

WRONG = {
    "fem: unlike sizes": lambda: dimension.product(jnp.ones((2, 2, 5)), jnp.ones((3, 2, 5))),
    "fem: a matrix that is not square": lambda: dimension.determinant(jnp.ones((2, 3, 5))),
    "fem: integers": lambda: dimension.determinant(jnp.ones((2, 2, 5), dtype=int)),
    "fem: a dataclass": lambda: Quadrature(np.ones((3, 2)), np.ones(4)),
    "grid": lambda: packed(jnp.ones((5, 3, 2))),
    "beams": lambda: NetworkGeometry(NodeGrid(2, 2), jnp.ones((4, 3)), jnp.ones(6)),
    "flows": lambda: rotated(jnp.ones((3, 5))),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_shapes_are_refused(name):
    with pytest.raises(TypeCheckError):
        WRONG[name]()


def test_wrong_shapes_are_refused_within_a_trace():
    with pytest.raises(TypeCheckError):
        jax.eval_shape(dimension.determinant, jax.ShapeDtypeStruct((3, 2, 5), float))


def test_records_are_checked_when_they_are_made_and_pass_through_transformations():
    diagonal = jnp.stack([2.0 * jnp.eye(2), 3.0 * jnp.eye(2)])
    record = BlockTridiagonal(diagonal, jnp.zeros_like(diagonal))
    with pytest.raises(TypeCheckError):
        BlockTridiagonal(diagonal[:, :1], jnp.zeros_like(diagonal))

    shapes = jax.tree.map(np.shape, record)
    assert (shapes.diagonal, shapes.coupling) == ((2, 2, 2), (2, 2, 2))
    doubled = jax.vmap(lambda one: jax.tree.map(lambda part: 2 * part, one))
    batch = jax.tree.map(lambda part: jnp.stack([part, part]), record)
    assert doubled(batch).diagonal.shape == (2, 2, 2, 2)
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(record)]
    assert paths == [".diagonal", ".coupling"]
