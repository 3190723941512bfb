"""The third medium's elements: their law, their second gradient, and what a body with them does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly.mesh_fields import Extreme
from metac.runtime.fem.elements.triangle import TRIANGLE_P2
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.fem.path.load_history import internal_forces_and_energies
from metac.runtime.fem.third_medium.filled_law import FilledMaterial, filled_functions
from metac.runtime.fem.third_medium.medium import NODES_AND_CENTROID, Medium
from metac.runtime.fem.third_medium.medium_law import MEDIUM_LAW
from metac.runtime.fem.third_medium.second_gradient import SECOND_DERIVATIVES, bending_form
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from tests.mechanics import NEO_HOOKEAN, Material, degrees, lame, rectangle, taylor_remainders

RNG = np.random.default_rng(5)
HEIGHT = 5.0
MU, LAM = lame(10.0, 0.3)
SOFT = (1e-5, 1e-4)
"""The medium's two parameters: S, MPa, and R, N."""


def strips():
    """Two elastic strips, 2 mm each, one above the other with 1 mm between them; the medium's elements are the last."""
    mesh = rectangle(2, 5, 2, Rectangle(0.0, 0.0, 2.0, HEIGHT))
    middle = mesh.nodes[mesh.cells[:, :3]].mean(axis=1)[:, 1]
    is_gap = abs(middle - HEIGHT / 2) < 0.5
    return Mesh(mesh.nodes, mesh.cells[np.argsort(is_gap, kind="stable")], mesh.facets, mesh.domain), int((~is_gap).sum())


MESH, FIRST = strips()
GRIPS = np.concatenate([MESH.nodes_on("bottom"), MESH.nodes_on("top")])
SIDES = np.concatenate([MESH.nodes_on("left"), MESH.nodes_on("right")])
CONFINED = np.unique(np.concatenate([degrees(GRIPS), degrees(SIDES, [0])]))
FUNCTIONS = filled_functions(NEO_HOOKEAN, FIRST)
PROBLEM = make_problem(MESH, CONFINED, FUNCTIONS)
DOWN = -np.isin(PROBLEM.assembly.fixed, degrees(MESH.nodes_on("top"), [1])).astype(float)


def squeezed(closing, coordinates=None, parameters=(MU, LAM, *SOFT)):
    """Displacements and status where the top has come down by `closing[increment]`, mm."""
    places = jnp.asarray(MESH.nodes) if coordinates is None else coordinates
    return solve_path(PROBLEM, places, parameters, jnp.asarray(closing)[:, None] * DOWN)


@jax.jit
def _law(F):
    """Stress and tangent by JAX beside those of the law."""
    slope = jax.grad(lambda F: MEDIUM_LAW.energy2(F, (2.0,)))
    return slope(F), jax.jacfwd(slope)(F), MEDIUM_LAW.stress2(F, (2.0,)), MEDIUM_LAW.tangent2(F, (2.0,))


def test_stress_and_tangent_are_derivatives_of_the_energy():
    stress, tangent, own_stress, own_tangent = _law(jnp.array([[0.9, 0.4], [-0.3, 0.2]]))
    assert np.allclose(own_stress, stress, rtol=1e-12)
    assert np.allclose(own_tangent, tangent, rtol=1e-12, atol=1e-12)
    assert not np.asarray(_law(jnp.eye(2))[2]).any()


def test_the_rule_is_exact_to_degree_three():
    x, y = NODES_AND_CENTROID.points.T
    for i, j, exact in ((0, 0, 1 / 2), (1, 0, 1 / 6), (2, 1, 1 / 60), (0, 3, 1 / 20), (1, 1, 1 / 24)):
        assert NODES_AND_CENTROID.weights @ (x**i * y**j) == pytest.approx(exact, abs=1e-15)


def test_second_derivatives_are_those_of_the_shape_functions():
    by_steps = [
        (TRIANGLE_P2.gradient(np.array([[0.2, 0.3]]) + step) - TRIANGLE_P2.gradient(np.array([[0.2, 0.3]])))[:, :, 0] / 0.1
        for step in 0.1 * np.eye(2)
    ]
    assert np.allclose(np.stack(by_steps, axis=-1), SECOND_DERIVATIVES, atol=1e-12)


@pytest.mark.parametrize(
    ("bend", "integrand"),
    [
        (lambda x, y: x**2, 4 - 2),
        (lambda x, y: x * y, 2),
        (lambda x, y: x**2 - y**2, 8),
        (lambda x, y: x**2 + y**2, 8 - 8),
    ],
)
def test_what_bending_costs(bend, integrand):
    """On a straight-sided triangle, where second derivatives are constant."""
    corners = np.array([[0.1, 0.2], [1.3, 0.4], [0.5, 1.7]])
    nodes = np.concatenate([corners, (corners + np.roll(corners, -1, axis=0)) / 2])
    form = np.asarray(bending_form(jnp.asarray(nodes.T[:, :, None])))[..., 0]
    u = bend(*nodes.T)
    (x1, y1), (x2, y2) = corners[1] - corners[0], corners[2] - corners[0]
    assert u @ form @ u == pytest.approx(integrand * (x1 * y2 - x2 * y1) / 2, abs=1e-12)


def test_an_even_deformation_of_a_curved_element_costs_nothing():
    nodes = TRIANGLE_P2.nodes + 0.05 * RNG.normal(size=(6, 2))
    form = np.asarray(bending_form(jnp.asarray(nodes.T[:, :, None])))[..., 0]
    assert np.abs(form @ np.concatenate([nodes, np.ones((6, 1))], axis=1)).max() < 1e-12


def test_forces_and_stiffness_are_derivatives_of_solid_and_medium():
    u = jnp.asarray(0.03 * RNG.normal(size=MESH.nodes.shape))
    parameters = (MU, LAM, 2.0, 3.0)
    shape = PROBLEM.geometry(jnp.asarray(MESH.nodes))

    def stored(u):
        filling = PROBLEM.medium.energy(parameters, shape.medium, PROBLEM.gather(u))
        return PROBLEM.energy(parameters, shape, u) + filling

    @jax.jit
    def derivatives(u, direction):
        slope, change = jax.jvp(jax.grad(stored), (u,), (direction,))
        return slope, change, PROBLEM.internal_force(parameters, shape, u), PROBLEM.stiffness(parameters, shape, u)

    free = np.isin(np.arange(u.size), PROBLEM.assembly.free)
    direction = jnp.asarray(np.where(free, RNG.normal(size=u.size), 0.0).reshape(u.shape))
    slope, change, force, stiffness = derivatives(u, direction)
    assert np.allclose(force, slope, rtol=1e-10, atol=1e-10)
    product = PROBLEM.assembly.matrix.multiply(np.asarray(stiffness), np.asarray(PROBLEM.free(direction)))
    assert np.allclose(product, PROBLEM.free(change), rtol=1e-9, atol=1e-9)


def test_the_solid_s_energy_leaves_the_medium_out():
    shape = PROBLEM.geometry(jnp.asarray(MESH.nodes))
    u = jnp.asarray(0.03 * RNG.normal(size=MESH.nodes.shape))
    small, large = (float(PROBLEM.energy((MU, LAM, soft, soft), shape, u)) for soft in (1e-9, 1e9))
    assert small == large > 0


def column(closing, soft=SOFT[0]):
    """Stretches of the strips and of the gap, and the force, where all is even: by bisection on the balance of stresses."""

    def solid(stretch):
        return MU * (stretch - 1 / stretch) + LAM * np.log(stretch) / stretch

    def medium(volume):
        return soft * (np.log(volume) / volume + volume - 1)

    low, high = 1e-12, 1.0
    for _ in range(200):
        volume = np.sqrt(low * high)
        stretch = (HEIGHT - closing - volume) / (HEIGHT - 1)
        low, high = (volume, high) if solid(stretch) - medium(volume) > 0 else (low, volume)
    return stretch, volume, 2.0 * solid(stretch)


CLOSING = np.array([0.5, 0.9, 1.1, 1.3])


def test_two_strips_that_touch_are_a_column():
    """A closed form: before they touch nothing resists, from then on both strips do, the gap being all but closed."""
    displacement, status = squeezed(CLOSING)
    assert bool(status.ok)
    parameters = tuple(jnp.asarray(value) for value in (MU, LAM, *SOFT))
    force, _ = internal_forces_and_energies(PROBLEM, jnp.asarray(MESH.nodes), parameters, displacement)
    found = np.asarray(force)[:, MESH.nodes_on("top"), 1].sum(axis=1)
    exact = np.array([column(each)[2] for each in CLOSING])
    assert found == pytest.approx(exact, rel=1e-6)
    # Contact of no thickness: the strips are as much shorter as the top has come down beyond the gap.
    ideal = [2.0 * (MU * (s - 1 / s) + LAM * np.log(s) / s) for s in 1 - np.maximum(CLOSING - 1, 0) / (HEIGHT - 1)]
    assert np.abs(found[:2]).max() < 2e-3
    assert found[2:] == pytest.approx(ideal[2:], rel=4e-3)


READING = RNG.normal(size=MESH.nodes.shape)
AT = {"coordinates": jnp.asarray(MESH.nodes), "parameters": tuple(map(jnp.asarray, (MU, LAM, 1e-3, 1e-2)))}
WAYS = {
    "coordinates": 0.1 * RNG.normal(size=MESH.nodes.shape),
    "parameters": tuple(np.array([10.0, -20.0, 1e-3, 1e-2])),
}


def loss(at):
    """A nonlinear function of a state in which the strips press on each other."""
    displacement, _ = squeezed([1.1], **at)
    return jnp.sum(READING * displacement[0]) ** 2


@pytest.mark.parametrize("part", WAYS)
def test_taylor_through_contact(part):
    """The adjoint of solid and medium; one program for both ways."""
    way = {name: each if name == part else jax.tree.map(np.zeros_like, each) for name, each in WAYS.items()}
    # Small beside the gap that is left, a hundredth of a millimetre.
    steps = np.array([8e-4, 4e-4, 2e-4])
    remainders, slope, difference = taylor_remainders(loss, AT, way, steps)
    rates = np.diff(np.log(remainders)) / np.diff(np.log(steps))
    assert rates == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


def test_the_medium_is_as_stiff_as_said():
    material = FilledMaterial(Material(parameters=(MU, LAM)), FIRST, 1e-3, 2.0)
    *solid, stiffness, weight = material.parameters
    assert solid == pytest.approx((MU, LAM))
    assert stiffness == pytest.approx(1e-3 * (2 * MU + LAM))
    assert weight == pytest.approx(4 * stiffness)
    assert material.functions is FUNCTIONS


def test_the_element_that_closes_first_is_named():
    u = jnp.where(MESH.nodes[:, 1:] > HEIGHT / 2, jnp.array([0.0, -0.9]), 0.0)
    smallest = PROBLEM.smallest_determinant(PROBLEM.geometry(jnp.asarray(MESH.nodes)), u)
    assert int(smallest.element) >= FIRST


@pytest.mark.parametrize(("solid", "own"), [(0.5, 0.4), (0.4, 0.5), (np.nan, 0.4), (0.4, np.nan), (np.nan, np.nan)])
def test_the_smaller_jacobian_counts_and_nan_before_all(solid, own):
    """Of two elements the second one is the medium's; it is stretched evenly to the volume `own`."""
    coordinates = jnp.stack([jnp.asarray(TRIANGLE_P2.nodes.T)] * 2, axis=-1)
    medium = Medium(1)
    geometry, displacement = medium.geometry(coordinates), (jnp.sqrt(own) - 1) * coordinates
    found = medium.smaller(Extreme(jnp.asarray(solid), jnp.asarray(0)), geometry, displacement)
    np.testing.assert_allclose(float(found.value), np.min([solid, own]))
    assert int(found.element) == (0 if solid < own or (np.isfinite(own) and np.isnan(solid)) else 1)
