"""Periodic cells under uniaxial mean stress: closed forms, equivalent cells, all lattices, gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.status import describe
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.loads.uniaxial import PeriodicCompression, PeriodicTension
from metac.stdlib.shapes.tiled import Tiled
from tests.library import constructor
from tests.mechanics import Material, taylor_remainders
from tests.stdlib import made
from tests.stdlib.groups import flow_of, group
from tests.stdlib.made import energy, lateral, nominal, periodic, periodic_tension, poisson_ratio, stress

Circle = constructor("shape", "circle")

P4 = Tiled(motif=Circle(radius=4.0, at=[0.25, 0.25]), symmetry=group("p4"))


def cell(shape=P4, **fields):
    return made.cell(**({"shape": shape, "material": Material(), "order": 1, "size": 4.0, "across": 1.0} | fields))


def free_stretch(stretch, mu, lam):
    """λ_x at which the lateral stress of the neo-Hookean solid in plane strain vanishes, by bisection."""
    low, high = 0.1, 3.0
    for _ in range(200):
        middle = (low + high) / 2
        across = mu * (middle - 1 / middle) + lam * np.log(middle * stretch) / middle
        low, high = (middle, high) if across < 0 else (low, middle)
    return middle


@pytest.mark.parametrize(
    ("load", "along"), [pytest.param(PeriodicTension, "y", marks=pytest.mark.slow), (PeriodicCompression, "x")]
)
@pytest.mark.parametrize("name", ["p2", "p6"])
def test_a_solid_follows_the_closed_form(load, along, name):
    """P = μ(λ − 1/λ) + Λ ln(λλ_x)/λ with λ_x from the vanishing lateral stress, wherever the lattice points."""
    pull = periodic(load, cell(made.Solid(group(name)), size=8.0, order=2, thickness=2.0), 0.2, along, increments=3)
    mu, lam = Material().parameters
    strains = pull.sign * 0.2 * np.arange(1, 4) / 3
    across = np.array([free_stretch(1 + strain, mu, lam) for strain in strains])
    stretch = 1 + strains
    expected = mu * (stretch - 1 / stretch) + lam * np.log(stretch * across) / stretch
    np.testing.assert_allclose(nominal(pull), expected, rtol=1e-9)
    np.testing.assert_allclose(stress(pull).ordinate, pull.sign * expected, rtol=1e-9)
    assert poisson_ratio(pull) == pytest.approx(-(across[-1] - 1) / strains[-1], rel=1e-9)
    log = np.log(stretch * across)
    density = mu / 2 * (stretch**2 + across**2 - 2 - 2 * log) + lam / 2 * log**2
    np.testing.assert_allclose(energy(pull).ordinate, 2 * group(name).area * density, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
def test_two_cells_answer_as_one(order):
    one, two = (periodic_tension(cell(cells=cells, order=order), 0.1, increments=2) for cells in ([1, 1], [2, 1]))
    np.testing.assert_allclose(nominal(two), nominal(one), rtol=1e-8)
    assert lateral(two) == pytest.approx(float(lateral(one)), rel=1e-8)
    np.testing.assert_allclose(two.response.energy, 2 * one.response.energy, rtol=1e-8)


SELDOM = [pytest.param(name, marks=pytest.mark.slow) for name in ("cm", "p2", "p2mg", "p4")]


@pytest.mark.parametrize("name", ["p6", *SELDOM])
def test_every_lattice(name):
    """The mean stress is uniaxial and symmetric in Kirchhoff's sense, the work is that of the mean stress (Hill)."""
    shape = Tiled(motif=Circle(radius=1.8, at=[0.37, 0.13]), symmetry=group(name))
    pull = periodic_tension(cell(shape, size=3.0), 0.04, increments=8)
    response = pull.response
    assert bool(response.status.ok), describe(response.status)
    stresses, scale = np.asarray(response.mean_stress), float(nominal(pull)[-1])
    np.testing.assert_allclose(stresses[:, [0, 0, 1], [0, 1, 0]], 0.0, atol=1e-8 * scale)
    np.testing.assert_allclose(response.mean_strain[:, 0, 1], 0.0, atol=1e-15)
    assert 0 < scale < 50 * 0.04 / (1 - 0.46**2)
    assert 0 < poisson_ratio(pull) < 1
    work = np.trapezoid(np.append(0, nominal(pull)), np.append(0, response.strain)) * group(name).area
    assert response.energy[-1] == pytest.approx(work, rel=1e-3)


def test_a_flow_keeps_images_images_and_has_an_exact_gradient():
    """Taylor remainders of Poisson's ratio fall with the square of the step, through flow, cell and load."""
    flow = flow_of("p4", hidden=(4,), steps=2, start=0.1)
    body = cell()
    theta = flow.init(jax.random.key(0))
    moved = Deformed(body=body, by=flow.at(theta)).coordinates
    constraints = body.constraints
    np.testing.assert_allclose(
        moved, moved[constraints.masters][constraints.points] + constraints.length * constraints.arms, atol=1e-13
    )
    np.testing.assert_allclose(moved, flow.at(theta).move(jnp.asarray(body.mesh.nodes), None), atol=1e-11)

    @jax.jit
    def ratio(theta):
        pull = periodic_tension(Deformed(body=body, by=flow.at(theta)), 0.1, increments=2)
        return poisson_ratio(pull) + nominal(pull)[0]

    direction = jax.tree.map(lambda x: jax.random.normal(jax.random.key(x.size), x.shape), theta)
    remainders, slope, difference = taylor_remainders(ratio, theta, direction, 4e-3 / 2.0 ** np.arange(4))
    np.testing.assert_allclose(np.log2(remainders[:-1] / remainders[1:]), 2.0, atol=0.1)
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.slow
def test_a_moved_cell_is_remeshed_finer():
    flow = flow_of("p4", hidden=(4,), steps=2, start=0.1)
    body = Deformed(body=cell(cells=[2, 1], order=2), by=flow.at(flow.init(jax.random.key(0))))
    fresh = body.fresh(1.5)
    assert fresh.constraints is not None and fresh.domain.area == pytest.approx(800.0)
    assert len(fresh.mesh.nodes) > 1.5 * len(body.mesh.nodes)
    coarse, fine = (poisson_ratio(periodic_tension(each, 0.02, increments=1)) for each in (body, fresh))
    assert coarse == pytest.approx(float(fine), abs=0.05)


def test_movements_must_repeat_with_the_cell():
    flow = flow_of("p6", hidden=(4,), steps=2)
    with pytest.raises(FieldError, match="does not") as caught:
        Deformed(body=cell(), by=flow.at(flow.init(jax.random.key(0))))
    assert caught.value.code == "M0535"


def test_centring_translations_count():
    flow = flow_of("cm", hidden=(4,), steps=2)
    at = flow.at(flow.init(jax.random.key(0)))
    first, second = group("cm").basis
    assert at.repeats((first + second) / 2) and at.repeats(2 * first - second)
    assert not at.repeats(first / 2) and not at.repeats((first + second) / 4)


def test_sheets_with_edges_are_refused():
    sheet = made.specimen(shape=P4, cells=[1, 1], material=Material(), order=1, size=4.0)
    with pytest.raises(FieldError, match="repeats"):
        periodic_tension(sheet, 0.1)


def test_nonsense_is_refused():
    with pytest.raises(FieldError) as caught:
        cell(cells=[1.5, 1])
    assert caught.value.code == "M0533"
    with pytest.raises(FieldError) as caught:
        cell(size=-1.0)
    assert caught.value.code == "M0533"
