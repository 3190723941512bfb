"""The density generator: filter, projection, derivatives through a whole design."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.grid.homogenise import effective_stiffness
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.runs.recorder import Recorder
from metac.stdlib.symmetries.plane_group import PlaneGroup
from tests.library import constructor
from tests.mechanics import taylor_remainders
from tests.stdlib.groups import BASES, NAMES, members

Density = constructor("generator", "density")

SPEC = """
material soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
stage beta in [1, 4]
generator field = density { pixels = [5, 6], filter = 2, sharpness = beta }
body cell = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load rve  = periodic { body = cell }
match stiffness(rve) to 1 MPa * [[50, 12, 0], [12, 60, 0], [0, 0, 15]]
study fit = optimize { vary = field, using = lbfgs, steps = 15, stop = loss < 1e-4 }
"""


def group(name, **fields):
    """A plane group of the library on a cell of its shape."""
    cell = fields or {"square": {"cell": 1.0}, "hexagonal": {"cell": 1.0}}.get(members(name)[0], {"cell": [1.0, 1.0]})
    lattice, operations = members(name)
    basis = fields.get("basis") or (BASES["hexagonal"] if lattice == "hexagonal" else [[1.0, 0.0], [0.0, 1.0]])
    return PlaneGroup(operations=operations, basis=basis, lattice=lattice, **{k: v for k, v in cell.items() if k != "basis"})


def drawn(generator, seed=0):
    return generator.at(generator.init(jax.random.key(seed)))


@pytest.mark.parametrize("name", [name for name in NAMES if members(name)[0] != "hexagonal"])
def test_fields_have_their_symmetry_exactly(name):
    shape = (12, 12) if members(name)[0] == "square" else (10, 12)
    generator = Density(pixels=shape, symmetry=group(name), filter=1.8, sharpness=3.0, spread=4.0)
    field = np.asarray(drawn(generator))
    images = generator.cell.images
    assert len(images) == group(name).order and field.shape == shape
    assert np.abs(field.reshape(-1)[images] - field.reshape(-1)).max() < 1e-12
    assert field.std() > 0.02


@pytest.mark.parametrize("name", ["p4", "p4gm", "pg", "cm", "p2mg"])
def test_pixels_move_as_the_operations_say(name):
    """Against the operations on places: x from the left, y from the bottom."""
    rows, columns = (6, 6) if name.startswith("p4") else (4, 6)
    plane = group(name)
    images = Density(pixels=(rows, columns), symmetry=plane).cell.images
    y, x = np.meshgrid(1 - (np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    places = np.stack([x, y], axis=-1).reshape(-1, 2)
    for rotation, translation, numbers in zip(plane.rotations, plane.translations, images, strict=True):
        apart = places @ rotation.T + translation - places[numbers]
        assert np.abs(apart - np.rint(apart)).max() < 1e-12


@pytest.mark.parametrize("name", [name for name in NAMES if members(name)[0] == "hexagonal"])
def test_hexagonal_fields_have_their_symmetry_between_pixels_too(name):
    plane = group(name)
    generator = Density(pixels=(17, 10), symmetry=plane, filter=2.2)
    theta = generator.init(jax.random.key(1))
    field = generator.cone.average(generator.cell.symmetrised(theta), 2.2)
    places = np.random.default_rng(0).uniform(-1, 2, (50, 2))
    values = np.asarray(generator.cell.at(field, places))
    for rotation, translation in zip(plane.rotations, plane.translations, strict=True):
        assert np.allclose(generator.cell.at(field, places @ rotation.T + translation), values, atol=1e-12)
    assert values.std() > 0.02
    pixels = np.asarray(generator.at(theta))
    assert pixels.shape == (17, 10)
    middle = generator.cell.at(field, np.array([[0.5 / 10 + 0.5 / 17, 1 / 17]]))
    assert pixels[-1, 0] == pytest.approx(float(middle[0]), abs=1e-12)


def test_a_hexagonal_cell_is_elastically_isotropic_but_for_its_pixels():
    field = drawn(Density(pixels=(28, 16), symmetry=group("p6"), filter=3.0, sharpness=8.0, spread=3.0))
    unit = isotropic_stiffness(*plane_moduli(1.0, 0.3, stress=True))
    lattice = PeriodicLattice(28, 16, 1.0, float(np.sqrt(3)))
    C = np.asarray(effective_stiffness(lattice, jnp.asarray((1 + 99 * field.reshape(-1))[:, None, None] * unit))[0])
    assert abs(C[0, 0] - C[1, 1]) < 0.01 * C[0, 0] and abs((C[0, 0] - C[0, 1]) / 2 - C[2, 2]) < 0.01 * C[0, 0]


@pytest.mark.parametrize(
    ("pixels", "name", "fields", "field", "told"),
    [
        ((10, 12), "p4", {}, "pixels", "10 rows, 12 columns"),
        ((12, 11), "pg", {}, None, ""),
        ((11, 12), "pg", {}, "pixels", "falls between"),
        ((11, 11), "p4gm", {}, "pixels", "falls between"),
        ((12, 12), "p6", {}, "pixels", "√3 times"),
        ((12, 12), "p2", {"basis": [[1.0, 0.0], [0.2, 1.0]]}, "symmetry", "no rectangle"),
        ((12, 12), "p2", {"basis": [[0.0, -1.0], [1.0, 0.0]]}, "symmetry", "along x"),
    ],
)
def test_what_a_grid_cannot_have_is_refused(pixels, name, fields, field, told):
    if field is None:
        Density(pixels=pixels, symmetry=group(name, **fields))
        return
    with pytest.raises(FieldError, match=told) as raised:
        Density(pixels=pixels, symmetry=group(name, **fields))
    assert raised.value.code == "M0538" and raised.value.field == field and raised.value.help


def test_the_refusal_is_told_at_its_field():
    text = SPEC.replace("pixels = [5, 6]", "pixels = [5, 6], symmetry = g") + "symmetry g = p4 { cell = 1 mm }\n"
    text = text.replace("[12, 60, 0]", "[12, 50, 0]")  # such as a group of four-fold rotations may have
    with pytest.raises(DiagnosticError) as raised:
        metac.compile(text).program()
    (found,) = raised.value.diagnostics
    assert found.code == "M0538" and found.labels[0].span.text == "[5, 6]"


def test_sensitivities_steer_and_leave_the_field_alone():
    generator = Density(pixels=(6, 8), filter=2.4, filtered="sensitivities", edges="free")
    theta = generator.init(jax.random.key(0))
    assert np.array_equal(generator.at(theta), theta)
    assert Density(pixels=(6, 8)).steer is None
    gradient = jnp.asarray(np.random.default_rng(0).normal(size=(6, 8)))
    expected = np.zeros((6, 8))
    for i, j in np.ndindex(6, 8):
        weights = {(k, m): max(0.0, 2.4 - np.hypot(i - k, j - m)) for k, m in np.ndindex(6, 8)}
        total = sum(weight * float(theta[at] * gradient[at]) for at, weight in weights.items())
        expected[i, j] = total / max(1e-3, float(theta[i, j])) / sum(weights.values())
    np.testing.assert_allclose(generator.steer(theta, gradient), expected, rtol=1e-10)


def test_random_spots_have_the_spread_and_the_symmetry_that_are_asked_for():
    generator = Density(pixels=(24, 24), symmetry=group("p4mm"), grain=5.0, spread=2.0, start=0.3)
    theta = np.asarray(generator.init(jax.random.key(0)))
    logits = np.log(theta / (1 - theta))
    assert logits.std() == pytest.approx(2.0) and logits.mean() == pytest.approx(np.log(0.3 / 0.7))
    assert np.abs(theta.reshape(-1)[generator.cell.images] - theta.reshape(-1)).max() < 1e-12
    assert np.abs(np.diff(logits, axis=0)).mean() < 0.8
    assert not np.array_equal(theta, generator.init(jax.random.key(1)))


@pytest.mark.parametrize("name", NAMES)
def test_starts_are_symmetric_and_not_uniform_under_every_group(name):
    pixels = (21, 12) if members(name)[0] == "hexagonal" else (12, 12)
    for grain in (1.0, 4.0):
        generator = Density(pixels=pixels, symmetry=group(name), filter=2.0, grain=grain, spread=2.0)
        theta = np.asarray(generator.init(jax.random.key(0)))
        assert np.abs(theta.reshape(-1)[generator.cell.images] - theta.reshape(-1)).max() < 1e-12
        assert np.log(theta / (1 - theta)).std() == pytest.approx(2.0)
        # Neither the filter nor the mean over images evens it out.
        assert np.asarray(generator.at(jnp.asarray(theta))).std() > 0.05


def test_a_start_field_is_where_the_design_begins():
    field = np.random.default_rng(0).uniform(0.1, 0.9, (5, 6))
    generator = Density(pixels=(5, 6), start_field=jnp.asarray(field), spread=0.0, filter=1.0)
    np.testing.assert_allclose(drawn(generator), field, atol=1e-12)
    moved = Density(pixels=(5, 6), start_field=jnp.asarray(field), spread=0.2, filter=1.0)
    assert 0.01 < np.abs(drawn(moved) - field).mean() < 0.1
    with pytest.raises(FieldError, match="6 rows and 5 columns") as raised:
        Density(pixels=(5, 6), start_field=jnp.asarray(field.T))
    assert raised.value.field == "start_field"
    text = SPEC.replace(
        "sharpness = beta",
        'sharpness = beta, spread = 0, filter = 1, start_field = ["#.....", "##....", "######", "......", "......"]',
    )
    program = metac.compile(text.replace("filter = 2, ", "")).program()
    start = np.asarray(program.init(jax.random.key(0))["field"])
    assert start[2] == pytest.approx(0.99) and start[0, 0] == pytest.approx(0.99) and start[4] == pytest.approx(0.01)


@pytest.mark.parametrize("name", ["p3m1", "p6mm"])
def test_a_hexagonal_start_field_is_found_again(name):
    drawing = Density(pixels=(42, 24), symmetry=group(name), grain=6.0, spread=1.0, filter=1.0)
    field = drawn(drawing)
    again = drawn(Density(pixels=(42, 24), symmetry=group(name), start_field=field, spread=0.0, filter=1.0))
    # Points lie in the pixels up to half a pixel from their centres.
    assert np.abs(np.asarray(again - field)).max() < 0.5 * np.asarray(field).std()
    assert np.corrcoef(np.ravel(again), np.ravel(field))[0, 1] > 0.98


def test_a_symmetric_field_has_no_free_edges():
    with pytest.raises(FieldError, match="repeats"):
        Density(pixels=(8, 8), symmetry=group("p4"), edges="free")


def test_a_grid_has_two_sides():
    with pytest.raises(FieldError):
        Density(pixels=(3,))


def test_derivatives_through_the_whole_design():
    program = metac.compile(SPEC).program()
    theta = program.init(jax.random.key(1))
    direction = jax.tree.map(lambda x: jnp.asarray(np.random.default_rng(2).normal(size=x.shape)), theta)
    steps = 10.0 ** -np.arange(1, 4)
    remainders, slope, difference = taylor_remainders(jax.jit(program.loss), theta, direction, steps)
    assert difference == pytest.approx(slope, rel=1e-6)
    slope = np.polyfit(np.log(steps), np.log(remainders), 1)[0]
    assert abs(slope - 2) < 0.05


def test_a_design_reaches_its_target(tmp_path):
    result = metac.compile(SPEC).run(seed=0, out=tmp_path / "run")
    assert result.summary["loss"] < 1e-3
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"cell.png", "cell.npz", "rve.png"} <= names
    density = np.load(tmp_path / "run" / "cell.npz")["density"]
    assert density.shape == (5, 6)


def designed(using, requirements="penalty", steps=25):
    text = SPEC.replace("stage beta in [1, 4]\n", "").replace("sharpness = beta", "spread = 2").replace("[6, 5]", "[8, 8]")
    text = text.replace(
        "match stiffness(rve) to 1 MPa * [[50, 12, 0], [12, 60, 0], [0, 0, 15]]", "maximize stiffness(rve)[1, 1]"
    )
    study = f"using = {using}, requirements = {requirements}, steps = {steps} }}"
    text = text.replace("using = lbfgs, steps = 15, stop = loss < 1e-4 }", study)
    program = metac.compile(text + "require volume_fraction(cell) <= 40 %\n").program()
    pursued: Any = program.studies["fit"]
    return pursued.run(program, jax.random.key(0), Recorder())


def test_volume_is_held_by_moving_asymptotes():
    outcome = designed("mma")
    (volume,) = outcome.report.requirements.values()
    (goal,) = outcome.report.goals.values()
    assert bool(volume.met) and float(volume.value) == pytest.approx(0.4, abs=1e-3)
    # A laminate has the mean of the phases along its layers: no more than 40.6 MPa at 40 %, times 1 / (1 − ν²) at most.
    assert 35 < float(goal.value) < 40.6 / 0.91


@pytest.mark.slow
def test_volume_is_held_by_an_augmented_lagrangian():
    outcome = designed("bfgs", "lagrangian", steps=60)
    (volume,) = outcome.report.requirements.values()
    (goal,) = outcome.report.goals.values()
    assert float(volume.value) == pytest.approx(0.4, abs=2e-3) and float(goal.value) > 35


def test_optimisers_that_do_not_suit_are_refused_at_their_field():
    for change, told in (
        (("using = lbfgs", "using = optimality_criteria"), "one requirement with one bound"),
        (("filter = 2", "filter = 2, filtered = sensitivities"), "along a line"),
    ):
        with pytest.raises(DiagnosticError) as raised:
            metac.compile(SPEC.replace(*change)).run()
        (found,) = raised.value.diagnostics
        assert found.code == "M0537" and told in found.message
