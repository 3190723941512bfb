"""Warnings that a spec allows."""

import pytest

UNUSED = "let a = 1 mm"


def codes(spec, text):
    return [each.code for each in spec.check(text).diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UNUSED, ["M0216"]),
        (f"{UNUSED}  # metac: allow M0216", []),
        (f"{UNUSED}  #metac:allow M0216 since it is for later", []),
        (f"# metac: allow M0216\n{UNUSED}", []),
        (f"# metac: allow M0216\n\n# why\n{UNUSED}", []),
        (f"# metac: allow M0216\n{UNUSED}\nlet b = 2", ["M0216"]),
        (f"{UNUSED}  # metac: allow M0215", ["M0216", "M0229"]),
        (f"{UNUSED}  # metac: allow", ["M0216", "M0229"]),
        ("let a = 1 mm + 1  # metac: allow M0404", ["M0404"]),
        ('let a = "# metac: allow M0216"', ["M0216"]),
    ],
)
def test_what_is_allowed(spec, text, expected):
    assert sorted(codes(spec, text)) == expected


def test_an_error_stays_an_error(spec):
    assert spec.check("let a = 1 mm + 1  # metac: allow M0404").design is None
