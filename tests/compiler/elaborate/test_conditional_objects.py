"""`if` between objects is decided when a spec is checked."""

import pytest

SPEC = """param soft: Bool = true
param n: Int = 2
let small = n < 3
material a = mat { E = 1 MPa }
material b = mat { E = 2 MPa }
"""
USE = "body sheet = block { material = m }\n"


def stiffness(spec, text, overrides=None):
    design = spec.design(SPEC + text + USE, overrides)
    reference = design.nodes["sheet"].fields["material"]
    return design.nodes[reference.node].fields["E"].value


@pytest.mark.parametrize(
    ("text", "overrides", "expected"),
    [
        ("material m = if soft then mat { E = 5 MPa } else mat { E = 6 MPa }\n", None, 5),
        ("material m = if soft then mat { E = 5 MPa } else mat { E = 6 MPa }\n", {"soft": "false"}, 6),
        ("material m = if soft then mat { E = 5 MPa } else mat { E = 6 MPa }\n", {"soft": False}, 6),
        ("material m = if soft then a else b\n", {"soft": "false"}, 2),
        ("material m = if small then a else b\n", {"n": "7"}, 2),
        ("material m = if not soft then a else if n == 2 then mat { E = 7 MPa } else b\n", None, 7),
        ("param hard: Bool = not soft\nmaterial m = if hard then a else b\n", {"soft": "false"}, 1),
        ("let m = if soft then a else b\n", {"soft": "false"}, 2),
        ("pick(of: Bool, x: Material, y: Material) = if of then x else y\nmaterial m = pick(soft, a, b)\n", None, 1),
        ("material m = if a.E == b.E then a else mat { E = 9 MPa }\n", None, 9),
    ],
)
def test_a_condition_picks_an_object(spec, text, overrides, expected):
    assert stiffness(spec, text, overrides) == expected


def test_a_declared_object_keeps_its_name_and_only_the_picked_one_is_there(spec):
    design = spec.design(SPEC + "material m = if soft then mat { E = 5 MPa } else mat { E = 6 MPa }\n" + USE)
    assert design.nodes["m"].fields["E"].value == 5
    assert not [name for name in design.nodes if name.startswith("_")]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("param r: Scalar = 1\nmaterial m = if r < 1 then a else b\n", ["M0422"]),
        ("stage k in [1, 2]\nmaterial m = if k < 2 then a else b\n", ["M0422"]),
        ("sweep n in [1, 2]\nmaterial m = if n < 2 then a else b\n", ["M0422"]),
        ("material m = if soft then a else mat { E = 1 N }\n", ["M0402"]),
        ("material m = if soft then a else none\n", ["M0403"]),
        ("material m = if 1 then a else b\n", ["M0403"]),
        ("material m = if soft then a else m\n", ["M0205"]),
    ],
)
def test_errors(spec, text, codes):
    assert spec.codes(SPEC + text + USE) == codes


def test_a_condition_on_what_a_run_works_out_is_an_error(spec):
    assert spec.codes(spec.sheet + "material m = if ratio(pull) < 0 then rubber else mat { E = 1 MPa }\n") == ["M0422"]
