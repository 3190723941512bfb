import math

import pytest

from metac.compiler import graph
from metac.compiler.constant_values import evaluate, value_or_none
from metac.compiler.elaborate.goals import Goals
from metac.compiler.pipeline import check
from metac.compiler.types import types
from metac.dsl.source import Source


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("2^3^2 / 512", 1),
        ("-2^2", -4),
        ("10 % + 0.2", 0.3),
        ("(1 MPa / (1 kPa)) / 2000", 0.5),
        ("sqrt(4 mm^2) / (4 mm)", 0.5),
        ("(8 mm^3)^(1/3) / (1 mm)", 2),
        ("sin(30 °)", 0.5),
        ("cos(pi)", -1),
        ("min(3, 1, 2)", 1),
        ("max([1, 5, 2])", 5),
        ("mean([[1, 2], [3, 4]])", 2.5),
        ("if 2 mm < 1 cm then 1 else 2", 1),
        ("if 3 in 0 .. 2 then 1 else 2", 2),
        ("if true and not false then 1 else 2", 1),
        ("[[1, 2], [3, 4]][2, 1]", 3),
        ("([1, 2] + [3, 4])[2]", 6),
        ("atan2(1 mm, 1 mm) / (45 °)", 1),
        ("clamp(5, 0, 1)", 1),
        ("round(2.4)", 2),
    ],
)
def test_values(spec, text, value):
    expression = spec.value(f"0 * ({text})") if abs(value) > 0.5 else spec.value(text)
    found = spec.design(f"let v = {text}\nparam p: Scalar = v\nmaterial m = mat {{ E = p * 1 MPa }}").parameters["p"].default
    assert found is not None
    assert value_or_none(found) == pytest.approx(value)
    assert isinstance(expression.type, types.NumberType)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 mm + 1", "M0404"),
        ("min(1 mm, 1 N)", "M0404"),
        ("if 1 then 2 else 3", "M0410"),
        ("if true then 1 mm else 2 N", "M0404"),
        ("log(1 mm)", "M0405"),
        ("2^(1 mm)", "M0406"),
        ("1 / 0", "M0414"),
        ("[1, 2] * [3, 4]", "M0407"),
        ("det([1, 2])", "M0407"),
        ("[1, 2][3]", "M0408"),
        ("[1, 2][0]", "M0408"),
        ("3(4)", "M0409"),
        ("true and 1", "M0410"),
        ("1 in 2", "M0418"),
        ("sqrt(1, 2)", "M0310"),
        ("max()", "M0310"),
        ('"a" + 1', "M0403"),
        ("nothing_here", "M0201"),
        ("nothing_here(3)", "M0214"),
        ("3 parsec", "M0401"),
        ("3 Mpa / (1 MPa)", "M0416"),
        ("identity(0)[1, 1]", "M0411"),
        ("(x -> x)(1, 2)", "M0310"),
    ],
)
def test_one_mistake_gives_one_error(spec, text, code):
    assert spec.codes(f"let v = {text}\nparam p: Scalar = v\n") == [code]


def test_zero_and_infinity_fit_every_dimension(spec):
    assert spec.codes("let a = max(0, 3 MPa)\nlet b = min(inf, 2 mm) + 0\nmaterial m = mat { E = a * b / (1 mm) }") == []


def test_exponents_decide_dimensions(spec):
    assert spec.codes("material m = mat { E = (4 MPa^2)^0.5 }") == []
    assert spec.codes("param n: Scalar = 2\nmaterial m = mat { E = (4 MPa)^n / (1 MPa) }") == ["M0406"]


def test_functions_are_inlined(spec):
    design = spec.design("line(e, k) = k * e\nmaterial m = mat { E = line(3, 2 MPa) }")
    assert evaluate(design.nodes["m"].fields["E"]) == 6


def test_functions_take_functions(spec):
    text = "twice(f, x) = f(f(x))\nhalf(x) = x / 2\nmaterial m = mat { E = twice(y -> half(y) + 1 MPa, 4 MPa) }"
    assert evaluate(spec.design(text).nodes["m"].fields["E"]) == 2.5


def test_errors_in_functions_name_the_call(spec):
    result = spec.check("shrink(x) = log(x)\nlet a = shrink(1 mm)\nlet b = shrink(2)")
    (found,) = [each for each in result.diagnostics if each.severity == "error"]
    assert found.code == "M0405"
    assert any(label.span.text == "shrink(1 mm)" for label in found.labels)


@pytest.mark.parametrize(
    "text",
    [
        "let a = a",
        "let a = b\nlet b = a",
        "f(x) = f(x)\nlet a = f(1)",
        "f(x) = g(x)\ng(x) = f(x)",
        "body a = moved { body = b, by = w }\nbody b = moved { body = a, by = w }\ngenerator w = warping",
        "param a: Scalar = b\nparam b: Scalar = a",
        "let a = m.nu\nmaterial m = mat { E = 1 MPa, nu = a }",
    ],
)
def test_cycles_are_found_once(spec, text):
    assert spec.codes(text) == ["M0205"]


def test_unused_functions_and_lets_are_checked_too(spec):
    assert spec.codes("f(x) = x + nothing_here\nlet a = 1 mm + 1 N") == ["M0201", "M0404"]


def test_a_broken_let_is_reported_once(spec):
    assert spec.codes("let a = 1 mm + 1 N\nlet b = a + 1\nlet c = a * b\nmaterial m = mat { E = a }") == ["M0404"]


def test_fields_of_objects(spec):
    design = spec.design("material m = mat { E = 3 MPa }\nmaterial n = mat { E = 2 * m.E }")
    assert evaluate(design.nodes["n"].fields["E"]) == 6


def test_whole_numbers(spec):
    design = spec.design("let n = 3\ngenerator w = warping { hidden = [n, 2 * n, 1e2], steps = floor(7.5) }")
    values = evaluate(design.nodes["w"].fields["hidden"])
    assert values == (3, 6, 100)
    assert isinstance(values[2], int)
    assert spec.codes("generator w = warping { steps = 1 / 2 }") == ["M0411"]


def test_scalars_are_floats(spec):
    constant = spec.design("material m = mat { E = 1 MPa, nu = 0 }").nodes["m"].fields["nu"]
    assert isinstance(constant, graph.Constant)
    assert isinstance(constant.value, float)


def test_growth_without_bound_is_refused(spec):
    lines = ["f0(x) = x + x", *(f"f{n}(x) = f{n - 1}(x) + f{n - 1}(x)" for n in range(1, 40)), "let a = f39(1)"]
    assert spec.codes("\n".join(lines)) == ["M0419"]


def test_shared_lets_cost_no_more_than_their_number(spec):
    lines = [
        "let a0 = 1 MPa",
        *(f"let a{n} = a{n - 1} / 2 + a{n - 1} / 2" for n in range(1, 60)),
        "material m = mat { E = a59 }",
    ]
    assert value_or_none(spec.design("\n".join(lines)).nodes["m"].fields["E"]) == pytest.approx(1)


def test_long_sums_are_no_problem(spec):
    assert spec.codes("let a = " + " + ".join(["1"] * 60)) == []


def test_constants(spec):
    assert value_or_none(spec.value("pi / 10")) == pytest.approx(math.pi / 10)


FUNCTIONS = """
sq(x) = x^2
app(f, x) = f(x)
add(a) = b -> a + b
compose(f, g) = x -> f(g(x))
same(f) = f
half(x) = x / 2
let twice = f -> x -> f(f(x))
let quarter = twice(half)
through(x) = app(sq, x)
total(n) = sum([i for i in 1 .. n])
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("app(sq, 0.5)", 0.25),
        ("app(x -> x + 1, 2)", 3),
        ("app(app(add, 1), 2)", 3),
        ("add(1)(2)", 3),
        ("compose(sq, half)(4)", 4),
        ("compose(half, sq)(4)", 8),
        ("quarter(8)", 2),
        ("twice(quarter)(32)", 2),
        ("app(sin, 30 °)", 0.5),
        ("app(max, 2)", None),
        ("same(sq)(3)", 9),
        ("app(through, 3)", 9),
        ("through(3) + app(compose(sq, sq), 2)", 25),
        ("app(x = 3, f = half)", 1.5),
        ("app(half, x = 3)", 1.5),
        ("compose(g = half, f = sq)(x = 8)", 16),
        ("add(a = 1)(b = 2)", 3),
        ("(e -> 2*e)(e = 4)", 8),
        ("sum(i in 1 .. 4, i^2)", 30),
        ("sum(i in 1 .. 1000, i)", 500500),
        ("sum(x in [0.5, 2.5], app(sq, x))", 6.5),
        ("sum(l in 0 mm .. 1 mm by 0.1 mm, l) / (1 mm)", 5.5),
        ("sum(i in 1 .. 3, sum(j in 1 .. i, j))", 10),
        ("det(sum(i in 1 .. 2, [[i, 0], [0, 1]]))", 6),
        ("[i^2 for i in 1 .. 3][3]", 9),
        ("[[i * j for j in 1 .. 2] for i in 1 .. 3][3, 2]", 6),
        ("total(3)", 6),
        ("max([half(x) for x in [2, 8]])", 4),
    ],
)
def test_functions_are_passed_and_given(text, value):
    result = check(Source("<text>", f"{FUNCTIONS}\nparam p: Scalar = {text}\nsymmetry g = p4 {{ cell = p * 1 mm }}\n"))
    if value is None:
        assert [found.code for found in result.diagnostics if found.severity == "error"]
        return
    default = result.design_or_raise().parameters["p"].default
    assert default is not None and evaluate(default) == pytest.approx(value)


def test_a_statement_that_gets_lost_is_an_error(monkeypatch):
    spec = (
        "symmetry g = p4 { cell = 20 mm }\nmaterial r = neo_hookean { E = 50 MPa, nu = 0.46 }\n"
        "shape s = tiled { motif = circle { radius = 3 mm, at = [0.25, 0.25] }, symmetry = g }\n"
        "body b = specimen { shape = s, cells = [1, 1], material = r }\nminimize volume_fraction(b)\n"
    )
    assert not check(Source("<text>", spec)).failed
    monkeypatch.setattr(Goals, "extremum", lambda self, statement: None)
    assert [found.code for found in check(Source("<text>", spec)).diagnostics if found.severity == "error"] == ["M0515"]


def test_what_a_rule_gives_is_worked_out_where_it_is_known():
    text = (
        "param p: Scalar = 2\nparam known: Grid = [[if i < j then 0 else i/j for j in 1 .. 3] for i in 1 .. 2]\n"
        "param open: Grid = [[p*i, i] for i in 1 .. 2]\n"
    )
    parameters = check(Source("<rule>", text)).design_or_raise().parameters
    known, open = parameters["known"].default, parameters["open"].default
    assert isinstance(known, graph.Sequence) and isinstance(open, graph.Sequence)
    for row in known.items:
        assert isinstance(row, graph.Sequence) and all(isinstance(item, graph.Constant) for item in row.items)
    assert evaluate(known) == ((1, 0, 0), (2, 1, 0))
    assert evaluate(open, {"p": 5.0}) == ((5, 1), (10, 2))


def test_a_mistake_in_a_rule_is_told_once():
    found = check(Source("<rule>", "param p: Grid = [[oops/i + j for j in 1 .. 90] for i in 1 .. 90]\n")).diagnostics
    assert [each.code for each in found if each.severity == "error"] == ["M0201"]
