"""Pixels of an assembled system flipped, in whole specs: lower exact losses, sheets as sound, and what is refused."""

import csv
import io
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.assembly.pixel_sheet import unfolded
from metac.runtime.assembly.sheet import soundness
from metac.runtime.assembly.stock import CellStock
from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.multiscale import memory
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.stdlib.generators.stiffness_field import StiffnessField
from metac.stdlib.studies.pixel_slopes import SlopesByPixels
from metac.stdlib.studies.property_stage import misses
from tests.stdlib.studies.recorder import Recorder

SPEC = """
dataset   cells = orthotropic { count = 80, seeds = 10, cell = [16, 16] }
generator field = stiffness_field { cells = [4, 2], data = cells }
body      beam  = system { field = field, cell = 5 mm, thickness = 2 mm }
load      press = experiment {
    body = beam, boundary = grips { along = x, clamp = neither }, control = stretch { strain = -5 % }, path = linear {}
}
match displacement_along(press, [[0 mm, 10 mm], [20 mm, 10 mm]], y) to s -> 0.1 mm*(1 - cos(2*pi*s))/2 + 0.3 mm
match displacement_along(press, [[0 mm, 0 mm], [20 mm, 0 mm]], y) to s -> 0.1 mm*(1 - cos(2*pi*s))/2
"""
STUDY = "study finer = refine { vary = field, steps = 3 }"


def quarters():
    """Of cells that are held together by frames, with struts of three widths: those that data would be made of."""
    found = np.zeros((3, 8, 8), bool)
    for width, quarter in zip((2, 3, 3), found, strict=True):
        quarter[:width], quarter[:, :width] = True, True
    found[2, 5:] = True
    return found


def prepared(monkeypatch, text):
    """A program whose stock is these cells, so that no data need be made."""
    solid = isotropic_stiffness(*plane_moduli(1.0, 0.3, stress=True))
    stiffness = np.array([[0.3, 0.05, 0.3, 0.05], [0.4, 0.1, 0.4, 0.1], [0.6, 0.1, 0.5, 0.1]])
    stock = CellStock(quarters(), stiffness, np.asarray(solid), 1e3, np.arange(3))
    monkeypatch.setattr(StiffnessField, "stock", stock)
    return metac.compile(text).program()


@pytest.fixture(scope="module")
def patched():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def program(patched):
    return prepared(patched, SPEC + STUDY)


@pytest.fixture(scope="module")
def start(program):
    chosen = np.array([[0, 1, 2, 0], [1, 0, 1, 1]])
    return {"field": program.generators["field"].assembled(chosen)}


@pytest.fixture(scope="module")
def found(program, start):
    (study,), recorder = program.studies.values(), Recorder()
    return study.run(program, jax.random.key(0), recorder, handed=start), recorder


def loss_of(program, theta):
    return float(jax.jit(program.evaluate)(theta, program.inputs).loss)


def table_of(outcome, ending=".csv"):
    (sketch,) = outcome.sketches
    return list(csv.DictReader(io.StringIO(sketch.files[ending].decode())))


def test_the_exact_loss_falls_and_is_that_of_the_result(program, start, found):
    outcome, recorder = found
    before, after = (loss_of(program, theta) for theta in (start, outcome.theta))
    assert outcome.loss < 0.95 * before
    assert after == pytest.approx(outcome.loss, rel=1e-9)
    losses = [record["loss"] for record in recorder.records]
    assert losses == sorted(losses, reverse=True) and losses[-1] == outcome.loss
    assert "pixels of quarters flipped" in outcome.reason
    rows = table_of(outcome)
    assert rows[0]["sheet"] == "before" and float(rows[0]["loss"]) == pytest.approx(before, rel=1e-5)
    (best,) = (row for row in rows if row["sheet"] == "refined")
    assert float(best["loss"]) == pytest.approx(outcome.loss, rel=1e-5)


def test_the_result_is_black_and_white_mirrored_and_as_sound(program, start, found):
    field = program.generators["field"]
    assert set(np.unique(found[0].theta["field"]["moduli"])) == {1e-3, 1.0}
    sheets = [unfolded(*field.pixels(theta["field"])) for theta in (start, found[0].theta)]
    old, new = (soundness(sheet, (16, 16)) for sheet in sheets)
    assert new.pieces == old.pieces == 1
    assert new.member >= old.member and new.gap >= old.gap
    assert (program.objects(found[0].theta)["beam"].pixels() > 0.5).tolist() == sheets[1].tolist()
    (row,) = (row for row in table_of(found[0]) if row["sheet"] == "refined")
    assert int(row["flipped_pixels"]) == (sheets[0] != sheets[1]).sum() > 0
    (finest,) = (row for row in table_of(found[0], "-sheet.csv") if row["sheet"] == "refined")
    assert (float(finest["least_member_pixels"]), float(finest["least_gap_pixels"])) == (new.member, new.gap)


def test_derivatives_of_misses_by_pixels(program, start):
    """Of all images of a pixel together, against central differences."""
    field, name = program.generators["field"], "field"
    there, places = field.pixels(start[name])
    found = SlopesByPixels(program, program.inputs, places).at(start)
    apart = {**start[name], "kinds": jnp.arange(8.0).reshape(2, 4)}
    moduli = np.where(there, 1.0, 1e-3)
    direction = np.random.default_rng(0).uniform(-1, 1, moduli.shape) * moduli
    evaluate = jax.jit(lambda changed: misses(program.evaluate({name: {**apart, "moduli": changed}})))
    np.testing.assert_allclose(found.misses, evaluate(jnp.asarray(moduli)), atol=1e-10)
    slope = np.einsum("mkyx,kyx->m", found.slopes, direction)
    errors = []
    for size in (0.1, 0.05):
        ends = [np.asarray(evaluate(jnp.asarray(moduli + sign * size * direction))) for sign in (1, -1)]
        errors.append(np.linalg.norm((ends[0] - ends[1]) / (2 * size) - slope))
    assert errors[0] < 0.02 * np.linalg.norm(slope)
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)


def test_a_checkpoint_continues(program, start, found):
    (study,), states = program.studies.values(), found[1].states
    again = study.run(program, jax.random.key(0), Recorder(), handed=start, resume=states[1])
    assert again.steps == found[0].steps
    assert again.loss == pytest.approx(found[0].loss, rel=1e-9)


def test_where_nothing_is_gained_it_says_so(program, start, found):
    (study,), field = program.studies.values(), program.generators["field"]
    plain = type(study)(vary=field, steps=0, verify="full")
    outcome = plain.run(program, jax.random.key(0), Recorder(), handed=start)
    assert "nothing was gained" in outcome.reason
    assert outcome.loss == pytest.approx(loss_of(program, start), rel=1e-9)


def test_a_flip_that_raises_the_loss_is_not_taken(program, start, monkeypatch):
    """Derivatives of the wrong sign: all trials are worse, and the start stays."""
    real = SlopesByPixels.at

    def reversed_slopes(self, theta):
        found = real(self, theta)
        return found._replace(slopes=-found.slopes)

    monkeypatch.setattr(SlopesByPixels, "at", reversed_slopes)
    (study,) = program.studies.values()
    recorder = Recorder()
    outcome = study.run(program, jax.random.key(0), recorder, handed=start)
    assert recorder.records and not any(record["taken"] for record in recorder.records)
    assert outcome.loss == pytest.approx(loss_of(program, start), rel=1e-9)
    assert "nothing was gained" in outcome.reason


def test_there_must_be_cells(program):
    (study,) = program.studies.values()
    with pytest.raises(FieldError, match="no cells are chosen") as caught:
        study.run(program, jax.random.key(0), Recorder())
    assert (caught.value.field, caught.value.code) == ("vary", "M0537")


@pytest.mark.slow
def test_the_result_is_solved_twice(program, start):
    (study,), field = program.studies.values(), program.generators["field"]
    outcome = type(study)(vary=field, steps=1, verify="twice").run(program, jax.random.key(0), Recorder(), handed=start)
    (row,) = table_of(outcome, "-check.csv")
    assert row["load"] == "press" and float(row["difference"]) < 1e-6
    assert "multigrid agrees to" in outcome.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ("match energy(press)(5 %) to 1 mJ", "reads forces or energy"),
        ("minimize energy(press)(5 %)", "no goal has a target"),
    ],
)
def test_goals_that_pixels_are_not_flipped_for(patched, start, goal, message):
    lines = [line for line in SPEC.splitlines() if not line.startswith("match")]
    if "match" in goal:
        lines = SPEC.splitlines()
    other = prepared(patched, "\n".join([*lines, goal, STUDY]))
    (study,) = other.studies.values()
    with pytest.raises(FieldError, match=message):
        study.run(other, jax.random.key(0), Recorder(), handed=start)


def test_a_system_that_cannot_be_solved_or_is_too_large_is_a_named_failure(program, start, monkeypatch):
    (study,) = program.studies.values()
    broken = {"field": {**start["field"], "moduli": jnp.full_like(start["field"]["moduli"], jnp.nan)}}
    monkeypatch.setattr(study.vary, "drawn", lambda theta, pixels: broken["field"])
    with pytest.raises(StepFailed):
        study.run(program, jax.random.key(0), Recorder(), handed=start)
    monkeypatch.undo()
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    with pytest.raises(memory.SystemTooLarge, match="free"):
        study.run(program, jax.random.key(0), Recorder(), handed=start)


def test_a_sheet_is_compared_by_soundness_first():
    """A lower loss does not count where the sheet is in more pieces or finer."""
    from metac.stdlib.studies.refine import _Refinement

    def sheet(loss, pieces=1, member=2.0, gap=2.0):
        return SimpleNamespace(
            evaluation=SimpleNamespace(loss=loss), sound=SimpleNamespace(pieces=pieces, member=member, gap=gap)
        )

    assert not _Refinement._worse(sheet(0.5), sheet(1.0))
    for other in (sheet(1.0), sheet(0.5, pieces=2), sheet(0.5, member=1.0), sheet(0.5, gap=1.0)):
        assert _Refinement._worse(other, sheet(1.0))
