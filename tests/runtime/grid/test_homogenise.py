"""Effective stiffness of periods: closed forms, bounds, symmetries, derivatives."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from metac.runtime.grid.assembly import cell_assembly
from metac.runtime.grid.bounds import Phase, hashin_shtrikman_bulk, hashin_shtrikman_shear, plane_moduli
from metac.runtime.grid.elasticity import poisson_ratio, shear_modulus, turned, youngs_modulus
from metac.runtime.grid.equilibrium import element_forces, element_strains, fluctuations, packed
from metac.runtime.grid.homogenise import effective_stiffness, local_strains
from metac.runtime.grid.lattice import PeriodicLattice

SOFT, STIFF, NU = 1.0, 100.0, 0.3


def isotropic(young, nu=NU):
    """Plane stress stiffness [..., 3, 3]."""
    young, nu = jnp.broadcast_arrays(jnp.asarray(young, float), nu)
    zero = jnp.zeros_like(young)
    rows = ((young, nu * young, zero), (nu * young, young, zero), (zero, zero, (1 - nu) / 2 * young))
    return jnp.stack([jnp.stack(row, -1) for row in rows], -2) / (1 - nu**2)[..., None, None]


@partial(jax.jit, static_argnames=("order", "height"))
def stiffness_of(density, order=1, height=1.0):
    """Effective stiffness of a period of width 1 mm."""
    lattice = PeriodicLattice(*density.shape, 1.0, height, order)
    value, residual = effective_stiffness(lattice, isotropic(SOFT + (STIFF - SOFT) * density.reshape(-1)))
    return value, residual


def random_cell(seed, rows=6, columns=5):
    return jnp.asarray(np.random.default_rng(seed).uniform(size=(rows, columns)))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("along", [0, 1])
def test_a_laminate_has_its_closed_form(order, along):
    young = jnp.array([1.0, 100.0, 30.0, 2.0, 100.0])
    nu = jnp.array([0.3, 0.2, -0.4, 0.45, 0.2])
    lattice = PeriodicLattice(1, 5, 1.0, 0.7, order) if along == 0 else PeriodicLattice(5, 1, 1.0, 0.7, order)
    found, residual = jax.jit(lambda c: effective_stiffness(lattice, c))(isotropic(young, nu))
    modulus = young / (1 - nu**2)
    lame, shear = nu * modulus, young / (2 * (1 + nu))
    normal = 1 / jnp.mean(1 / modulus)
    ratio = jnp.mean(lame / modulus)
    across = jnp.mean(modulus - lame**2 / modulus) + ratio**2 * normal
    expected = jnp.array([[normal, ratio * normal, 0], [ratio * normal, across, 0], [0, 0, 1 / jnp.mean(1 / shear)]])
    if along:
        expected = expected[jnp.array([1, 0, 2])][:, jnp.array([1, 0, 2])]
    assert np.allclose(found, expected, rtol=1e-10, atol=1e-10 * float(normal))
    assert residual.max() < 1e-10


@pytest.mark.parametrize("order", [1, 2])
def test_a_uniform_cell_has_the_stiffness_of_its_material(order):
    found, _ = stiffness_of(jnp.full((3, 4), 0.5), order)
    assert np.allclose(found, isotropic(50.5), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_patch_a_uniform_material_has_uniform_strains(order):
    lattice = PeriodicLattice(4, 3, 2.0, 1.0, order)
    strains, _ = jax.jit(lambda c: local_strains(lattice, c))(jnp.broadcast_to(isotropic(10.0), (12, 3, 3)))
    assert np.abs(strains - np.eye(3)).max() < 1e-12


def test_the_matrix_is_that_of_the_forces():
    lattice = PeriodicLattice(3, 4, 1.0, 2.0, 2)
    assembly = cell_assembly(lattice)
    stiffness = isotropic(1 + 5 * random_cell(1, 3, 4).ravel())
    value = jax.jit(lambda c: fluctuations(lattice, c)[0])(stiffness)
    strains = element_strains(assembly, value)
    forces = element_forces(assembly, jnp.einsum("cst,cqtk->cqsk", stiffness, strains))
    matrix = assembly.matrix.full(assembly.values(np.asarray(packed(stiffness)))).toarray()
    assert np.allclose(matrix @ np.asarray(value), forces, rtol=1e-11, atol=1e-11)


@settings(max_examples=25, deadline=None)
@given(arrays(np.int8, (4, 4), elements=st.integers(0, 1)), st.floats(1e-3, 0.9))
@example(1 - np.eye(1, 16, dtype=np.int8).reshape(4, 4), 0.75)
def test_hashin_shtrikman_bounds_are_never_exceeded(cell, contrast):
    share = float(cell.mean())
    phases = [
        Phase(*plane_moduli(1.0, NU, stress=True), share),
        Phase(*plane_moduli(contrast, NU, stress=True), 1 - share),
    ]
    coarse, fine = (plane_averages(cell, contrast, divisions) for divisions in (2, 4))
    bounds = hashin_shtrikman_bulk(phases), hashin_shtrikman_shear(phases)
    for rough, value, bound in zip(coarse, fine, bounds, strict=True):
        # Elements are stiffer than what they stand for. Their error at least halves with their size, so that what is left of
        # it is no more than what the last halving took away.
        assert rough >= value * (1 - 1e-9)
        assert bound.lower * (1 - 1e-9) <= value
        assert value - (rough - value) <= bound.upper * (1 + 1e-9)


def plane_averages(cell, contrast, divisions):
    """Bulk and shear modulus over all directions, each pixel of `divisions` by `divisions` quadratic elements."""
    size = 4 * divisions
    fine = np.kron(cell, np.ones((divisions, divisions)))
    found = np.asarray(
        _jitted(PeriodicLattice(size, size, 1.0, 1.0, 2))(isotropic(np.where(fine.ravel() > 0, 1.0, contrast)))
    )
    bulk = (found[0, 0] + found[1, 1] + 2 * found[0, 1]) / 4
    return bulk, ((found[0, 0] + found[1, 1] - 2 * found[0, 1]) / 4 + found[2, 2]) / 2


_compiled = {}


def _jitted(lattice):
    if lattice not in _compiled:
        _compiled[lattice] = jax.jit(lambda stiffness: effective_stiffness(lattice, stiffness)[0])
    return _compiled[lattice]


def test_bounds_of_a_porous_plate_are_the_known_ones():
    bulk, shear, share = 3.0, 2.0, 0.4
    phases = [Phase(bulk, shear, share), Phase(0.0, 0.0, 1 - share)]
    expected = bulk * shear * share / ((1 - share) * bulk + shear)
    assert hashin_shtrikman_bulk(phases) == pytest.approx((0, expected))
    expected = bulk * shear * share / ((1 - share) * (bulk + 2 * shear) + bulk)
    assert hashin_shtrikman_shear(phases) == pytest.approx((0, expected))


def test_shifted_cells_are_the_same_and_turned_cells_are_turned():
    cell = random_cell(2, 5, 5)
    value, _ = stiffness_of(cell)
    assert np.allclose(stiffness_of(jnp.roll(cell, (2, 3), (0, 1)))[0], value, rtol=1e-9)
    # A picture turned by a quarter, anticlockwise as rows go down: its axes are those turned back.
    assert np.allclose(stiffness_of(jnp.rot90(cell))[0], turned(value, -jnp.pi / 2), rtol=1e-9, atol=1e-9)
    mirrored = value * jnp.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]])
    assert np.allclose(stiffness_of(cell[:, ::-1])[0], mirrored, rtol=1e-9, atol=1e-9)


def test_the_sign_of_the_coupling_tells_which_way_a_picture_leans():
    # A stiff diagonal from the lower left to the upper right: stretching along x then shears towards positive γ12.
    rising = jnp.asarray(np.eye(6)[::-1])
    value, _ = stiffness_of(rising)
    assert value[0, 2] > 0.1
    assert youngs_modulus(value, jnp.pi / 4) > 2 * youngs_modulus(value, -jnp.pi / 4)


def test_refined_elements_are_softer_and_quadratic_ones_closer():
    cell = jnp.asarray(np.random.default_rng(5).integers(0, 2, (4, 4)), float)
    fine = jnp.kron(cell, jnp.ones((4, 4)))
    coarse, medium, best = (stiffness_of(cell)[0], stiffness_of(cell, 2)[0], stiffness_of(fine, 2)[0])
    assert coarse[0, 0] > medium[0, 0] > best[0, 0]


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives(order):
    cell, direction = random_cell(3), random_cell(4) - 0.5
    weights = jnp.array([[1.0, -2.0, 0.3], [0.1, 0.7, 0.2], [0.4, 0.5, -1.0]])
    loss = jax.jit(lambda x: jnp.sum(weights * stiffness_of(x, order)[0] ** 2))
    slope = jnp.vdot(jax.grad(loss)(cell), direction)
    assert np.allclose(jax.jvp(loss, (cell,), (direction,))[1], slope, rtol=1e-12)
    steps = 10.0 ** -np.arange(2, 5)
    remainders = [abs(float(loss(cell + h * direction) - loss(cell) - h * slope)) for h in steps]
    order_found = np.polyfit(np.log(steps), np.log(remainders), 1)[0]
    assert abs(order_found - 2) < 0.05


def test_second_derivatives():
    cell, direction = random_cell(3, 3, 3), random_cell(4, 3, 3) - 0.5
    loss = lambda x: stiffness_of(x)[0][0, 0]  # noqa: E731
    slope = jax.jit(jax.grad(loss))
    curvature = jax.jit(lambda x: jax.jvp(jax.grad(loss), (x,), (direction,))[1])(cell)
    steps = 10.0 ** -np.arange(1.5, 4)
    remainders = [float(jnp.abs(slope(cell + h * direction) - slope(cell) - h * curvature).max()) for h in steps]
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.1


def test_a_batch_is_solved_as_its_cells_are():
    cells = jnp.stack([random_cell(seed) for seed in range(5)])
    values, residuals = jax.jit(jax.vmap(stiffness_of))(cells)
    for cell, value in zip(cells, values, strict=True):
        assert np.allclose(stiffness_of(cell)[0], value, rtol=1e-12, atol=1e-12)
    assert residuals.shape == (5, 3)
    slope = jax.grad(lambda x: stiffness_of(x)[0][0, 0])
    assert np.allclose(jax.jit(jax.vmap(slope))(cells)[3], jax.jit(slope)(cells[3]), rtol=1e-9)
    nested = jax.jit(jax.vmap(jax.vmap(lambda x: stiffness_of(x)[0])))(cells[:4].reshape(2, 2, *cells.shape[1:]))
    assert np.allclose(nested.reshape(4, 3, 3), values[:4], rtol=1e-12, atol=1e-12)


def test_a_cell_with_a_void_phase_says_that_it_has_no_solution():
    stiffness = isotropic(jnp.array([1.0, 0, 0, 0, 0, 0, 0, 0, 0]))
    _, residual = effective_stiffness(PeriodicLattice(3, 3, 1.0, 1.0), stiffness)
    assert not residual.max() < 1e-8


def test_engineering_constants_of_an_orthotropic_stiffness():
    young1, young2, nu12, shear = 10.0, 20.0, 0.2, 3.0
    nu21 = nu12 * young2 / young1
    compliance = jnp.array([[1 / young1, -nu21 / young2, 0], [-nu12 / young1, 1 / young2, 0], [0, 0, 1 / shear]])
    stiffness = jnp.linalg.inv(compliance)
    assert youngs_modulus(stiffness, 0.0) == pytest.approx(young1)
    assert youngs_modulus(stiffness, jnp.pi / 2) == pytest.approx(young2)
    assert poisson_ratio(stiffness, 0.0) == pytest.approx(nu12)
    assert poisson_ratio(stiffness, jnp.pi / 2) == pytest.approx(nu21)
    assert shear_modulus(stiffness, 0.0) == pytest.approx(shear)
    # 1/E(θ) as in every textbook (Jones, Mechanics of Composite Materials, eq. 2.97).
    angle = 0.4
    c, s = np.cos(angle), np.sin(angle)
    inverse = c**4 / young1 + (1 / shear - 2 * nu12 / young1) * s**2 * c**2 + s**4 / young2
    assert youngs_modulus(stiffness, angle) == pytest.approx(1 / inverse)


def test_values_do_not_depend_on_what_was_solved_before():
    first, second = random_cell(7), random_cell(8)
    value = np.asarray(stiffness_of(first)[0])
    stiffness_of(second)
    assert np.array_equal(stiffness_of(first)[0], value)
    batch = jax.jit(jax.vmap(stiffness_of))(jnp.stack([second, first, second, first]))[0]
    assert np.array_equal(batch[1], batch[3])
