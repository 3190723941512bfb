"""`metac eval`: values with their units, and everything that has none."""

import pytest

from metac.commands import exit_codes
from metac.commands.main import main


@pytest.mark.parametrize(
    ("expression", "unit", "shown"),
    [
        ("3 N/mm^2 + 1 psi", None, "3.006894757 MPa"),
        ("3 N/mm^2 + 1 psi", "ksi", "0.4361132132 ksi"),
        ("pi*(2 in)^2", "in^2", "12.56637061 in^2"),
        ("5 in - 1 mm", None, "126 mm"),
        ("180 deg", None, "3.141592654 rad"),
        ("0.1", "%", "10 %"),
        ("2 + 3", None, "5"),
        ("0", "mm", "0 mm"),
        ("[0, 0]", "in", "[0, 0] in"),
        ("[[1 MPa, 2 psi], [3 MPa, 4 MPa]] * 2", "kPa", "[[2000, 27.57902917], [6000, 8000]] kPa"),
        ("1 mm .. 1 in by 1 mm", None, "(1 .. 25.4 by 1) mm"),
        ("1 in in 0 mm .. 25.4 mm", None, "true"),
        ('if 1 psi > 1 kPa then "psi" else "kPa"', None, "psi"),
        ("none", None, "none"),
    ],
)
def test_values(capsys, expression, unit, shown):
    assert main(["eval", expression, *(["--unit", unit] if unit else [])]) == exit_codes.MET
    captured = capsys.readouterr()
    assert captured.out == f"{shown}\n" and not captured.err


@pytest.mark.parametrize(
    ("expression", "unit", "told"),
    [
        ("1/0", None, "error[M0414]: division by zero"),
        ("9^9^9", None, "too large"),
        ("sqrt(-1)", None, "error[M0414]: this value does not exist"),
        ("1 mm + 1 s", None, "error[M0404]: a length and a time cannot be added"),
        ("1 mm, 2 mm", None, "<expression>:1:5"),
        ("2*", None, "error[M0135]"),
        ("", None, "error[M0115]: a value is missing"),
        ("edge", None, "there is nothing called `edge`"),
        ("x -> x", None, "error[M0403]"),
        ("neo_hookean { E = 1 MPa, nu = 0.3 }", None, "error[M0403]: a material has no value by itself"),
        ("[[1, 2], [3, 4]][3, 1]", None, "error[M0408]: there is no component 3"),
        ("1 mm", "s", "error[M0402]: the value is a length, `s` is a unit of a time"),
        ("true", "s", "error[M0402]: true or false has no unit"),
        ("1 mm", "furlong", "error[M0401]: there is no unit `furlong`"),
        ("1 mm", "", "error[M0401]"),
    ],
)
def test_what_has_no_value_is_told(capsys, expression, unit, told):
    assert main(["eval", expression, *(["--unit", unit] if unit is not None else [])]) == exit_codes.SPEC_WRONG
    captured = capsys.readouterr()
    assert told in captured.err and captured.err.count("error[") == 1 and not captured.out
