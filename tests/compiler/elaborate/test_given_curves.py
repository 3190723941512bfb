"""Curves that are given as points, and functions as parameters."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import CubicSpline, PchipInterpolator

import metac
from metac.compiler.graph_walk import Bindings
from metac.compiler.interfaces.given_curve import GivenCurve
from metac.compiler.lower.expression import evaluate_expression

X = (0.0, 0.02, 0.03, 0.06, 0.1)
Y = (0.0, 0.5, 2.0, 2.0, 1.5)
RISING = (0.1, 0.5, 2.0, 2.3, 1.5)
"""Without a plateau, at whose ends the monotone curve has kinks as a function of its ordinates."""
INSIDE = np.linspace(0, 0.1, 57)
TRUTH = {
    "linear": lambda x: np.interp(x, X, Y),
    "monotone": PchipInterpolator(X, Y),
    "smooth": CubicSpline(X, Y),
}
SPEC = """
param data: Curve[Scalar, Pressure] = curve("t.csv", x = "strain", y = "stress", unit = kPa)
material rubber = neo_hookean { E = 50 MPa, nu = 0.4 }
body     image  = pixels { density = ["#.", "##"], size = 2 mm, materials = [rubber, rubber] }
load     pull   = experiment {
    body     = image
    boundary = grips {}
    control  = stretch { strain = 5 % }
    path     = increments { count = 2 }
}
match stress(pull) to data for 0 .. 5 %
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = "\n".join(f"{x},{1000 * y},7" for x, y in zip(X, Y, strict=True))
    (tmp_path / "t.csv").write_text(f"# measured\nstrain,stress,time\n{rows}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compiled(spec: str, folder: Path, **given: object) -> metac.Design:
    (folder / "spec.meta").write_text(spec, encoding="utf-8")
    return metac.load(folder / "spec.meta").set(given)


def codes(design: metac.Design) -> list[str]:
    return [found.code for found in design.diagnostics if found.severity == "error"]


def target(design: metac.Design):
    (goal,) = design.graph.goals
    return evaluate_expression(goal.target, Bindings(parameters=design.plan().parameters), jnp)


@pytest.mark.parametrize("between", TRUTH)
def test_values_between_points_and_none_beyond(between: str) -> None:
    curve = GivenCurve(X, Y, between)  # type: ignore[arg-type]
    for xp in (np, jnp):
        np.testing.assert_allclose(curve(INSIDE, xp), TRUTH[between](INSIDE), atol=1e-12)
        assert np.isnan(curve(np.array([-1e-3, 0.101]), xp)).all()
    two = GivenCurve(X[:2], Y[:2], between)  # type: ignore[arg-type]
    np.testing.assert_allclose(two(INSIDE[:10]), 25 * INSIDE[:10], atol=1e-12)


@pytest.mark.parametrize("between", TRUTH)
def test_derivatives_by_abscissa_and_ordinates(between: str) -> None:
    x, step = jnp.asarray(INSIDE[1:-1:5]), 1e-6

    def value(x, y):
        return GivenCurve(X, y, between)(x, jnp).sum()  # type: ignore[arg-type]

    for place, at in enumerate((x, jnp.asarray(RISING))):
        arguments = [x, jnp.asarray(RISING)]

        def of(part, place=place, arguments=arguments):
            return value(*[part if i == place else each for i, each in enumerate(arguments)])

        direction = jnp.cos(jnp.arange(at.size, dtype=float))
        slope = jnp.vdot(jax.grad(of)(at), direction)
        difference = (of(at + step * direction) - of(at - step * direction)) / (2 * step)
        assert slope == pytest.approx(float(difference), rel=1e-6)


def test_a_file_is_a_target_in_its_unit(folder: Path) -> None:
    design = compiled(SPEC, folder)
    assert codes(design) == []
    np.testing.assert_allclose(target(design)(INSIDE), np.interp(INSIDE, X, Y), rtol=1e-12)


def test_what_is_in_the_file_is_in_the_hash_of_the_plan(folder: Path) -> None:
    before = compiled(SPEC, folder).plan().hash
    text = (folder / "t.csv").read_text()
    (folder / "t.csv").write_text(text.replace("2000.0", "2001.0"))
    assert compiled(SPEC, folder).plan().hash != before
    (folder / "t.csv").write_text("# another comment\n" + text)
    assert compiled(SPEC, folder).plan().hash == before


def test_values_from_outside(folder: Path) -> None:
    """The name of a file keeps columns and unit, a text is an expression, an array is points in internal units."""
    (folder / "other.csv").write_text("stress;strain\n0;0\n4000;0.08\n")
    assert target(compiled(SPEC, folder, data="other.csv"))(0.04) == pytest.approx(2.0)
    assert target(compiled(SPEC, folder, data="curve([[0, 0 MPa], [10 %, 3 MPa]])"))(0.05) == pytest.approx(1.5)
    assert target(compiled(SPEC, folder, data=np.array([[0, 0], [0.1, 5]])))(0.05) == pytest.approx(2.5)
    assert target(compiled(SPEC, folder, data=[[0, 0], [0.1, 5]]))(0.05) == pytest.approx(2.5)


def test_points_against_the_direction_and_with_other_separators(folder: Path) -> None:
    spec = SPEC.replace('"strain", y = "stress", unit = kPa', "1, y = 2, unit = MPa, interpolation = smooth")
    for text in ("0.05\t2.5\n0.01\t0.5\n0\t0\n", "0.05; 2.5\n0.01; 0.5\n0; 0\n"):
        (folder / "t.csv").write_text(text)
        assert target(compiled(spec, folder))(0.03) == pytest.approx(1.5)


BAD_FILES = {
    "no such column": "strain,force\n0,0\n1,1\n",
    "decimal commas": "strain;stress\n0;0\n0,5;1\n",
    "decimal commas among commas": "strain,stress\n0,0\n0,5,1\n",
    "no number": "strain,stress\n0,0\n1,n/a\n",
    "not finite": "strain,stress\n0,0\n1,nan\n",
    "a gap": "strain,stress\n0,0\n0.5,\n1,1\n",
    "one row": "strain,stress\n0,0\n",
    "nothing": "\n\n",
    "unsorted": "strain,stress\n0,0\n2,1\n1,1\n",
    "twice": "strain,stress\n0,0\n1,1\n1,2\n",
    "columns without names": "0,0,1\n1,1,1\n",
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_are_located_errors(case: str, folder: Path) -> None:
    (folder / "t.csv").write_text(BAD_FILES[case])
    (found,) = [each for each in compiled(SPEC, folder).diagnostics if each.severity == "error"]
    assert found.code in ("M0320", "M0321") and "t.csv" in found.labels[0].span.text + found.message


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"strain,stress\n\xe9,1\n"])
def test_other_files_are_no_tables(content: bytes, folder: Path) -> None:
    (folder / "t.csv").write_bytes(content)
    assert codes(compiled(SPEC, folder)) == ["M0321"]
    (folder / "t.csv").unlink()
    (folder / "t.csv").mkdir()
    assert codes(compiled(SPEC, folder)) == ["M0321"]


def test_ranges_of_load_curve_and_goal(folder: Path) -> None:
    whole = SPEC.replace(" for 0 .. 5 %", "")
    assert codes(compiled(whole, folder)) == ["M0510"], "the data go to 10 %, the load to 5 %"
    assert codes(compiled(whole, folder, **{"pull.control.strain": "10 %"})) == []
    short = "curve([[1 %, 0 MPa], [4 %, 1 MPa]])"
    assert codes(compiled(SPEC, folder, data=short)) == ["M0510", "M0510"], "the goal asks for 0 .. 5 %"
    assert codes(compiled(whole, folder, data=short)) == []


def test_a_number_beyond_the_points_does_not_exist(folder: Path) -> None:
    spec = SPEC.replace("stress(pull) to data for 0 .. 5 %", "stress(pull)(5 %) to data(12 %)")
    assert codes(compiled(spec, folder)) == ["M0510"]
    assert codes(compiled(spec.replace("12 %", "6 %"), folder)) == []


def test_curves_are_calculated_with(folder: Path) -> None:
    design = compiled(SPEC.replace("to data for", "to 1.1 * data + 1 MPa for"), folder)
    assert target(design)(0.03) == pytest.approx(1.1 * 2 + 1)
    other = compiled(SPEC.replace("stress(pull) to data for", "stress(pull) - data to e -> 0 for"), folder)
    theta = other.program().init(jax.random.key(0))
    evaluation = other.program().evaluate(theta)
    (goal,) = evaluation.goals.values()
    plain = compiled(SPEC, folder).program()
    (same,) = plain.evaluate(theta).goals.values()
    np.testing.assert_allclose(goal.value, same.value - same.target, atol=1e-9)


def test_functions_are_parameters(folder: Path) -> None:
    spec = SPEC.replace(
        "param data: Curve[Scalar, Pressure] = ", "param law: Function[Scalar, Pressure] = e -> 20 MPa * e # "
    )
    spec = spec.replace("to data for 0 .. 5 %", "to law")
    assert target(compiled(spec, folder))(0.05) == pytest.approx(1.0)
    assert target(compiled(spec, folder, law="e -> 5 MPa * sqrt(e)"))(0.04) == pytest.approx(1.0)
    assert codes(compiled(spec, folder, law="e -> 5 mm * e")) == ["M0402", "M0402"]
    read = compiled(spec.replace("stress(pull) to law", "stress(pull)(5 %) to law(5 %)"), folder)
    (goal,) = read.graph.goals
    assert evaluate_expression(goal.target, Bindings()) == pytest.approx(1.0)


def test_masks_are_grids(folder: Path) -> None:
    spec = SPEC.replace('density = ["#.", "##"]', "density = mask").replace("to data for 0 .. 5 %", "to e -> 1 MPa * e")
    design = compiled("param mask: Grid = [[1, 1], [1, 1]]\n" + spec, folder, mask=np.array([[True, False], [True, True]]))
    assert design.plan().parameters["mask"] == ((1.0, 0.0), (1.0, 1.0))


def test_the_last_value_of_a_curve(folder: Path) -> None:
    design = compiled(SPEC.replace("stress(pull) to data for 0 .. 5 %", "last(stress(pull)) to stress(pull)(5 %)"), folder)
    program = design.program()
    (goal,) = program.evaluate(program.init(jax.random.key(0))).goals.values()
    assert goal.value == pytest.approx(float(goal.target)) and goal.value > 0
