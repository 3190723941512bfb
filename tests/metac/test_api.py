"""The Python API: `import metac` is light; load, compile, set, diagnostics."""

# Wrong values are given on purpose.
# pyright: reportArgumentType=false

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import metac

QUICKSTART = Path(__file__).parents[2].joinpath("specs", "quickstart.meta").read_text(encoding="utf-8")
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
    injected = metac.compile('param a: Text = "x"\n', a='"y"; import "z"')
    assert errors(injected) == [] and injected.plan().parameters["a"] == '"y"; import "z"', (
        "a text, never a part of the spec"
    )


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


@pytest.mark.parametrize(("given", "text"), [("hello world", "hello world"), ('"quoted"', "quoted"), ("a -> b", "a -> b")])
def test_texts_are_taken_as_they_are(given, text):
    assert metac.compile('param t: Text = "x"\n', t=given).plan().parameters["t"] == text


def test_an_error_says_where_what_and_how_to_mend_it(tmp_path):
    (tmp_path / "a.meta").write_text("param E: Pressure = 5 mm\nlet b = E + 1\nlet c = Eh\n")
    with pytest.raises(metac.DiagnosticError) as caught:
        metac.load(tmp_path / "a.meta").graph  # noqa: B018
    text = str(caught.value)
    assert f"{tmp_path / 'a.meta'}:1:21: error[M0402]: " in text and f"{tmp_path / 'a.meta'}:3:9: error[M0201]: " in text
    assert "\n    help: " in text and len(text.splitlines()) >= 4


def test_a_missing_file_is_named():
    with pytest.raises(metac.DiagnosticError, match=r"nofile\.meta:1:1: error\[M0122\]: there is no such file"):
        metac.load("nofile.meta")


def endless():
    items = [1.0]
    items.append(items)
    return items


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({3: 4}, "M0307"),
        ({None: 1}, "M0307"),
        ({"nu": b"0.3"}, "M0314"),
        ({"nu": endless()}, "M0314"),
        ({"nu": [10**400]}, "M0314"),
    ],
)
def test_values_that_no_spec_can_have(values, code):
    with pytest.raises(metac.DiagnosticError) as caught:
        metac.compile(TEXT).set(values)
    assert [found.code for found in caught.value.diagnostics] == [code]


@pytest.mark.parametrize("value", [None, {"a": 1}, object()])
def test_values_that_do_not_suit_the_parameter(value):
    assert errors(metac.compile(TEXT).set(nu=value))


def test_designs_and_errors_can_be_pickled_and_copied():
    design = metac.compile(TEXT, nu=0.3)
    assert errors(design) == []
    for other in (pickle.loads(pickle.dumps(design)), copy.deepcopy(design)):
        assert other.overrides == design.overrides and other.plan().hash == design.plan().hash
    with pytest.raises(metac.DiagnosticError) as caught:
        design.set(nu=3.0).graph  # noqa: B018
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_progress_that_is_none_is_refused():
    with pytest.raises(TypeError, match="a str cannot show the progress of a run, it has no begin, phase"):
        metac.compile(TEXT, nu=0.3).run(progress="yes")


def test_several_studies_stand_in_the_order_of_the_text_and_make_another_plan():
    """Names do not count, and neither does what they refer to."""
    orders = [("fit", "again", "before"), ("before", "fit", "again")]
    texts = {name: f"study {name} = optimize {{ vary = warp, steps = {len(name)} }}\n" for name in ("again", "before")}
    first = QUICKSTART + "\n" + texts["again"] + texts["before"]
    second = texts["before"] + QUICKSTART + "\n" + texts["again"]
    designs = [metac.compile(first), metac.compile(second)]
    assert [design.diagnostics for design in designs] == [(), ()]
    assert [design.graph.studies for design in designs] == orders
    assert designs[0].plan().hash != designs[1].plan().hash
    assert "fit\n  again\n  before" in designs[0].plan().describe()


def test_a_chosen_sweep_reaches_what_depends_on_it() -> None:
    text = "sweep t in [r, 1]\nsweep s in [half, 2*q]\nlet half = q/2\nparam r: Scalar = s + 1\nparam q: Scalar = 0.5\n"
    design = metac.compile(text)
    for chosen, expected in (
        ({}, {"t": 1.25, "s": 0.25, "r": 1.25, "q": 0.5}),
        ({"s": 1}, {"t": 2.0, "s": 1.0, "r": 2.0, "q": 0.5}),
        ({"s": 1, "t": 1}, {"t": 1.0, "s": 1.0, "r": 2.0, "q": 0.5}),
    ):
        assert dict(design.choose(chosen).plan().parameters) == expected


@pytest.mark.parametrize(
    ("options", "error"),
    [({"seed": "a"}, TypeError), ({"seed": 1.5}, TypeError), ({"seed": -1}, ValueError), ({"refinement": 0.5}, ValueError)],
)
def test_what_a_run_cannot_take_is_told_before_it_begins(options, error):
    with pytest.raises(error, match=r"seed|refinement|integer"):
        metac.compile("let a = 1").run(**options)


@pytest.mark.parametrize("text", [None, b"let a = 1", 3])
def test_what_is_no_text_is_told(text):
    with pytest.raises(TypeError, match="the text of a spec"):
        metac.compile(text)
