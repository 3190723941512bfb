"""Parameters with types and defaults, and blocks."""

import pytest

from metac.compiler.constant_values import value_or_none


def value(spec, text):
    found = spec.design(f"{text}\nparam p: Scalar = v\nmaterial m = mat {{ E = p * 1 MPa }}").parameters["p"].default
    return value_or_none(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(x, n: Int = 2) = x^n\nlet v = f(3)", 9),
        ("f(x, n: Int = 2) = x^n\nlet v = f(3, 3)", 27),
        ("f(x, n: Int = 2) = x^n\nlet v = f(n = 3, x = 2)", 8),
        ("f(a, b = 2*a, c = a + b) = a + 10*b + 100*c\nlet v = f(1)", 321),
        ("f(a, b = 2*a, c = a + b) = a + 10*b + 100*c\nlet v = f(1, c = 0)", 21),
        ("n = 4\nf(a = n) = a\nlet v = f()".replace("n = 4", "let n = 4"), 4),
        ("f(x: Length) = x / (1 mm)\nlet v = f(2 cm) + f(0)", 20),
        ("f(x: Scalar) = x/2\nlet v = f(3)", 1.5),
        ("f(g: Function[Length, Area] = x -> x^2) = g(3 mm) / (1 mm^2)\nlet v = f() + f(x -> 1 mm^2)", 10),
        ("sq(x, times = 2) = times*x^2\nf(g: Function[Scalar, Scalar]) = g(3)\nlet v = f(sq)", 18),
        ("f(g = x -> x + 1) = g\nlet v = f()(2)", 3),
        ("f(a, g = x -> a*x) = g\nlet v = f(5)(2)", 10),
        ("f(n: Int) = sum(i in 1 .. n, i)\nlet v = f(4)", 10),
        ("f(i: Int) = [1, 2, 3][i]\nlet v = f(2)", 2),
        ("f(p: Scalar, x: Length) = x^p / (1 mm)^p\nlet v = f(2, 3 mm)", 9),
        ("let v = { let a = 2, let b = a + 1, a*b }", 6),
        ("let v = {\n    let b = a + 1\n    let a = 2\n    a*b\n}", 6),
        ("f(x) = {\n    let a = x^2\n    (-a)\n}\nlet v = f(3)", -9),
        ("f(x) = { let a = 2*x, y -> a*y }\nlet v = f(3)(4)", 24),
        ("f(x) = { let g = y -> x*y, g }\nlet v = f(3)(4)", 12),
        ("f(x) = { let g = y -> x*y, g(2) + g(3) }\nlet v = f(3)", 15),
        ("let g = { let a = 2, y -> a*y }\nlet v = g(4)", 8),
        ("f(x) = { let a = { let b = x, b + 1 }, a * { let b = 3, b } }\nlet v = f(1)", 6),
        ("f(x) = if x > 0 then { let a = x, a } else 0\nlet v = f(3)", 3),
        ("let a = 5\nf(x) = { let a = x, a }\nlet v = f(1)", 1),
    ],
)
def test_values(spec, text, expected):
    assert value(spec, text) == expected


def test_a_wrong_argument_is_told_at_the_call(spec):
    found = spec.check("f(x: Length) = x\nlet v = f(3 MPa)").diagnostics
    error = next(each for each in found if each.severity == "error")
    assert (error.code, error.labels[0].span.text) == ("M0402", "3 MPa")
    assert error.labels[1].span.text == "x: Length"


def test_a_wrong_use_of_an_argument_is_told_in_the_function_once(spec):
    text = "f(x: Length) = x + 1 MPa\nlet v = f(3 mm)\nlet w = f(4 mm)"
    found = [each for each in spec.check(text).diagnostics if each.severity == "error"]
    assert [each.code for each in found] == ["M0404"]
    assert found[0].labels[0].span.text == "x + 1 MPa"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("f(x = y, y = 2) = x + y", ["M0421"]),
        ("f(x = x) = x", ["M0421"]),
        ("let y = 2\nf(x = y, y = 3) = x + y\nlet v = f()", ["M0421"]),
        ("f(x, n: Int = 2) = x^n\nlet v = f()", ["M0310"]),
        ("f(x: Length = 2 MPa) = x", ["M0402"]),
        ("f(x: Int = 2.5) = x", ["M0411"]),
        ("f(x) = { let y = y + 1, y + x }\nlet v = f(1)", ["M0205"]),
        ("f(x) = { let a = f(x), a }\nlet v = f(1)", ["M0205"]),
        ("f(x) = { let a = z, x }\nlet v = f(1)", ["M0201"]),
        ("f(x) = { let x = 2, x }", ["M0204"]),
        ("let v = { let a = 1 mm, a + 2 }", ["M0404"]),
    ],
)
def test_errors(spec, text, codes):
    assert spec.codes(text) == codes


def test_a_name_of_a_block_that_nothing_uses_is_warned_of(spec):
    used = "material m = mat { E = { let a = 1 MPa, let b = 2, a } }\nbody b = block { material = m }"
    assert "M0216" in [each.code for each in spec.check(used).diagnostics]


def test_a_law_may_name_its_parts(spec):
    law = """define material law {
    E: Pressure
    energy(F: Tensor[3, 3]) = {
        let C = F.T*F
        let J = det(F)
        E/2*(tr(C) - dim - 2*log(J))
    }
}
"""
    text = "material m = law { E = 3 MPa }\nbody b = block { material = m }\n"
    assert spec.codes(law + text) == []
    assert spec.codes(law.replace("Tensor[3, 3]", "Tensor[2, 2]") + text) == ["M0412"]
