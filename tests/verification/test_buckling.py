"""Buckling: a clamped column against Euler, the branch that is followed, and a sheet of circular pores."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium.problem import NewtonSettings, make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.fem.status import describe, instability, raise_for
from metac.runtime.geometry.outline import SAMPLES, Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.meshing import mesh_region
from tests.mechanics import NEO_HOOKEAN, Block, Material, degrees, lame, rectangle, taylor_remainders
from tests.stdlib.made import compression, critical_strain

LENGTH, THICKNESS = 20.0, 1.0
EULER = np.pi**2 * THICKNESS**2 / (3 * LENGTH**2)
"""Strain of a clamped column under F = 4π² E′I/L², E′ = E/(1 − ν²), I = t³/12: it is F/(E′t), whatever the material."""
STRAINS = np.array([0.5, 0.8, 1.1, 1.4]) * EULER
COLUMN = rectangle(2, 24, 2, Rectangle(0.0, 0.0, THICKNESS, LENGTH))
NODES = jnp.asarray(COLUMN.nodes)
MIDDLE = int(np.argmin(np.abs(COLUMN.nodes - [THICKNESS / 2, LENGTH / 2]).sum(axis=1)))
PARAMETERS = lame(100.0, 0.3)


def column_problem(settings=None):
    held = np.concatenate([COLUMN.nodes_on("bottom"), COLUMN.nodes_on("top")])
    return make_problem(COLUMN, degrees(held), NEO_HOOKEAN, settings)


PROBLEM = column_problem()
DOWN = np.isin(PROBLEM.assembly.fixed, degrees(COLUMN.nodes_on("top"), [1])).astype(float)


def push(problem, nodes=NODES, parameters=PARAMETERS, strains=STRAINS):
    return solve_path(problem, nodes, parameters, -LENGTH * jnp.asarray(strains)[:, None] * DOWN)


@cache
def buckled():
    return push(PROBLEM)


@cache
def straight():
    """The branch that a path without following stays on."""
    return push(column_problem(NewtonSettings(maximum_pushes=0)))


def sideways(displacement):
    return np.asarray(displacement[:, MIDDLE, 0])


def test_the_critical_strain_is_eulers():
    _, status = buckled()
    raise_for(status)
    part = float(status.critical_point)
    assert np.interp(part, np.arange(5), [0, *STRAINS]) == pytest.approx(EULER, rel=0.02)
    assert np.asarray(status.switched).tolist() == [False, False, True, False]
    assert "critical after 2." in describe(status)


def test_the_branch_followed_is_stable_and_bends_like_a_square_root():
    displacement, status = buckled()
    assert bool(status.stable.all())
    assert instability(status) is None
    lateral = sideways(displacement)
    assert np.abs(lateral[:2]).max() < 1e-9
    assert np.abs(lateral[2:]).min() > 0.1 * THICKNESS
    critical = np.interp(float(status.critical_point), np.arange(5), [0, *STRAINS])
    rates = lateral[2:] ** 2 / (STRAINS[2:] - critical)
    assert rates[1] == pytest.approx(rates[0], rel=0.03)


def test_the_straight_column_is_told_to_be_unstable_and_holds_more_energy():
    displacement, status = straight()
    raise_for(status)
    assert np.abs(sideways(displacement)).max() < 1e-6
    assert np.asarray(status.negative_eigenvalues).tolist() == [0, 0, 1, 1]
    assert np.asarray(status.unstable).tolist() == [False, False, True, True]
    assert "unstable in one mode from increment 3 of 4 on" in instability(status, "push")
    shape = PROBLEM.geometry(NODES)
    low, high = (
        [float(PROBLEM.energy(PARAMETERS, shape, u)) for u in found[0]] for found in (buckled(), (displacement, status))
    )
    assert low[:2] == pytest.approx(high[:2], rel=1e-9)
    # Shortened by ε, the straight column stores E′tL ε²/2; buckled it gives (ε − ε_c)² of ε² back (Koiter, small bending).
    gain = 1 - np.array(low[2:]) / np.array(high[2:])
    assert gain == pytest.approx((1 - EULER / STRAINS[2:]) ** 2, rel=0.05)


@pytest.mark.slow
def test_again_the_same():
    jax.clear_caches()
    again, status = push(PROBLEM)
    assert np.asarray(again) == pytest.approx(np.asarray(buckled()[0]), abs=1e-9)
    assert float(status.critical_point) == pytest.approx(float(buckled()[1].critical_point), abs=1e-9)


@pytest.mark.parametrize("bow", [2e-3, -2e-3])
def test_an_imperfect_column_bends_its_own_way_at_the_same_strain(bow):
    """Led round the bifurcation, it never loses stability: what it would have lost is found by extrapolation."""
    shape = np.sin(np.pi * COLUMN.nodes[:, 1] / LENGTH) ** 2
    strains = np.arange(1, 9) * 0.17 * EULER
    displacement, status = push(PROBLEM, NODES.at[:, 0].add(bow * shape), strains=strains)
    assert bool(status.stable.all())
    assert not bool(status.switched.any())
    assert np.sign(sideways(displacement)[-1]) == np.sign(bow)
    assert float(status.critical_point) * 0.17 == pytest.approx(1.0, abs=0.03)


def mirrored(field, component_sign):
    """A field on the column's nodes, made symmetric about its middle line."""
    image = [int(np.argmin(np.abs(COLUMN.nodes - [THICKNESS - x, y]).sum(axis=1))) for x, y in COLUMN.nodes]
    return (field + field[image] * component_sign) / 2


@pytest.mark.parametrize(
    "name", ["coordinates", *(pytest.param(each, marks=pytest.mark.slow) for each in ("parameters", "strains"))]
)
def test_the_gradient_is_that_of_the_branch_followed(name):
    """Directions that keep the column symmetric, so that it is the branch switched to that is differentiated."""
    rng = np.random.default_rng(5)
    at = {"coordinates": NODES, "parameters": tuple(map(jnp.asarray, PARAMETERS)), "strains": jnp.asarray(STRAINS)}
    direction = {
        "coordinates": mirrored(rng.normal(size=COLUMN.nodes.shape), np.array([-1.0, 1.0])),
        "parameters": tuple(np.array([3.0, -20.0])),
        "strains": 0.1 * STRAINS * rng.normal(size=len(STRAINS)),
    }[name]
    reading = rng.normal(size=(len(STRAINS), *COLUMN.nodes.shape))

    @jax.jit
    def loss(value):
        inputs = at | {name: value}
        displacement, _ = push(PROBLEM, inputs["coordinates"], inputs["parameters"], inputs["strains"])
        return jnp.sum(reading * displacement) ** 2

    remainders, slope, difference = taylor_remainders(loss, at[name], direction, np.array([4e-3, 2e-3, 1e-3]))
    assert slope == pytest.approx(difference, rel=1e-5)
    assert np.diff(np.log(remainders)) / np.diff(np.log([4e-3, 2e-3, 1e-3])) == pytest.approx(2.0, abs=0.1)


def reflected(mesh: Mesh, axis: int) -> Mesh:
    """The mesh and its mirror image on the other side of its right (top) edge."""
    domain = mesh.domain
    line = (domain.x1, domain.y1)[axis]
    image = mesh.nodes.copy()
    image[:, axis] = 2 * line - image[:, axis]
    low, high = (("left", "right"), ("bottom", "top"))[axis]
    shared = mesh.nodes_on(high)
    number = np.arange(len(image)) + len(image)
    number[shared] = shared
    kept, compact = np.unique(np.concatenate([np.arange(len(image)), number]), return_inverse=True)
    number = compact[len(image) :]
    cells = np.concatenate([mesh.cells, number[mesh.cells[:, [0, 2, 1, 5, 4, 3]]]])
    facets = {}
    for name, facet in mesh.facets.items():
        other = number[facet[:, [1, 0, 2]]]
        facets[name] = facet if name == low else other if name == high else np.concatenate([facet, other])
    facets[high] = number[mesh.facets[low][:, [1, 0, 2]]]
    wide = Rectangle(domain.x0, domain.y0, *((2 * domain.x1, domain.y1) if axis == 0 else (domain.x1, 2 * domain.y1)))
    nodes = np.concatenate([mesh.nodes, image])[kept]
    return Mesh(nodes, cells.astype(np.int32), {name: f.astype(np.int32) for name, f in facets.items()}, wide)


def pores(size: float) -> Mesh:
    """2 × 2 circular pores, half of the area, on a mesh that is its own mirror image."""
    angle = 2 * np.pi * np.arange(SAMPLES) / SAMPLES
    circle = 0.5 + np.sqrt(0.5 / np.pi) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    quarter = mesh_region(Rectangle(0.0, 0.0, 1.0, 1.0), [Outline(circle)], size)
    return reflected(reflected(quarter, 0), 1)


def tilts(mesh: Mesh, displacement) -> np.ndarray:
    """`[column, row]`: by how much the second moment of a pore's outline leans to the right."""
    found = np.zeros((2, 2))
    for column, row in np.ndindex(2, 2):
        rim = mesh.nodes_on("pores")
        rim = rim[np.all(np.floor(mesh.nodes[rim]) == [column, row], axis=1)]
        x, y = (mesh.nodes + np.asarray(displacement))[rim].T
        found[column, row] = np.mean((x - x.mean()) * (y - y.mean()))
    return found


@pytest.mark.slow
def test_a_sheet_of_circular_pores_changes_its_pattern():
    """All pores alike before; then those of one row lean to the left and those of the other to the right."""
    critical = []
    for size in (0.2, 0.1):
        mesh = pores(size)
        load = compression(Block(mesh, Material(parameters=lame(50.0, 0.46))), 0.12, increments=12)
        status = load.response.status
        raise_for(status)
        assert bool(status.stable.all())
        critical.append(float(critical_strain(load)))
        before, after = (tilts(mesh, load.response.displacement[k]) for k in (8, 11))
        assert before[0] == pytest.approx(-before[1], abs=1e-8)
        assert after[:, 0] * after[:, 1] == pytest.approx(-(after[:, 0] ** 2), rel=0.5)
        assert np.sign(after[0]).tolist() == np.sign(after[1]).tolist()
    assert critical[0] == pytest.approx(critical[1], rel=0.02)
    assert 0.09 < critical[1] < 0.11
