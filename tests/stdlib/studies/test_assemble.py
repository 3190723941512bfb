"""Systems of cells in whole specs: chosen, evaluated with all their pixels, compared; what is refused."""

import csv
import io
from copy import copy
from dataclasses import replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import shapely

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.pipeline import check
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source
from metac.runtime.assembly.incompatibility import fit_of
from metac.runtime.assembly.trws import assemble
from metac.runtime.geometry.pixel_outlines import pixel_region
from metac.runtime.multiscale import memory
from metac.runtime.multiscale.exact import all_moduli
from metac.runtime.multiscale.multigrid import MultigridSolution
from metac.runtime.report.outline_export import clean_outline
from metac.stdlib.loads.system_test import SystemTest
from metac.stdlib.studies import cross_check
from metac.stdlib.studies.assemble import Assemble, _AssemblyRun
from metac.stdlib.studies.candidate_choice import CandidateChoice
from metac.stdlib.studies.cell_exchange import CondensedCells, exchange_effects
from metac.stdlib.studies.property_constraint import InfeasibleProperties
from metac.stdlib.studies.property_stage import PropertyStage, misses, relative_error
from tests.mechanics import taylor_remainders
from tests.stdlib.studies.recorder import Recorder

pytestmark = pytest.mark.usefixtures("own_cache")

SPEC = """
dataset   cells = orthotropic { count = 80, seeds = 10, cell = [16, 16], contrast = 1e3 }
generator field = stiffness_field { cells = [6, 2], data = cells }
body      beam  = system { field = field, cell = 5 mm, thickness = 2 mm }
load      press = experiment {
    body = beam, boundary = grips { along = x, clamp = neither }, control = stretch { strain = -5 % }, path = linear {}
}
match displacement_along(press, [[0 mm, 10 mm], [30 mm, 10 mm]], y) to s -> 0.5 mm*(1 - cos(2*pi*s))/2
match displacement_along(press, [[0 mm, 0 mm], [30 mm, 0 mm]], y) to s -> 0.5 mm*(1 - cos(2*pi*s))/2
"""
STUDY = "study fit = assemble { vary = field, steps = 25, candidates = 8, rounds = 2, exchanges = 3, verify = twice }"


@pytest.fixture(scope="module")
def program():
    return metac.compile(SPEC + STUDY).program()


@pytest.fixture(scope="module")
def found(program):
    recorder = Recorder()
    (study,) = program.studies.values()
    return study.run(program, jax.random.key(0), recorder), recorder


def table_of(outcome, ending=".csv"):
    (sketch,) = outcome.sketches
    return list(csv.DictReader(io.StringIO(sketch.files[ending].decode())))


def test_the_result_is_a_system_of_cells_of_the_data(program, found):
    outcome, _ = found
    stock = program.generators["field"].stock
    cells = program.objects(outcome.theta)["beam"].field.cells
    known = {quarter.tobytes() for quarter in stock.quarters}
    assert all((np.asarray(each) > 0.5).tobytes() in known for each in cells.moduli)
    assert cells.kinds.shape == (2, 6)
    assert stock.quarters[:, 0, 0].all()


def test_the_loss_is_that_of_all_pixels(program, found):
    """Solved again by one sparse factorisation of the whole grid of pixels."""
    outcome, _ = found
    objects = program.objects(outcome.theta)
    body, press = objects["beam"], objects["press"]
    grid = SystemTest.grid_of(body, ())
    moduli = np.asarray(all_moduli(grid, body.field.cells.kinds, body.field.cells.moduli))
    assert moduli.shape == (32, 96)
    expected = reference_corners(body, moduli)
    np.testing.assert_allclose(press.response.corners, expected, atol=1e-9)
    assert outcome.loss == pytest.approx(float(program.loss(outcome.theta)), rel=1e-9)


def reference_corners(body, moduli):
    from tests.runtime.multiscale.test_exact import CellModuli, grid_of, sparse_reference, squeezed

    grid = grid_of(1, 1, moduli.shape, mirrored=False)
    object.__setattr__(grid, "shape", grid.shape.__class__(*moduli.shape, body.field.stock.unit, mirrored=False))
    whole = CellModuli(jnp.zeros((1, 1), int), jnp.asarray(moduli)[None])
    nodes, _ = sparse_reference(grid, whole, -0.05 * 30 * -squeezed(grid))
    return nodes[::16, ::16]


def test_the_table_compares_both_stages_with_other_sheets(found):
    outcome, _ = found
    rows = table_of(outcome)
    sheets = [row["sheet"] for row in rows]
    assert sheets.count("stage one") == sheets.count("chosen, all pixels") == 2
    assert {"one cell everywhere", "nearest cells"} <= set(sheets)
    judged = [float(row["loss"]) for row in rows if row["sheet"] == "chosen, all pixels"]
    judged += [float(row["loss"]) for row in rows if row["sheet"] == "exchanged, all pixels"]
    assert min(judged) == pytest.approx(outcome.loss, rel=1e-5)
    choices = table_of(outcome, "-choices.csv")
    assert all(float(row["bound"]) <= float(row["cost"]) + 1e-9 for row in choices if row["bound"])


def test_the_first_stage_lowers_the_loss_and_stays_feasible(program, found):
    outcome, recorder = found
    stock = program.generators["field"].stock
    start = float(program.loss(program.init(jax.random.fold_in(jax.random.key(0), 0))))
    first = next(float(row["loss"]) for row in table_of(outcome) if row["sheet"] == "stage one")
    assert first < 0.8 * start
    assert any("penalty" in record for record in recorder.records)
    (sketch,) = outcome.sketches
    distance = np.asarray(stock.region.signed_distance(jnp.asarray(sketch.arrays["wanted"]) / stock.scale))
    assert distance.min() > -0.02


def test_a_checkpoint_continues(program, found):
    _, recorder = found
    (study,) = program.studies.values()
    again = study.run(program, jax.random.key(0), Recorder(), resume=recorder.states[10])
    assert again.steps > recorder.states[10]["numbers"]["step"]
    assert np.isfinite(again.loss)


@pytest.mark.parametrize("assembled", [False, True])
def test_derivatives_of_goals(program, found, assembled):
    """By the variables of homogenised elements, and by the modulus of every pixel of an assembly."""
    if assembled:
        theta, name = found[0].theta["field"], "moduli"
    else:
        theta, name = program.init(jax.random.key(3))["field"], "variables"

    def loss(values):
        return program.loss({"field": {**theta, name: values}})

    size = 0.2 if not assembled else 0.2 * theta[name]
    direction = jnp.asarray(np.random.default_rng(1).uniform(-1, 1, theta[name].shape) * size)
    steps = 2.0 ** -np.arange(3, 6)
    remainders, slope, difference = taylor_remainders(jax.jit(loss), theta[name], direction, steps)
    assert difference == pytest.approx(slope, rel=1e-4)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.15


def test_infeasibility_is_zero_inside_and_has_a_slope_outside():
    program = metac.compile(SPEC + "require infeasibility(beam) <= 0\n" + STUDY).program()
    field = program.generators["field"]
    theta = {"field": field.homogenised(np.full((2, 6), field.stock.median))}

    def infeasibility(shift):
        moved = {"field": {**theta["field"], "variables": theta["field"]["variables"].at[..., 0].add(shift)}}
        (requirement,) = program.evaluate(moved).requirements.values()
        return requirement.value

    assert float(infeasibility(0.0)) == 0
    assert float(infeasibility(2.0)) > 0.05
    assert float(jax.grad(infeasibility)(0.0)) == 0
    assert float(jax.grad(infeasibility)(2.0)) > 0


def test_too_large_a_system_is_a_named_failure(program, found, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    with pytest.raises(memory.SystemTooLarge, match="free"):
        program.evaluate(found[0].theta)


def test_too_large_a_system_is_refused_before_its_first_stage(program, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    (study,) = program.studies.values()
    recorder = Recorder()
    with pytest.raises(memory.SystemTooLarge, match="free"):
        study.run(program, jax.random.key(0), recorder)
    assert not recorder.records


def test_finer_pixels_are_softer_and_nearly_agree(program, found):
    """Bilinear elements are too stiff: more of them give way a little."""
    theta = found[0].theta
    objects = program.objects(theta)
    fine = objects["beam"].fresh(2)
    assert SystemTest.grid_of(fine, ()).pixels == (64, 192)
    coarse, finer = (
        body.test(objects["press"].boundary, objects["press"].control, objects["press"].path).respond(None)
        for body in (objects["beam"], fine)
    )
    assert 0.8 * abs(float(coarse.force[0])) < abs(float(finer.force[0])) < abs(float(coarse.force[0]))
    homogenised = program.objects(program.init(jax.random.key(0)))["beam"]
    assert homogenised.fresh(2) is None


def test_effects_of_exchanges_are_those_of_solving_again(program, found):
    """One cell exchanged for a quite different one, at a grip, at a free edge: exactly, not to first order."""
    theta, field = found[0].theta, program.generators["field"]
    chosen = np.searchsorted(field.stock.numbers, found[0].sketches[0].arrays["cells"])
    other = int(field.stock.stiffness[:, 0].argmax())
    candidates = np.stack([chosen, np.full_like(chosen, other), np.full_like(chosen, -1)], axis=-1)
    effects = exchange_effects(program, theta, program.inputs, candidates, CondensedCells())
    before = misses(jax.jit(program.evaluate)(theta))
    np.testing.assert_allclose(effects.misses, before, atol=1e-9)
    np.testing.assert_allclose(effects.changes[..., 0], 0, atol=1e-9)
    assert np.isinf(effects.changes[..., 2]).all()
    for place in ((1, 2), (0, 5)):
        trial = chosen.copy()
        trial[place] = other
        change = misses(program.evaluate({"field": field.assembled(trial)})) - before
        assert np.abs(change).max() > 1e-3
        np.testing.assert_allclose(
            effects.changes[(slice(None), *place, 1)], change, atol=1e-6 * float(np.abs(change).max())
        )


def test_misses_have_one_order_whatever_was_compiled(program, found):
    """The shift of a later round is added to misses of an evaluation that is not compiled on its own."""
    theta = found[0].theta
    assert list(program.evaluate(theta).goals) != sorted(program.evaluate(theta).goals)
    np.testing.assert_allclose(misses(program.evaluate(theta)), misses(jax.jit(program.evaluate)(theta)), atol=1e-10)


def test_multigrid_says_the_same(found):
    outcome, _ = found
    (row,) = table_of(outcome, "-check.csv")
    assert row["load"] == "press"
    assert float(row["difference"]) < 1e-6
    assert "multigrid agrees to" in outcome.reason


def test_solvers_that_disagree_are_a_named_failure(program, found, monkeypatch):
    monkeypatch.setattr(cross_check, "multigrid_equilibrium", lambda *given: MultigridSolution(np.ones((33, 97, 2)), 7, 1.0))
    with pytest.raises(cross_check.SolversDisagree, match="press differ") as caught:
        cross_check.cross_checks(program.objects(found[0].theta))
    assert caught.value.subject == "press"


def test_a_sheet_is_an_outline_in_one_piece(program, found):
    outcome, _ = found
    body = program.objects(outcome.theta)["beam"]
    files = body.files()
    assert set(files) == {".dxf", ".svg", ".stl"}
    (row,) = table_of(outcome, "-sheet.csv")
    region = pixel_region(body.pixels() > 0.5, 5 / 16)
    assert region.area == pytest.approx((body.pixels() > 0.5).sum() * (5 / 16) ** 2)
    assert int(row["pieces"]) == len(shapely.get_parts(clean_outline(region)))
    assert float(row["least_member_pixels"]) >= 1
    homogenised = program.objects(program.init(jax.random.key(0)))["beam"]
    assert homogenised.files() == {}


def test_one_constraint_for_all_elements_is_met_or_a_named_failure(program):
    """Equations 11 and 12: with all there is within reach, and with a margin that nothing has."""
    field, start = program.generators["field"], program.init(jax.random.key(2))["field"]["variables"]
    told = []
    for margin in (-1.0, 0.5):
        stage = PropertyStage(program, field, "field", {}, program.inputs, margin, "mma")
        if margin > 0:
            with pytest.raises(InfeasibleProperties, match="12 of 12 elements want what no cell has") as caught:
                stage.minimised(np.asarray(start), None, 3, lambda *given: None)
            assert caught.value.code == "M0671"
        else:
            stage.minimised(np.asarray(start), None, 15, lambda variables, loss, more: told.append(loss))
    assert told[-1] < 0.8 * float(program.loss({"field": field.wanting(start)}))


def test_exchanges_never_raise_the_loss(found):
    outcome, recorder = found
    rounds = [record["loss"] for record in recorder.records if "round" in record]
    assert any("exchanged" in record for record in recorder.records)
    assert outcome.loss <= min(rounds)


def test_relative_errors_of_whole_and_shape():
    class Goal:
        residuals = np.zeros(3)
        target, value = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])

    whole, shape = relative_error(SimpleNamespace(goals={"one": Goal()}))
    assert whole == pytest.approx(np.sqrt(3 / 14))
    assert shape == pytest.approx(0)


class Shapes:
    """A latent space of cells by shares of solid along lines."""

    def __init__(self, cell=(16, 16)):
        self.space, self.cell = self, cell

    def encode(self, cells):
        return jnp.concatenate([cells.mean(axis=1), cells.mean(axis=2)], axis=-1)


def test_diverse_candidates_are_compared_with_the_nearest(program, found):
    """Of the same wanted stiffness: farther apart, farther from what is wanted, and both with what is chosen of them."""
    (study,) = program.studies.values()
    made = copy(study)
    made.choice = CandidateChoice(8, 40, Shapes())
    run = _AssemblyRun(made, program, program.inputs, Recorder(), program.init(jax.random.key(0)))
    entries = found[0].sketches[0].arrays["wanted"]
    pool = run._pool(entries)
    chosen = assemble(pool.costs, made.sweeps, made.gap)
    nearest = made.choice.nearest(run.stock, entries)
    assert (pool.cells[pool.numbers][..., 0] == nearest[..., 0]).all(), "the nearest cell is always one of them"
    one = SimpleNamespace(pool=pool, assembled=chosen, fit=fit_of(pool.edges, pool.picked(chosen.choice)))
    diverse, near = csv.DictReader(io.StringIO(run._candidates(one, entries).decode()))
    assert (diverse["candidates"], near["candidates"]) == ("diverse", "nearest")
    assert float(diverse["mean_latent_distance"]) > 1.1 * float(near["mean_latent_distance"])
    assert float(diverse["mean_square_deviation"]) > float(near["mean_square_deviation"])
    for row in (diverse, near):
        assert float(row["bound"]) <= float(row["cost"]) + 1e-9


def test_a_latent_space_of_cells_of_another_size_is_refused(program, found):
    (study,) = program.studies.values()
    made = copy(study)
    made.choice = CandidateChoice(8, 40, Shapes((50, 50)))
    run = _AssemblyRun(made, program, program.inputs, Recorder(), program.init(jax.random.key(0)))
    with pytest.raises(FieldError, match="rows and columns") as caught:
        run._pool(found[0].sketches[0].arrays["wanted"])
    assert (caught.value.field, caught.value.code) == ("diverse", "M0537")


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        ("candidates = 8", "candidates = 90", "90 candidates for each cell, and the data has 80", "90"),
        (
            "candidates = 8",
            'candidates = 8, pool = 7, diverse = vae { weights = "orthotropic" }',
            "8 candidates that differ cannot be taken from 7 cells",
            "7",
        ),
        ("cell = [16, 16]", "cell = [16, 12]", "those of a system are square", "cells"),
        ("[30 mm, 10 mm]", "[31 mm, 10 mm]", "no corner of a cell", "[[0 mm, 10 mm], [31 mm, 10 mm]]"),
        (
            "control = stretch { strain = -5 % }",
            "control = shear { strain = 5 % }",
            "do not go together",
            "beam",
        ),
    ],
)
def test_check_shows_what_does_not_fit_where_it_stands(old, new, message, place):
    found = check(Source("s.meta", (SPEC + STUDY).replace(old, new))).diagnostics[0]
    assert message in found.message and found.labels[0].span.text == place


def test_a_system_is_simulated_at_small_strain_alone():
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(SPEC.replace("path = linear {}", "path = increments {}") + STUDY).program()
    (found,) = caught.value.diagnostics
    assert found.code == "M0521" and found.labels


def test_cells_that_are_left_after_the_data_is_made_must_suffice(program):
    (study,) = program.studies.values()
    with pytest.raises(FieldError, match="80 candidates for each cell, and the data has"):
        Assemble.run(_with_candidates(study, 80), program, jax.random.key(0), Recorder())


def _with_candidates(study, count):
    made = copy(study)
    made.choice = replace(study.choice, count=count)
    return made
