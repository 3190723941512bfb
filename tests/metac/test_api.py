"""The Python API: `import metac` is light; load, compile, set, diagnostics."""

import subprocess
import sys

import numpy as np
import pytest

import metac

TEXT = "param nu: Scalar in -1 .. 0.5\nparam E: Pressure = 50 MPa\n"


def errors(design):
    return [found.code for found in design.diagnostics if found.severity == "error"]


def test_everything_public_is_there_and_documented():
    for name in metac.__all__:
        assert getattr(metac, name).__doc__, name
    assert set(metac.__all__) <= set(dir(metac)) and metac.__version__
    with pytest.raises(AttributeError, match="nonsense"):
        metac.nonsense  # noqa: B018
    for name in ("set", "run", "program", "plan", "diagnostics", "graph"):
        assert getattr(metac.Design, name).__doc__


def test_import_is_light():
    code = "import metac, sys; print(sorted({'jax', 'numpy', 'sympy', 'lark', 'metac.dsl'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_set_gives_another_design():
    design = metac.compile(TEXT)
    other = design.set(nu=0.3).set({"E": "30 kPa"})
    assert design.overrides == {} and other.overrides == {"nu": 0.3, "E": "30 kPa"}
    assert "nu=0.3" in repr(other)
    assert errors(other) == []
    assert other.plan().parameters == {"nu": 0.3, "E": pytest.approx(0.03)}


def test_wrong_values_are_diagnostics():
    design = metac.compile(TEXT)
    assert errors(design.set(nu=2.0)) and errors(design.set(missing=1)) and errors(design.set(nu="0.3 MPa"))
    with pytest.raises(metac.DiagnosticError):
        design.set(nu=2.0).graph  # noqa: B018


def test_values_of_hosts_enter_by_value():
    design = metac.compile(TEXT, nu=np.float64(0.25))
    assert design.plan().parameters["nu"] == 0.25
    assert errors(metac.compile('param a: Text = "x"\n', a='"y"; import "z"'))


def test_parameters_without_default_must_be_given():
    with pytest.raises(metac.DiagnosticError) as caught:
        metac.compile(TEXT).plan()
    assert "nu" in caught.value.diagnostics[0].message


def test_errors_come_all_at_once():
    assert len(errors(metac.compile("let a = b\nlet c = d\n"))) == 2


def test_load(tmp_path):
    (tmp_path / "a.meta").write_text(TEXT)
    assert errors(metac.load(tmp_path / "a.meta")) == []
    with pytest.raises(metac.DiagnosticError):
        metac.load(tmp_path / "missing.meta")


def test_the_plan_does_not_depend_on_layout():
    one = metac.compile(TEXT, nu=0.3).plan().hash
    other = metac.compile("# a comment\nparam E: Pressure = 50000 kPa\n\nparam nu: Scalar in -1 .. 0.5", nu=0.3).plan().hash
    assert one == other


def test_sweeps_make_a_family():
    from metac.api.family import family

    design = metac.compile("param a: Scalar = 1\nparam b: Length = 2 mm\nsweep a in [1, 2]\nsweep b in [1 mm, 2*a*1 mm]\n")
    members = family(design)
    assert [member.label for member in members] == ["a=1 b=1 mm", "a=1 b=2*a*1 mm", "a=2 b=1 mm", "a=2 b=2*a*1 mm"]
    assert [dict(member.design.plan().parameters) for member in members[2:]] == [{"a": 2, "b": 1}, {"a": 2, "b": 4}]
