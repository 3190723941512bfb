"""Slopes step by step are those of the formula that is written out."""

from __future__ import annotations

import pytest
import sympy

from metac.compiler.lower.cases import Maximum, choice, compared
from metac.compiler.lower.tape import Tape

x, y, k = (sympy.Symbol(name, real=True) for name in "xyk")
inner = x**2 + k * y
FORMULAS = {
    "polynomial": inner**3 + 2 * inner + x * y,
    "functions": sympy.log(inner) * sympy.sqrt(inner) + sympy.exp(-inner) / (1 + inner**2),
    "cases": Maximum(inner, x) * inner + choice(compared(sympy.Gt, inner, y), inner**2, sympy.sin(inner)),
    "constant": k,
    "variable": x,
}
POINT = {x: sympy.Float("1.3", 30), y: sympy.Float("0.7", 30), k: sympy.Float("2.1", 30)}


def written_out(tape: Tape, expression: sympy.Expr) -> sympy.Expr:
    for name in reversed(tape.steps):
        expression = expression.xreplace({name: tape.steps[name]})
    return expression


def value(expression: sympy.Expr) -> float:
    """The number at the point; cases are decided there."""
    at = expression.xreplace(POINT)
    for case in sorted(at.atoms(Maximum), key=str):
        at = at.xreplace({case: max(case.args)})
    chosen = at.replace(
        lambda part: type(part).__name__ == "Choice", lambda part: part.args[1] if part.args[0].doit() else part.args[2]
    )
    return float(chosen)


@pytest.mark.parametrize("name", FORMULAS)
def test_slopes_are_the_derivatives(name: str) -> None:
    formula = FORMULAS[name]
    tape = Tape(formula, [x, y])
    assert value(written_out(tape, tape.value)) == pytest.approx(value(formula), rel=1e-14)
    for first in (x, y):
        slope = tape.slope(tape.value, first)
        assert value(written_out(tape, slope)) == pytest.approx(value(formula.diff(first)), rel=1e-13)
        for second in (x, y):
            curvature = tape.slope(slope, second)
            assert value(written_out(tape, curvature)) == pytest.approx(value(formula.diff(first, second)), rel=1e-12)


def test_a_power_of_a_power_stays_short() -> None:
    """Written out, each level doubles the formula."""
    formula = x
    for _ in range(12):
        formula = formula**2 + sympy.sin(formula)
    tape = Tape(formula, [x])
    slope = tape.slope(tape.slope(tape.value, x), x)
    assert sum(step.count_ops() for step in tape.steps.values()) + slope.count_ops() < 400
