"""Small inputs that once ended in an internal error, or did not end: each is a located error now."""

from __future__ import annotations

import pytest

from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.source import Source


def chain(levels: int) -> str:
    lets = [f"let a{n} = a{n - 1} + 1" for n in range(1, levels + 1)]
    return "\n".join(["param q: Scalar = 1", "let a0 = q", *lets, f"symmetry g = p4 {{ cell = a{levels} * 1 mm }}"])


def names(levels: int, *, kind: str = "let", type: str = "", value: str = "1", backwards: bool = False) -> str:
    """Names that only stand for one another, each declared before or after the one that it stands for."""
    lines = [f"{kind} a{n}{type} = a{n + 1}" for n in range(levels)] + [f"{kind} a{levels}{type} = {value}"]
    return "\n".join(reversed(lines) if backwards else lines)


def squared(times: int) -> str:
    nested = "sq(" * times + "F.T*F" + ")" * times
    law = f"define material m {{\n mu: Pressure\n sq(x) = x*x\n energy(F) = mu*tr({nested})\n}}\n"
    return f"{law}material r = m {{ mu = 1 MPa }}\n"


CASES = {
    "a range of unlike ends": ('param x: Int = 3 in 0 .. "a"', "M0403"),
    "a range of unlike ends in a definition": (
        "define material m {\n mu: Pressure in 0 MPa .. []\n energy(F) = mu*(tr(F.T*F) - 3 - 2*log(det(F)))\n}\n"
        "material r = m { mu = 1 MPa }",
        "M0403",
    ),
    "a chain of lets": (chain(3000), "M0419"),
    "names of names": (names(3000), "M0419"),
    "names of names in a circle": (names(200, value="a0"), "M0205"),
    "names of names of a function": (names(3000, value="x -> x"), "M0419"),
    "params of params": (names(3000, kind="param", type=": Function[Scalar, Scalar]", value="x -> x"), "M0419"),
    "calls of calls": ("id(x) = x\n" + "\n".join(f"let a{n} = id(a{n + 1})" for n in range(3000)), "M0419"),
    "a tower of powers": ("let a = 9^9^9\nsymmetry g = p4 { cell = a * 1 mm }", "M0414"),
    "squares of squares": (
        "let a0 = 3\n"
        + "\n".join(f"let a{n} = a{n - 1} * a{n - 1}" for n in range(1, 25))
        + "\nsymmetry g = p4 { cell = a24 * 1 mm }",
        "M0414",
    ),
    "one typing error under functions that double": (
        "f0(x) = oops + x\n" + "\n".join(f"f{n}(x) = f{n - 1}(x) + f{n - 1}(x)" for n in range(1, 40)) + "\nlet z = f39(1)",
        "M0201",
    ),
    "products of products of tensors": (squared(6), "M0556"),
    "a list that goes on": ("let a = [" + ", ".join(["1"] * 200_000) + "]", "M0121"),
    "a function of itself in a let": ("w(f) = f(f)\nlet a = w(w)", "M0205"),
    "a stage over objects": ("shape a = circle { radius = 1 mm }\nstage s in [a]", "M0312"),
    "functions that call each other twice in a circle": (
        "\n".join(f"f{n}(x) = f{(n + 1) % 60}(f{(n + 7) % 60}(x))" for n in range(60))
        + "\nsymmetry g = p4 { cell = f0(1) * 1 mm }",
        "M0205",
    ),
    "a function of itself": ("w(f) = f(f)\nsymmetry g = p4 { cell = w(w) * 1 mm }", "M0205"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_an_error_with_a_place(case: str) -> None:
    text, code = CASES[case]
    errors = [found for found in check(Source("<small>", f"{text}\n")).diagnostics if found.severity == "error"]
    assert [found.code for found in errors] == [code] and errors[0].labels


def test_what_is_just_not_too_deep_has_a_plan() -> None:
    design = check(Source("<deep>", f"{chain(120)}\n")).design_or_raise()
    assert make_plan(design).hash


@pytest.mark.parametrize(
    ("kind", "type", "value"),
    [("let", "", "1"), ("let", "", "x -> x"), ("param", ": Scalar", "1"), ("param", ": Function[Scalar, Scalar]", "x -> x")],
)
def test_names_of_names_are_followed_once(kind: str, type: str, value: str) -> None:
    text = f"{names(3000, kind=kind, type=type, value=value, backwards=True)}\n"
    assert {found.severity for found in check(Source("<names>", text)).diagnostics} == {"warning"}


def test_a_high_power_is_worked_out() -> None:
    law = "define material m {\n mu: Pressure\n energy(F) = mu*(tr(F.T*F) - 3 - 2*log(det(F)) + (det(F) - 1)^59)\n}\n"
    found = check(Source("<power>", f"{law}material r = m {{ mu = 1 MPa }}\n")).diagnostics
    assert not [each for each in found if each.severity == "error"]


def test_an_object_of_a_broken_definition_is_not_asked_what_it_is_along() -> None:
    text = (
        "body sheet = nothing { }\nbody design = deformed { body = sheet }\n"
        "load pull = tension { body = design, along = design, strain = 10 % }\nmatch poisson_ratio(pull) to 0.3\n"
    )
    assert {found.severity for found in check(Source("<broken>", text)).diagnostics} >= {"error"}
