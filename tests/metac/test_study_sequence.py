"""Several studies in order: each from what the one before left, resumed at any step, shown by figures, page and result."""

# Fakes stand for designs, and what is missing fails the test.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import json
from pathlib import Path

import jax
import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.execution import execute, pursue
from metac.api.report_page.charts import history_charts
from metac.api.report_page.story import facts, story
from metac.api.resume import extended, resume
from metac.api.run_content import read_run
from metac.api.run_folders import create_run_folder, stored_design
from metac.api.study_sequence import HandedOver, require_order, restored
from metac.commands import exit_codes
from metac.commands.main import main
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.optimise.optimisation_state import FailedStart
from metac.runtime.optimise.outcome import FrozenMovement, Outcome
from metac.runtime.report.design_plots import draw_loss
from metac.runtime.runs.checkpoints import Checkpoint
from metac.runtime.runs.failures import FolderFailure, Interrupted
from metac.runtime.runs.folder import RunFolder
from metac.runtime.runs.history import read
from metac.runtime.runs.theta_file import theta_arrays, theta_file
from tests.metac.conftest import SOURCE, FakeDesign
from tests.metac.test_execution import losses, stop_after

STEPS, MORE = 5, 3
RECORDS = STEPS + 1 + MORE + 1


@pytest.fixture
def design(fake):
    """Two studies: five steps of adam, three of L-BFGS."""
    return fake(steps=STEPS, more=MORE)


def stopped(design, path, at):
    """The folder of a run that was interrupted after `at` records."""
    conditions = Conditions(seed=3, stop_requested=stop_after(at))
    folder = create_run_folder(design, path, conditions)
    with pytest.raises(Interrupted):
        pursue(design, folder, conditions)
    folder.close()
    return RunFolder.open(path)


def test_the_second_study_starts_from_the_best_of_the_first(design, fake, same):
    result, alone = execute(design, seed=3), execute(fake(steps=STEPS), seed=3)
    names = [record["study"] for record in result.history]
    assert names == ["fit"] * (STEPS + 1) + ["more"] * (MORE + 1)
    first, second = result.history[: STEPS + 1], result.history[STEPS + 1 :]
    assert [each["loss"] for each in first] == [each["loss"] for each in alone.history]
    assert second[0]["loss"] == min(each["loss"] for each in first) == alone.summary["loss"]
    assert result.summary["loss"] < second[0]["loss"] and "study" not in alone.history[0]
    assert [(each["name"], each["steps"], each["ended"]) for each in result.studies] == [
        ("fit", STEPS, "step limit"),
        ("more", MORE, "step limit"),
    ]
    assert result.summary["steps"] == STEPS + MORE and len(alone.studies) == 1


def test_a_step_of_the_last_study_counts_for_itself():
    """`best` of a study that does not say it starts anew: the first may have pursued something else."""
    from metac.runtime.runs.recorder import Recorder

    recorder = Recorder()
    for study, loss in (("a", 1.0), ("a", 2.0), ("b", 5.0), ("b", 6.0)):
        recorder.step({"study": study, "step": 0, "loss": loss}, dict)
    assert [record["best"] for record in recorder.records] == [1.0, 1.0, 5.0, 5.0]


IN_CI = (STEPS + 1, STEPS + 3)
"""Between the studies, and within the second."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a run that nothing interrupted."""
    path = tmp_path_factory.mktemp("sequence") / "whole"
    execute(FakeDesign(SOURCE, folder=Path()).set({"steps": STEPS, "more": MORE}), seed=3, out=path)
    return path


@pytest.mark.parametrize("at", [at if at in IN_CI else pytest.param(at, marks=pytest.mark.slow) for at in range(1, RECORDS)])
def test_resumed_at_any_step_it_ends_in_the_same_bits(design, whole, fake_everywhere, tmp_path, at):
    folder = stopped(design, tmp_path / "parts", at)
    assert len(losses(folder.path)) == at
    resume(folder, stored_design(folder), Conditions())
    folder.close()
    assert losses(tmp_path / "parts") == losses(whole)
    with np.load(whole / "theta.npz") as one, np.load(tmp_path / "parts" / "theta.npz") as other:
        assert set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)
    ours, theirs = (json.loads((path / "result.json").read_text()) for path in (whole, tmp_path / "parts"))
    assert ours["goals"] == theirs["goals"]
    for one, other in zip(ours["studies"], theirs["studies"], strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}


def test_only_what_has_not_ended_may_change(design, fake_everywhere, tmp_path):
    for name, at, may in (("first", 3, True), ("second", STEPS + 3, False)):
        folder = stopped(design, tmp_path / name, at)
        found = stored_design(folder)
        assert extended(folder, found, {"more": 7}).settings["more"] == 7
        if may:
            assert extended(folder, found, {"steps": 9}).settings["steps"] == 9
        else:
            with pytest.raises(FolderFailure, match=r"within a run, only these may change: `more\.steps`"):
                extended(folder, found, {"steps": 9})
        folder.close()


@pytest.mark.parametrize("saved", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_finished_run_goes_on_with_its_last_study(design, fake_everywhere, same, tmp_path, saved):
    longer = execute(design.set(more=7), seed=3)
    result = execute(design, seed=3, out=tmp_path / "run")
    folder = RunFolder.open(result.save(tmp_path / "saved") if saved else tmp_path / "run")
    result = resume(folder, stored_design(folder), Conditions(), {"more": 7})
    folder.close()
    assert same(result.theta, longer.theta) and result.summary["steps"] == STEPS + 7


def test_steps_without_a_name_are_refused(design, fake_everywhere, tmp_path, capsys):
    stopped(design, tmp_path / "run", 3).close()
    assert main(["resume", str(tmp_path / "run"), "--steps", "9"]) == exit_codes.USAGE
    assert "several studies (fit, more): say of which, --set more.steps=9" in capsys.readouterr().err
    assert read_run(tmp_path / "run").about["status"] != "failed"


def test_a_study_that_cannot_begin_leaves_what_it_was_handed(fake, same, monkeypatch):
    """The first may go up to 2.2; the second is simulated elsewhere, as another stage or mesh might be."""
    from metac.runtime.errors import InvertedElement
    from metac.runtime.optimise.optimisation_loop import StepFailed
    from metac.stdlib.studies.optimize import Optimize

    run = Optimize.run

    def failing(self, *arguments, **more):
        if more.get("handed") is not None:
            raise StepFailed(0, InvertedElement("an element is inverted", where="reference", element=1, step=0))
        return run(self, *arguments, **more)

    alone = execute(fake(steps=STEPS), seed=3)
    monkeypatch.setattr(Optimize, "run", failing)
    result = execute(fake(steps=STEPS, more=MORE), seed=3)
    assert not result.met and result.failure.code == "M0612" and same(result.theta, alone.theta)
    assert [each["ended"] for each in result.studies] == ["step limit", "failed"]
    assert result.summary["loss"] == alone.summary["loss"]


def test_page_and_figure_name_the_studies(whole):
    run = read_run(whole)
    lines = story(run)
    assert lines[0].startswith("Study fit: loss ") and lines[2].startswith("Study more: loss ")
    assert lines[2].endswith("from what fit left.") and lines[-1].startswith(f"End of study more after step {MORE}: ")
    chart = history_charts(run.history, run.verdicts)[0]
    assert [(mark.place, mark.label) for mark in chart.marks] == [(STEPS, "study more")]
    assert dict(facts(run))["steps"] == f"{STEPS + MORE} (fit {STEPS}, more {MORE})"
    (axes,) = draw_loss(run.history).axes
    assert [text.get_text().strip() for text in axes.texts] == ["fit", "more"]
    assert "new start" not in [text.get_text() for text in axes.get_legend().get_texts()]


def test_what_is_handed_over_survives_a_checkpoint():
    """Bodies that were remeshed, parameters that did not vary then, failures and estimates."""
    program = Remeshing()
    first = {"a": np.zeros(2), "b": np.ones(3)}
    movements = (
        FrozenMovement("a", {"a": np.array([1.0, 2.0]), "b": np.full(3, 5.0)}, 1),
        FrozenMovement("a", {"a": np.array([3.0, 4.0])}, 0),
    )
    outcome = Outcome(
        {"a": np.full(2, 7.0), "b": np.full(3, 8.0)},
        0.5,
        9,
        "stop rule",
        failures=(FailedStart(0, 2, 1, "it broke", "be careful"),),
        program=program,
        frozen=movements,
        estimates={"E": {"standard_error": 1.5, "interval": [1.0, None]}},
    )
    handed = HandedOver(program).after("one", outcome, alone=False)
    state = handed.checkpoint("two", {"arrays": {"theta": np.arange(3)}, "numbers": {"step": 4}})
    kept = Checkpoint(12, state["arrays"], json.loads(json.dumps(state["numbers"])))
    name, again, own = restored(kept, program, [{"stage": 0}, {"stage": 1}], first)
    assert name == "two" and own["numbers"] == {"step": 4} and set(own["arrays"]) == {"theta"}
    assert again.ended == handed.ended and jax.tree.all(jax.tree.map(np.array_equal, again.theta, handed.theta))
    made = again.program.made
    assert [(each[0], each[1]["a"].tolist(), each[1]["b"].tolist(), each[2]) for each in made] == [
        ("a", [1.0, 2.0], [5.0] * 3, {"stage": 1}),
        ("a", [3.0, 4.0], [5.0] * 3, {"stage": 0}),
    ]


class Remeshing:
    """Notes with what it was remeshed."""

    def __init__(self, made=()):
        self.made = made

    def remeshed(self, theta, generator, inputs):
        return Remeshing((*self.made, (generator, theta, inputs))), {**theta, generator: np.zeros(2)}


def test_files_of_one_generator_without_names_are_read():
    """As versions before several studies wrote them."""
    arrays = theta_arrays({"warp": np.ones(2)}, (FrozenMovement("warp", {"warp": np.full(2, 3.0)}, 1),))
    del arrays["frozen-generators"]
    (movement,) = theta_file(arrays).movements({"warp": np.zeros(2)})
    assert movement.generator == "warp" and movement.stage == 1 and movement.theta["warp"].tolist() == [3.0, 3.0]


CELL = """\
material soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [4, 4] }
body cell = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load rve  = periodic { body = cell }
match stiffness(rve)[1, 1] to 10 MPa within 1 kPa
study coarse = optimize { vary = field, using = adam { rate = 0.1 }, steps = 3 }
study fine   = optimize { vary = field, using = lbfgs, steps = 30, stop = loss < 1e-20 }
"""


def test_a_later_study_does_not_start_elsewhere(tmp_path):
    text = CELL.replace("steps = 30", 'steps = 30, start = "runs/a"')
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / "a" / "theta.npz").write_bytes(b"")
    (tmp_path / "cell.meta").write_text(text)
    with pytest.raises(DiagnosticError) as raised:
        require_order(metac.load(tmp_path / "cell.meta").graph)
    (found,) = raised.value.diagnostics
    assert found.code == "M0514" and "starts from what the study `coarse` leaves" in found.message
    assert found.labels[0].span.text == '"runs/a"'


@pytest.mark.slow
def test_a_whole_run_through_the_command(tmp_path, monkeypatch):
    """One optimiser, then another one: the goal is met, which the first alone misses."""
    monkeypatch.setattr("metac.api.compilation_cache.enable", lambda: None)
    (tmp_path / "cell.meta").write_text(CELL)
    assert main(["run", str(tmp_path / "cell.meta"), "--out", str(tmp_path / "run")]) in (0, 3)
    run = read_run(tmp_path / "run")
    coarse, fine = run.summary["studies"]
    assert coarse["loss"] > 1e-3 and fine["loss"] < 1e-20 and fine["ended"] == "stop rule"
    assert len(read(tmp_path / "run" / "history.jsonl")) == coarse["steps"] + fine["steps"] + 2
    result = metac.open(tmp_path / "run")
    assert float(result.program.loss(result.theta)) == pytest.approx(fine["loss"], abs=1e-20)
