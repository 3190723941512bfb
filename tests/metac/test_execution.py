"""Running, stopping and resuming, with a program that needs no mechanics."""

import json

import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.execution import execute, pursue
from metac.api.failures import diagnostic_of
from metac.api.resume import AlreadyFinished, resume
from metac.api.run_folders import create_run_folder, stored_design
from metac.runtime.errors import InvertedElement, NotFinite, RuntimeFailure, as_failure
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.runtime.runs.failures import FolderFailure, Interrupted
from metac.runtime.runs.folder import RunFolder
from metac.runtime.runs.history import read


def losses(folder):
    return [record["loss"] for record in read(folder / "history.jsonl")]


def stop_after(count):
    """Wants to stop at the given step."""
    asked = []

    def stop():
        asked.append(True)
        return len(asked) >= count

    return stop


def test_a_run_without_a_folder(fake):
    result = execute(fake(steps=200), seed=1)
    assert result.met and result.goals["position(pull)"].fresh_met
    assert abs(result.theta["warp"]["a"][0] - 2) < 0.01
    assert len(result.history) == 201 and result.folder is None
    assert "position(pull)" in result.table()
    with pytest.raises(ValueError, match="no body to draw"):
        result.plot()


def test_a_run_leaves_everything_in_its_folder(fake, tmp_path):
    result = execute(fake(), seed=5, out=tmp_path / "run")
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert about["status"] == "finished" and about["seed"] == 5 and about["versions"]["jax"]
    assert about["plan_hash"] == fake().plan().hash
    numbers = json.loads((tmp_path / "run" / "result.json").read_text())
    assert numbers["steps"] == 12 and numbers["met"] is False and numbers["goals"]["position(pull)"]["fresh_mesh"]
    assert losses(tmp_path / "run") == [record["loss"] for record in result.history]
    assert "param wanted" in (tmp_path / "run" / "spec.meta").read_text()


def test_a_design_without_study_is_evaluated(fake):
    result = execute(fake(study=False))
    assert result.history == [] and result.summary["ended"] == "no study"


def test_the_fresh_mesh_decides(fake):
    assert not execute(fake(steps=200, shift=0.5), seed=1).met
    assert execute(fake(steps=200, shift=0.0), seed=1).met


def test_a_failing_check_loses_no_result(fake):
    result = execute(fake(steps=200, shift=0.5, limit=2.2), seed=1)
    assert not result.met and result.failure is None
    assert [warning.code for warning in result.warnings] == ["M0631"]
    assert result.goals["position(pull)"].met and result.goals["position(pull)"].fresh_value is None


@pytest.mark.parametrize("using", ["adam", "lbfgs"])
@pytest.mark.parametrize("at", [1, 7])
def test_resuming_is_bit_identical(fake, fake_everywhere, same, tmp_path, using, at):
    design = fake(using=using, restarts=2)
    whole = execute(design, seed=3, out=tmp_path / "whole")
    conditions = Conditions(seed=3, stop_requested=stop_after(at))
    folder = create_run_folder(design, tmp_path / "parts", conditions)
    with pytest.raises(Interrupted):
        pursue(design, folder, conditions)
    assert len(losses(folder.path)) == at
    folder.close()
    again = RunFolder.open(tmp_path / "parts")
    result = resume(again, stored_design(again), Conditions())
    again.close()
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert same(result.theta, whole.theta)
    ours, theirs = (json.loads((tmp_path / name / "result.json").read_text()) for name in ("whole", "parts"))
    assert ours["goals"] == theirs["goals"] and ours["steps"] == theirs["steps"]
    with pytest.raises(AlreadyFinished):
        resume(RunFolder.open(tmp_path / "parts"), design, Conditions())


def killed(fake, path, steps, checkpoint_steps):
    """A folder as `kill -9` leaves it: history beyond the last checkpoint, half a line at its end."""
    conditions = Conditions(checkpoint_steps=checkpoint_steps)
    design = fake()

    class Killed(BaseException):
        pass

    def stop():
        stop.count += 1
        if stop.count >= steps:
            raise Killed
        return False

    stop.count = 0
    conditions.stop_requested = stop
    folder = create_run_folder(design, path, conditions)
    with pytest.raises(Killed), pytest.MonkeyPatch.context() as patched:
        patched.setattr("metac.api.study.save_last_step", lambda recorder: None)
        pursue(design, folder, conditions)
    folder.close()
    with (path / "history.jsonl").open("a") as file:
        file.write('{"stage": 0, "lo')


def test_after_a_kill_the_history_is_cut_to_the_checkpoint(fake, fake_everywhere, same, tmp_path):
    whole = execute(fake(), out=tmp_path / "whole")
    killed(fake, tmp_path / "parts", steps=10, checkpoint_steps=4)
    folder = RunFolder.open(tmp_path / "parts")
    conditions = Conditions()
    result = resume(folder, stored_design(folder), conditions)
    folder.close()
    assert conditions.checkpoint.records == 8 and conditions.warnings == []
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole") and same(result.theta, whole.theta)


def test_a_damaged_checkpoint_is_reported_and_passed_over(fake, fake_everywhere, same, tmp_path):
    whole = execute(fake())
    killed(fake, tmp_path / "parts", steps=10, checkpoint_steps=4)
    sorted((tmp_path / "parts" / "checkpoints").iterdir())[-1].write_bytes(b"PK\x03\x04 half")
    folder = RunFolder.open(tmp_path / "parts")
    result = resume(folder, stored_design(folder), Conditions())
    folder.close()
    assert [warning.code for warning in result.warnings] == ["M0622"]
    assert same(result.theta, whole.theta)


def test_with_no_checkpoint_left_it_starts_again(fake, fake_everywhere, same, tmp_path):
    whole = execute(fake())
    killed(fake, tmp_path / "parts", steps=3, checkpoint_steps=100)
    folder = RunFolder.open(tmp_path / "parts")
    assert same(resume(folder, stored_design(folder), Conditions()).theta, whole.theta)
    folder.close()


def test_another_plan_cannot_be_resumed(fake, fake_everywhere, tmp_path):
    killed(fake, tmp_path / "run", steps=3, checkpoint_steps=1)
    folder = RunFolder.open(tmp_path / "run")
    folder.update(overrides={"wanted": {"value": 1.5}})
    with pytest.raises(FolderFailure, match="plan"):
        resume(folder, stored_design(folder), Conditions())
    folder.close()


def test_other_versions_are_reported(fake, fake_everywhere, tmp_path):
    killed(fake, tmp_path / "run", steps=3, checkpoint_steps=1)
    folder = RunFolder.open(tmp_path / "run")
    folder.update(versions={"jax": "0.0.1"})
    result = resume(folder, stored_design(folder), Conditions())
    folder.close()
    assert result.warnings[0].code == "M0623" and any("jax was 0.0.1" in note for note in result.warnings[0].notes)


def test_overrides_come_back_as_they_were(fake, fake_everywhere, tmp_path):
    folder = create_run_folder(fake(wanted=1.5, using="lbfgs"), tmp_path / "run", Conditions())
    assert stored_design(folder).overrides == {"wanted": 1.5, "using": "lbfgs"}
    folder.close()


def test_no_start_at_all_is_a_failure_at_the_load(fake, tmp_path):
    design = fake(limit=0.0)
    with pytest.raises(StepFailed) as caught:
        execute(design, out=tmp_path / "run")
    told = diagnostic_of(caught.value, design.graph)
    assert told.code == "M0611" and told.labels[0].text == "this load" and "pull" in told.message and told.help


def test_a_failure_later_keeps_the_best(fake, tmp_path):
    result = execute(fake(limit=1.0923, steps=50), seed=1, out=tmp_path / "run")
    assert result.failure.code == "M0611" and "halved 8 times" in result.failure.message
    assert 1.09 < result.theta["warp"]["a"][0] < 1.0923
    assert json.loads((tmp_path / "run" / "result.json").read_text())["failure"]["code"] == "M0611"
    assert RunFolder(tmp_path / "run").about()["status"] == "failed"


def test_failures_have_codes():
    assert InvertedElement("", where="reference", element=1, step=0).code == "M0612"
    assert InvertedElement("", where="deformed", element=1, step=2).code == "M0613"
    assert NotFinite("", increment=1).code == "M0614"
    assert as_failure(OSError(28, "No space left on device")).code == "M0621"
    assert as_failure(MemoryError()).code == "M0630"
    assert as_failure(RuntimeFailure("", remedy="")).code == "M0610"
    assert as_failure(TypeError("not foreseen")) is None


def test_the_seed_decides(fake, same):
    assert same(execute(fake(), seed=1).theta, execute(fake(), seed=1).theta)
    assert not np.array_equal(execute(fake(), seed=1).history[0]["loss"], execute(fake(), seed=2).history[0]["loss"])


def test_a_result_can_be_saved_later(fake, tmp_path):
    result = execute(fake())
    result.save(tmp_path / "kept")
    assert len(losses(tmp_path / "kept")) == 13
    with pytest.raises(FolderFailure):
        result.save(tmp_path / "kept")


def test_more_steps_are_those_of_one_long_run(fake, fake_everywhere, same, tmp_path):
    long = execute(fake(steps=30), seed=2)
    execute(fake(steps=12), seed=2, out=tmp_path / "run")
    folder = RunFolder.open(tmp_path / "run")
    conditions = Conditions()
    result = resume(folder, stored_design(folder), conditions, {"steps": 30})
    folder.close()
    assert losses(tmp_path / "run") == [record["loss"] for record in long.history] and same(result.theta, long.theta)
    assert conditions.earlier_seconds > 0 and result.summary["seconds"] > conditions.earlier_seconds
    about = RunFolder(tmp_path / "run").about()
    assert about["overrides"]["steps"] == {"value": 30} and about["plan_hash"] == fake(steps=30).plan().hash
    again = RunFolder.open(tmp_path / "run")
    with pytest.raises(AlreadyFinished):
        resume(again, stored_design(again), Conditions(), {"steps": 30})
    again.close()


@pytest.mark.parametrize("status", ["interrupted", "finished"])
@pytest.mark.parametrize("changes", [None, {"steps": 30}])
def test_a_file_that_has_changed_is_what_is_told(fake, fake_everywhere, tmp_path, changes, status):
    execute(fake(steps=12), seed=2, out=tmp_path / "run")
    folder = RunFolder.open(tmp_path / "run")
    folder.update(plan_hash="of another file", status=status)
    with pytest.raises(FolderFailure, match="a file that it reads or imports"):
        resume(folder, stored_design(folder), Conditions(), changes)
    folder.close()


@pytest.mark.parametrize("changes", [{"wanted": 1.5}, {"steps": 30, "using": "lbfgs"}])
def test_what_the_run_is_about_cannot_change_within_it(fake, fake_everywhere, tmp_path, changes):
    execute(fake(), seed=2, out=tmp_path / "run")
    before = RunFolder(tmp_path / "run").about()
    folder = RunFolder.open(tmp_path / "run")
    with pytest.raises(FolderFailure, match=r"only these may change: `fit\.steps`, `fit\.restarts`") as caught:
        resume(folder, stored_design(folder), Conditions(), changes)
    folder.close()
    assert "--start" in caught.value.remedy and RunFolder(tmp_path / "run").about() == before


def test_a_saved_result_can_be_resumed(fake, fake_everywhere, same, tmp_path):
    long = execute(fake(steps=30), seed=2)
    execute(fake(steps=12), seed=2).save(tmp_path / "saved")
    files = {path.name for path in (tmp_path / "saved").iterdir()}
    assert files >= {"spec.meta", "plan.json", "run.json", "theta.npz", "history.jsonl", "result.json", "checkpoints"}
    folder = RunFolder.open(tmp_path / "saved")
    result = resume(folder, stored_design(folder), Conditions(), {"steps": 30})
    folder.close()
    assert same(result.theta, long.theta)


def test_a_run_can_be_opened(fake, fake_everywhere, same, tmp_path):
    result = execute(fake(), seed=5, out=tmp_path / "run")
    opened = metac.open(tmp_path / "run")
    assert opened.name == result.name == "fake" and opened.met == result.met and opened.folder == tmp_path / "run"
    assert opened.goals == result.goals and opened.table() == result.table() and repr(opened) == repr(result)
    assert list(opened.history) == list(result.history) and dict(opened.summary) == dict(result.summary)
    assert same(opened.theta, result.theta)
    opened.save(tmp_path / "copy")
    assert same(metac.open(tmp_path / "copy").theta, result.theta)


def test_what_is_no_finished_run_is_not_opened(fake, tmp_path):
    with pytest.raises(FolderFailure, match="is not a run's folder"):
        metac.open(tmp_path / "nothing")
    create_run_folder(fake(), tmp_path / "waiting", Conditions()).close()
    with pytest.raises(FolderFailure, match="has not come to its end"):
        metac.open(tmp_path / "waiting")
    execute(fake(), out=tmp_path / "run")
    (tmp_path / "run" / "theta.npz").write_bytes(b"PK half")
    with pytest.raises(FolderFailure, match=r"theta\.npz cannot be read"):
        metac.open(tmp_path / "run").theta  # noqa: B018
    (tmp_path / "run" / "result.json").write_text('{"goals": {}}')
    with pytest.raises(FolderFailure, match="not what metac writes"):
        metac.open(tmp_path / "run")


def test_the_name_survives(fake, fake_everywhere, tmp_path):
    killed(fake, tmp_path / "run", steps=3, checkpoint_steps=1)
    folder = RunFolder.open(tmp_path / "run")
    assert resume(folder, stored_design(folder), Conditions()).name == "fake"
    folder.close()


def test_a_result_is_printed_in_few_lines(fake):
    result = execute(fake(steps=50), seed=1)
    assert repr(result).startswith("<metac result fake: ") and "50 steps, ended by: step limit" in repr(result)
    assert len(str(result).splitlines()) == 4 and result.table() in str(result)


def test_an_evaluation_that_fails_is_a_failed_run(fake, tmp_path):
    result = execute(fake(study=False, limit=0.0), out=tmp_path / "run")
    assert result.failure.code == "M0611" and "no equilibrium at increment 1 of 2" in result.failure.message
    assert result.failure.labels[0].text == "this load" and not result.met
    numbers = json.loads((tmp_path / "run" / "result.json").read_text())
    assert numbers["failure"]["code"] == "M0611" and numbers["met"] is False
    assert RunFolder(tmp_path / "run").about()["status"] == "failed"


def test_a_value_that_is_no_number_is_a_failed_run(fake):
    result = execute(fake(study=False, wanted=2.0, shift=0.0, offset=float("nan")))
    assert result.failure.code == "M0614" and "`position(pull)`" in result.failure.message and not result.met
    assert result.goals["position(pull)"].value is None and "failed" in result.table()
