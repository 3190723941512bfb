"""`metac run` and `metac resume` around a program without mechanics: folders, signals, exit codes."""

import json
import os
import signal

import pytest

from metac.api.conditions import Conditions
from metac.api.resume import resume
from metac.api.run_folders import create_run_folder
from metac.commands import exit_codes
from metac.commands.interrupt import StopRequest, listening
from metac.commands.main import main
from metac.commands.run_driver import resume_run, run_design
from metac.runtime.errors import SolverUnavailable
from metac.runtime.linear_solvers import backend as choice
from metac.runtime.runs.folder import RunFolder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch, fake_everywhere):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("metac.api.compilation_cache.enable", lambda: None)


def run(design, out=None, seed=1):
    return run_design(design, out=out, seed=seed, form="text")


def test_exit_codes_of_runs(fake, tmp_path, capsys):
    assert run(fake(steps=200)) == exit_codes.MET
    captured = capsys.readouterr()
    assert "position(pull)" in captured.out and "met" in captured.out and "step 200/200" in captured.err
    assert run(fake(steps=2)) == exit_codes.MISSED
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"fake-1", "fake-2"}
    assert run(fake(limit=0.0)) == exit_codes.FAILED
    text = capsys.readouterr().err
    assert "error[M0611]" in text and "resume" not in text.replace("`metac resume`", "")
    assert run(fake(limit=1.0923, steps=50)) == exit_codes.FAILED
    assert "best design before the failure" in capsys.readouterr().err


def test_a_folder_in_use_is_refused(fake, tmp_path, capsys):
    assert run(fake(steps=2), out=tmp_path / "a") == exit_codes.MISSED
    capsys.readouterr()
    with pytest.raises(Exception, match="not empty"):
        run(fake(steps=2), out=tmp_path / "a")
    assert main(["resume", str(tmp_path / "a")]) == exit_codes.MISSED
    assert "is finished" in capsys.readouterr().out
    assert main(["resume", str(tmp_path)]) == exit_codes.FAILED
    assert "error[M0620]" in capsys.readouterr().err
    assert main(["resume", str(tmp_path / "nothing")]) == exit_codes.FAILED


def test_a_folder_whose_spec_has_changed_is_refused_and_left_as_it_was(fake, tmp_path, capsys):
    folder = tmp_path / "a"
    assert run(fake(steps=2), out=folder) == exit_codes.MISSED
    about = folder / "run.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "plan_hash": "of another spec"}))
    before = about.read_text()
    capsys.readouterr()
    assert main(["resume", str(folder)]) == exit_codes.FAILED
    text = capsys.readouterr().err
    assert "error[M0620]" in text and "resume it" not in text and about.read_text() == before


def test_a_folder_that_cannot_be_written(fake, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="cannot be written"):
        run(fake(), out=tmp_path / "file" / "a")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, exit_codes.INTERRUPTED), (signal.SIGTERM, exit_codes.TERMINATED)]
)
def test_a_signal_stops_after_the_step_and_can_be_gone_on_from(fake, tmp_path, monkeypatch, capsys, number, code):
    assert run(fake(), out=tmp_path / "whole") in (0, 3)
    signalled = []

    def note(self, record):
        if record["step"] == 6 and not signalled:
            signalled.append(True)
            os.kill(os.getpid(), number)

    monkeypatch.setattr("metac.runtime.report.plain_progress.PlainLines.step", note)
    assert run(fake(), out=tmp_path / "parts") == code
    assert f"saved; resume it with: metac resume {tmp_path / 'parts'}" in capsys.readouterr().err
    assert RunFolder(tmp_path / "parts").about()["status"] == "interrupted"
    assert resume_run(tmp_path / "parts", form="text") in (0, 3)
    names = ("whole", "parts")
    whole, parts = (
        [json.loads(line)["loss"] for line in (tmp_path / n / "history.jsonl").read_text().splitlines()] for n in names
    )
    assert whole == parts and len(whole) == 13


def test_a_request_before_the_first_step_stops_at_once():
    with pytest.raises(KeyboardInterrupt), listening(StopRequest()):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_request_does_not_wait():
    import threading

    left = threading.Event()
    told = []
    request = StopRequest(told.append, left.set, steps_done=True)
    with listening(request):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert left.wait(5)
    assert len(told) == 1 and request.requested()


def test_a_disk_that_fills_up_is_told_with_what_is_kept(fake, tmp_path, monkeypatch, capsys):
    from metac.runtime.runs import recorder

    real = recorder.checkpoints.save
    calls = []

    def full(*arguments):
        calls.append(arguments)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(recorder.checkpoints, "save", full)
    code = run(fake(restarts=2), out=tmp_path / "a")
    text = capsys.readouterr().err
    assert code == exit_codes.FAILED and "error[M0621]" in text and "No space left" in text
    assert f"resume it with: metac resume {tmp_path / 'a'}" in text


def test_the_solver_is_asked_for_and_kept(fake, tmp_path, monkeypatch, capsys):
    assert run(fake(steps=2), out=tmp_path / "a") == exit_codes.MISSED
    assert json.loads((tmp_path / "a" / "run.json").read_text())["solver"] == "qdldl"
    monkeypatch.setenv("METAC_SOLVER", "umfpack")
    capsys.readouterr()
    with pytest.raises(SolverUnavailable, match="umfpack"):
        run(fake(steps=2), out=tmp_path / "b")
    assert not (tmp_path / "b").exists()
    (tmp_path / "a" / "result.json").unlink()
    assert main(["resume", str(tmp_path / "a"), "--solver", "spooles"]) == exit_codes.USAGE
    text = capsys.readouterr().err
    assert "error[M0616]" in text and "spooles" in text and "qdldl, mkl, cudss" in text


def test_a_run_goes_on_with_its_own_solver_unless_told_otherwise(fake, tmp_path, monkeypatch, capsys):
    used, make = [], choice.make_solver
    monkeypatch.setattr(choice, "make_solver", lambda name: used.append(name) or make("qdldl"))
    for asked in (None, "cudss"):
        with choice.using("mkl"):
            folder = create_run_folder(fake(steps=1), tmp_path / str(asked), Conditions())
        folder.update(solver="mkl")
        folder.close()
        used.clear()
        monkeypatch.setenv("METAC_SOLVER", "qdldl")
        with choice.using(asked):
            resume_run(tmp_path / str(asked), form="text")
        assert set(used) == {asked or "mkl"}
        told = capsys.readouterr()
        assert ("the solver was mkl, now cudss" in told.err + told.out) == (asked is not None)


def test_a_run_goes_on_with_all_that_it_was_started_with(fake, tmp_path, monkeypatch):
    design, given = fake(steps=3), Conditions(seed=7, restart=2, refinement=3.0, figures=("svg",))
    folder = create_run_folder(design, tmp_path / "a", given)
    monkeypatch.setattr("metac.api.resume.pursue", lambda design, folder, conditions: conditions)
    try:
        found = resume(folder, design, Conditions())
        assert folder.about()["status"] == "running"
    finally:
        folder.close()
    assert (found.seed, found.restart, found.refinement, found.figures) == (7, 2, 3.0, ("svg",))
    assert found.checkpoint is None and found.earlier_seconds == 0
