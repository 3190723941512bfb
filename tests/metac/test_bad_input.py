"""What goes wrong on a first day: each mistake must give a located message and its exit code, never a traceback."""

import os
from pathlib import Path

import pytest

from metac.commands import exit_codes
from metac.commands.main import main

QUICKSTART = Path(__file__).parents[2].joinpath("specs", "quickstart.meta").read_text(encoding="utf-8")


def told(capsys, *words, code=exit_codes.SPEC_WRONG):
    """What a command line says on stderr."""
    assert main(list(words)) == code
    said = capsys.readouterr().err
    assert "Traceback" not in said and "internal error" not in said
    return said


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("neo_hookean", "neo_hokean", "M0203"),
        ("symmetry  g", "symetry  g", "M0202"),
        ("by = warp", "by = wrap", "M0201"),
        ("cells = [2, 2]", "cels = [2, 2]", "M0301"),
        ("cells = [2, 2]", "cells = [0, 2]", "M0304"),
        ("specimen {", "specimen { size = -2 mm,", "M0304"),
        ("specimen {", "specimen { order = 3,", "M0304"),
        ("strain = 10 %", "strain = 0 %", "M0304"),
        ("strain = 10 %", "strain = 10 kPa", "M0402"),
        ("increments = 4", "increments = 0", "M0304"),
        ("increments = 4", "increments = 4.5", "M0411"),
        ("cell = 20 mm", "cell = 20 MPa", "M0402"),
        ("cell = 20 mm", "cell = 0 mm", "M0532"),
        ("p4 { cell = 20 mm }", "pm { cell = [20 mm] }", "M0408"),
        ("p4 { cell = 20 mm }", "pm { cell = [20 mm, 20 mm, 20 mm] }", "M0532"),
        ("radius = 4 mm", "radius = 4", "M0402"),
        ("radius = 4 mm", "radius = 40 mm", "M0541"),
        ("radius = 4 mm", "radius = 5.2 mm", "M0542"),
        ("at = [0.25, 0.25]", "at = [0.25]", "M0546"),
        (
            "match   poisson_ratio(pull) to nu_target within 0.02",
            "match stress(pull) to (e -> 30 kPa * e for 0 .. 20 %)",
            "M0510",
        ),
        ("49 % .. 51 %", "51 % .. 49 %", "M0511"),
        ("within 0.02", "within -0.02", "M0508"),
        ("Scalar = -0.4 in", "Scalar in", "M0575"),
        ("vary  = warp", "vary  = [warp, warp]", "M0516"),
        ("cells = [2, 2]", "cells = [2]", "M0313"),
        ("strain = 10 %", "strain = 10", "M0304"),
        ("flow { symmetry = g }", "flow { symmetry = g, hidden = [-10, 10] }", "M0304"),
        ("steps = 150", 'steps = 150\n    start = "runs/nothing"', "M0319"),
        ("param nu_target", 'import "nothing.meta"\nparam nu_target', "M0206"),
        ("param nu_target", 'import "../../etc/passwd"\nparam nu_target', "M0207"),
        ("param nu_target", "let a = " + "[" * 10_000 + "\nparam nu_target", "M0119"),
    ],
)
def test_mistakes_in_a_spec(tmp_path, monkeypatch, capsys, right, wrong, code):
    monkeypatch.chdir(tmp_path)
    assert right in QUICKSTART
    Path("spec.meta").write_text(QUICKSTART.replace(right, wrong), encoding="utf-8")
    said = told(capsys, "check", "spec.meta")
    assert f"error[{code}]" in said and "─ spec.meta:" in said
    assert told(capsys, "run", "spec.meta", "--out", "runs") == said
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("nu_taget=1", "M0307"),
        ("warps.hidden=[3]", "M0307"),
        ("a.b.c=1", "M0307"),
        ("warp.hiden=[3]", "M0301"),
        ("nu_target=5 MPa", "M0402"),
        ("nu_target=7", "M0305"),
        ("nu_target=[", "M0102"),
        ("nu_target=1/0", "M0414"),
        ("g.cell=[1 mm, 2 mm]", "M0403"),
    ],
)
def test_mistakes_in_values_from_outside(tmp_path, monkeypatch, capsys, assignment, code):
    monkeypatch.chdir(tmp_path)
    Path("spec.meta").write_text(QUICKSTART, encoding="utf-8")
    said = told(capsys, "check", "spec.meta", "--set", assignment)
    assert f"error[{code}]" in said and f"--set {assignment.partition('=')[0]}" in said


@pytest.mark.parametrize("assignment", ["nu_target", "nu_target=", "=3", "nu target=3"])
def test_values_from_outside_that_are_none(capsys, assignment):
    assert "is not NAME=VALUE" in told(capsys, "check", "spec.meta", "--set", assignment, code=exit_codes.USAGE)


@pytest.mark.parametrize(
    ("content", "code", "exit_code"),
    [
        (b"", "M0131", exit_codes.SPEC_WRONG),
        (b"\x7fELF\x00\x01\xff" * 100, "M0124", exit_codes.SPEC_WRONG),
        (b"let a = 1\n" * 1_000_000, "M0121", exit_codes.SPEC_WRONG),
        (None, "M0122", exit_codes.USAGE),
    ],
    ids=["empty", "binary", "10 MB", "missing"],
)
def test_files_that_are_no_specs(tmp_path, monkeypatch, capsys, content, code, exit_code):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("spec.meta").write_bytes(content)
    said = told(capsys, "check", "spec.meta", code=exit_code)
    assert f"error[{code}]" in said and "─ spec.meta" in said


def test_a_folder_as_spec(tmp_path, capsys):
    tmp_path.joinpath("spec.meta").mkdir()
    assert "error[M0123]" in told(capsys, "check", str(tmp_path / "spec.meta"), code=exit_codes.USAGE)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_an_import_that_would_never_end(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.meta")
    spec = tmp_path / "spec.meta"
    spec.write_text('import "pipe.meta"\n', encoding="utf-8")
    assert "error[M0209]" in told(capsys, "check", str(spec))
