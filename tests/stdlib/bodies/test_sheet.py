from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.sheet import CrossingOutlines
from metac.runtime.mesh.quadratic_mesh import scaled_jacobians
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.shapes.tiled import Tiled
from tests.library import constructor
from tests.stdlib import made
from tests.stdlib.groups import NAMES, flow_of, group

Circle = constructor("shape", "circle")

RUBBER = object()
SHAPE = Tiled(motif=Circle(radius=3.9, at=[0.25, 0.25]), symmetry=group("p4"))


def specimen(**fields):
    return made.specimen(**({"shape": SHAPE, "cells": [1, 1], "material": RUBBER, "size": 3.0, "across": 1.0} | fields))


def area(mesh):
    weights = np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    jacobians = np.einsum("ap,cpi->cai", weights, mesh.nodes[mesh.cells[:, :3]])
    return np.linalg.det(jacobians).sum() / 2


def test_specimen_of_six_by_six_pores():
    body = made.specimen(shape=SHAPE, cells=[3, 3], material=RUBBER)
    assert (body.domain.x1, body.domain.y1) == (60.0, 60.0)
    assert len(body.region.outlines) == 36 and body.mesh.order == 2
    assert scaled_jacobians(body.mesh.nodes, body.mesh.cells).min() > 0.3
    assert body.material is RUBBER and body.thickness == 1.0
    np.testing.assert_array_equal(body.coordinates, body.mesh.nodes)


@pytest.mark.parametrize("name", NAMES)
def test_whole_cells_hold_the_solid_of_their_number(name):
    shape = Tiled(motif=Circle(radius=0.8, at=[0.31, 0.05]), symmetry=group(name))
    body = specimen(shape=shape, cells=[2, 1], order=1, size=1.5)
    assert body.domain.area == pytest.approx(2 * group(name).area)
    pores = 2 * len(shape.pores) * np.pi * 0.8**2
    assert body.domain.area - area(body.mesh) == pytest.approx(pores, rel=0.1)


def test_half_cells():
    assert len(specimen(cells=[1.5, 0.5]).region.outlines) == 3


def test_fresh_is_finer():
    body = specimen()
    fresh = body.fresh(2.0)
    assert len(fresh.mesh.cells) == pytest.approx(4 * len(body.mesh.cells), rel=0.2)
    assert fresh.material is RUBBER and fresh.domain == body.domain


def test_second_order_is_the_same_region():
    body = specimen(order=1)
    richer = body.second_order()
    assert richer.mesh.element.order == 2 and len(richer.mesh.cells) == len(body.mesh.cells)
    assert richer.domain == body.domain and richer.second_order() is None


def test_deformed_moves_nodes_and_outlines():
    flow = flow_of("p4", start=0.05, steps=4)
    body = specimen()
    moved = Deformed(body=body, by=flow.at(flow.init(jax.random.key(1))))
    assert moved.mesh is body.mesh and moved.domain == body.domain and moved.material is RUBBER
    assert 0.2 < jnp.abs(moved.coordinates - body.coordinates).max() < 5
    for side in ("left", "right", "bottom", "top"):
        nodes = body.mesh.nodes_on(side)
        np.testing.assert_array_equal(moved.coordinates[nodes], body.coordinates[nodes])
    again = moved.fresh(2.0)
    for before, after in zip(body.region.outlines, again.region.outlines, strict=True):
        assert after.area == pytest.approx(before.area, rel=1e-4)
    # The nodes of the moved pores lie on the fresh outlines.
    pores = np.asarray(moved.coordinates)[body.mesh.nodes_on("pores")]
    dense = np.concatenate([outline.points for outline in again.region.outlines])
    assert np.linalg.norm(pores[:, None] - dense, axis=2).min(axis=1).max() < 0.15
    twice = Deformed(body=moved, by=flow.at(flow.init(jax.random.key(2))))
    assert len(twice.fresh(1.0).mesh.cells) > len(body.mesh.cells)


def test_coordinates_are_differentiable():
    flow = flow_of("p4", steps=2)
    body = specimen()

    @jax.jit
    @jax.grad
    def gradient_of(theta):
        return jnp.sum(Deformed(body=body, by=flow.at(theta)).coordinates[:, 0] ** 2)

    gradient = gradient_of(flow.init(jax.random.key(0)))
    assert all(jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(gradient))
    assert max(jnp.abs(leaf).max() for leaf in jax.tree.leaves(gradient)) > 0


def test_moved_outlines_that_cross_are_told():
    squeeze = SimpleNamespace(move=lambda points, domain: points + 0.2 * jnp.sin(2 * points) * jnp.array([1.0, 9.0]))
    with pytest.raises(CrossingOutlines):
        Deformed(body=specimen(), by=squeeze).fresh(1.0)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"shape": Circle(radius=1.0)}, "shape", "M0533"),
        ({"cells": [1]}, "cells", "M0533"),
        ({"cells": [0, 1]}, "cells", "M0533"),
        ({"size": 0.0}, "size", "M0533"),
        ({"shape": Tiled(motif=Circle(radius=4.9), symmetry=group("p4")), "cells": [0.3, 0.3]}, "shape", None),
    ],
)
def test_bad_fields(fields, field, code):
    if code is None:
        assert specimen(**fields).mesh is not None
        return
    with pytest.raises(FieldError) as caught:
        specimen(**fields)
    assert (caught.value.field, caught.value.code) == (field, code)


def test_a_sheet_that_falls_apart():
    shape = Tiled(motif=Circle(radius=9.9), symmetry=group("p4"))
    with pytest.raises(FieldError) as caught:
        specimen(shape=shape, cells=[2, 0.4])
    assert caught.value.code == "M0534" and "pieces" in caught.value.message
