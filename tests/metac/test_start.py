"""Runs that start from the result of another run, by `--start` and by the field `start`; all through the command."""

import json

import jax
import numpy as np
import pytest

import metac
from metac.commands import exit_codes
from metac.commands.main import main
from metac.runtime.runs.history import read

SPEC = """\
material soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [4, 4] }
body cell = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load rve  = periodic { body = cell }
match stiffness(rve)[1, 1] to 10 MPa within 1 kPa
study fit = optimize { vary = field, using = adam { rate = 0.1 }, steps = 3 }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Of the spec, with a finished run `a`; the command's compilation cache stays off."""
    path = tmp_path_factory.mktemp("start")
    (path / "cell.meta").write_text(SPEC)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("metac.api.compilation_cache.enable", lambda: None)
        assert main(["run", str(path / "cell.meta"), "--seed", "1", "--out", str(path / "a")]) == exit_codes.MISSED
        yield path


def theta_of(run):
    with np.load(run / "theta.npz") as file:
        return dict(file)


def same_arrays(left, right):
    return set(left) == set(right) and all(np.array_equal(left[name], right[name]) for name in left)


def losses(run):
    return [record["loss"] for record in read(run / "history.jsonl")]


def with_start(folder, name, start, old="", new=""):
    """A copy of the spec whose study starts from a result."""
    assert old in SPEC
    text = SPEC.replace("steps = 3", f'steps = 3, start = "{start}"').replace(old, new)
    (folder / f"{name}.meta").write_text(text)
    return str(folder / f"{name}.meta")


def test_start_begins_from_the_parameters_of_the_finished_run(folder, tmp_path):
    """Another seed would draw other parameters: with no step to make, the result is that of the first run."""
    spec = str(folder / "cell.meta")
    none = ["--set", "fit.steps=0"]
    started = ["run", spec, "--seed", "7", "--start", str(folder / "a"), *none, "--out", str(tmp_path / "b")]
    assert main(started) == exit_codes.MISSED
    assert main(["run", spec, "--seed", "7", *none, "--out", str(tmp_path / "drawn")]) == exit_codes.MISSED
    assert same_arrays(theta_of(tmp_path / "b"), theta_of(folder / "a"))
    assert not same_arrays(theta_of(tmp_path / "drawn"), theta_of(folder / "a"))
    assert losses(tmp_path / "b")[0] == pytest.approx(min(losses(folder / "a")), rel=1e-12)


def test_the_field_start_is_relative_to_the_spec_and_equals_the_option(folder, tmp_path, monkeypatch):
    spec = with_start(folder, "from_a", "a")
    monkeypatch.chdir(tmp_path)
    assert main(["run", spec, "--seed", "7", "--out", "by_field"]) == exit_codes.MISSED
    option = ["--start", str(folder / "a")]
    assert main(["run", str(folder / "cell.meta"), "--seed", "7", *option, "--out", "by_option"]) == exit_codes.MISSED
    assert losses(tmp_path / "by_field") == losses(tmp_path / "by_option")
    assert losses(tmp_path / "by_field")[0] == pytest.approx(min(losses(folder / "a")), rel=1e-12)
    assert same_arrays(theta_of(tmp_path / "by_field"), theta_of(tmp_path / "by_option"))


def test_a_folder_without_a_result_is_told_before_a_run_folder_is_made(folder, tmp_path, capsys):
    option = ["--start", str(tmp_path / "nothing"), "--out", str(tmp_path / "b")]
    assert main(["run", str(folder / "cell.meta"), *option]) == exit_codes.FAILED
    text = capsys.readouterr().err
    assert "error[M0620]" in text and str(tmp_path / "nothing" / "theta.npz") in text and "Traceback" not in text
    assert not (tmp_path / "b").exists()


def test_a_wrong_folder_in_the_field_is_an_error_at_the_field(folder, tmp_path, capsys):
    spec = with_start(folder, "from_nothing", "nothing")
    assert main(["run", spec, "--out", str(tmp_path / "b")]) == exit_codes.SPEC_WRONG
    text = capsys.readouterr().err
    column = SPEC.splitlines()[6].index("steps = 3") + len("steps = 3, start = ") + 1
    assert f"from_nothing.meta:7:{column}" in text
    assert "error[M0319]" in text and 'no file or folder "nothing"' in text
    assert text.count("error[") == 1 and "Traceback" not in text


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("larger", "pixels = [4, 4]", "pixels = [4, 5]", "field/0: expected float64[4, 5], found"),
        ("renamed", "field", "picture", "picture/0: expected float64[4, 4], found"),
    ],
)
def test_the_result_of_another_design_is_refused_by_name(folder, tmp_path, capsys, name, old, new, told):
    spec = with_start(folder, name, "a", old, new)
    assert main(["run", spec, "--out", str(tmp_path / "b")]) == exit_codes.SPEC_WRONG
    text = capsys.readouterr().err
    assert f"{name}.meta:7:" in text and "error[M0597]" in text
    assert f"the result there belongs to another design: {told}" in " ".join(text.split())
    assert text.count("error[") == 1 and not (tmp_path / "b" / "result.json").exists()


def test_the_result_of_another_design_is_refused_for_the_option_too(folder, tmp_path, capsys):
    other = ["--set", "field.pixels=[4, 5]", "--start", str(folder / "a"), "--out", str(tmp_path / "b")]
    assert main(["run", str(folder / "cell.meta"), *other]) == exit_codes.SPEC_WRONG
    text = capsys.readouterr().err
    assert "error[M0597]" in text and "--start:1:1" in text and "--set fit" not in text and "float64[4, 5]" in text


@pytest.mark.slow
def test_resume_with_more_steps_continues_as_one_long_run(folder, tmp_path, capsys):
    spec = str(folder / "cell.meta")
    assert main(["run", spec, "--seed", "1", "--out", str(tmp_path / "short")]) == exit_codes.MISSED
    long = ["--set", "fit.steps=6", "--out", str(tmp_path / "long")]
    assert main(["run", spec, "--seed", "1", *long]) == exit_codes.MISSED
    assert main(["resume", str(tmp_path / "short"), "--steps", "6"]) == exit_codes.MISSED
    assert losses(tmp_path / "short") == losses(tmp_path / "long") and len(losses(tmp_path / "short")) == 7
    assert same_arrays(theta_of(tmp_path / "short"), theta_of(tmp_path / "long"))
    capsys.readouterr()
    assert main(["resume", str(tmp_path / "short"), "--steps", "6"]) == exit_codes.MISSED
    assert "is finished" in capsys.readouterr().out


@pytest.mark.parametrize("steps", ["0", "-1", "2.5", "many"])
def test_a_number_of_steps_that_is_none_is_wrong_usage(folder, capsys, steps):
    before = sorted(path.name for path in (folder / "a").iterdir())
    assert main(["resume", str(folder / "a"), "--steps", steps]) == exit_codes.USAGE
    assert "--steps" in capsys.readouterr().err
    assert sorted(path.name for path in (folder / "a").iterdir()) == before


def test_an_opened_run_has_the_numbers_of_its_folder(folder):
    opened = metac.open(folder / "a")
    written = json.loads((folder / "a" / "result.json").read_text())
    assert opened.name == "cell" and opened.folder == folder / "a" and dict(opened.summary) == written
    assert opened.failure is None and not opened.met and opened.conditions.seed == 1
    (goal,) = opened.goals.values()
    assert goal.name == "stiffness(rve)[1, 1]" and goal.target == 10 and not goal.final
    assert goal.value == written["goals"][goal.name]["value"]
    assert [record["loss"] for record in opened.history] == losses(folder / "a") and len(opened.history) == 4
    (array,) = jax.tree.leaves(opened.theta["field"])
    (stored,) = theta_of(folder / "a").values()
    assert np.array_equal(np.asarray(array), stored)
    (value,) = opened.program.evaluate(opened.theta).goals.values()
    assert float(value.value) == pytest.approx(goal.value, rel=1e-9)
    assert opened.body.density.shape == (4, 4) and opened.drawings
