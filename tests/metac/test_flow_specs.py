"""The experiments of the paper, as specs: all check, and the slow test runs each in the small setting that it names."""

import json
import shlex
from pathlib import Path

import pytest

import metac
from metac.api.family import family
from metac.commands import exit_codes
from metac.commands.main import main, make_parser

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs" / "flows").glob("*.meta"))
QUICK = "# a quick look"


def commands(spec):
    """The command lines in a spec's comment, as lists of arguments, and whether each is the quick one."""
    lines = [line[1:].strip() for line in spec.read_text(encoding="utf-8").splitlines() if line.startswith("#   metac ")]
    return [(shlex.split(line.partition(QUICK)[0])[1:], QUICK in line) for line in lines]


def quick(spec):
    return next(arguments for arguments, is_quick in commands(spec) if is_quick)


def test_all_experiments_are_there():
    assert {spec.stem for spec in SPECS} == {
        "compression_plateau",
        "compression_shrinking_p6",
        "compression_shrinking_pg",
        "mesh_independence",
        "tension_linear_p1",
        "tension_linear_p2gg",
        "tension_poisson_hexagonal",
        "tension_poisson_square",
        "zero_poisson_p6",
    }


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_spec_checks_with_every_setting_that_it_names(spec):
    assert metac.load(spec).diagnostics == ()
    found = commands(spec)
    assert any(is_quick for _, is_quick in found)
    for arguments, _ in found:
        parsed = make_parser().parse_args(arguments)
        assert ROOT / parsed.spec == spec
        over = dict(getattr(parsed, "over", ()))
        members = family(metac.load(spec).set(dict(parsed.settings)), over)
        assert [member.design.diagnostics for member in members] == [()] * len(members)


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_a_spec_runs_in_its_small_setting(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main([*quick(spec), "--out", str(tmp_path / "run")]) in (exit_codes.MET, exit_codes.MISSED)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["steps"] == 2 and result["failure"] is None and not result["warnings"]
