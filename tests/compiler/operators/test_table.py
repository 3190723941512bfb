"""One entry in the table of operators is all that a built-in function needs."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.constant_values import evaluate as constant
from metac.compiler.graph_walk import Bindings
from metac.compiler.lower.energy_law import energy_functions
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.operators import function_rules, table
from metac.compiler.operators.entry import Elementary, Operator
from metac.compiler.pipeline import check
from metac.dsl.source import Source

SPEC = """
define material swelling {
    mu: Pressure
    energy(F) = mu/2 * (tr(F.T*F) - dim - 2*log(det(F))) + mu * (smooth(det(F)) - smooth(1)) * (det(F) - 1)
}
symmetry g = p4 { cell = 20 mm }
material rubber = swelling { mu = 1 MPa }
shape    pores = tiled { motif = circle { radius = 3 mm, at = [0.25, 0.25] }, symmetry = g }
body     sheet = specimen { shape = pores, cells = [1, 1], material = rubber, size = 4 mm }
load     pull = tension { body = sheet, along = y, strain = 1 %, steps = 1 }
let      known = smooth(3)
match    poisson_ratio(pull) to smooth(known) - 5
match    stress(pull) to e -> 1 MPa * smooth(e)
"""

ENTRIES = {
    "a formula of what all array libraries have": (
        Operator(function_rules.dimensionless, lambda xp, a: xp.sqrt(1 + a * a), "a smooth absolute value"),
        lambda x: np.sqrt(1 + x * x),
    ),
    "a function of array libraries and SymPy": (
        Operator(function_rules.dimensionless, Elementary("arcsinh", "asinh"), "area hyperbolic sine"),
        np.arcsinh,
    ),
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_one_entry_makes_a_function(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operator, truth = ENTRIES[entry]
    name = f"smooth_{list(ENTRIES).index(entry)}"  # generated code is cached by what it says
    monkeypatch.setitem(table.OPERATORS, name, operator)
    monkeypatch.setitem(table.FUNCTIONS, name, operator)
    design = check(Source(f"<{entry}>", SPEC.replace("smooth", name))).design_or_raise()

    single, curve = design.goals
    assert single.target is not None and curve.target is not None
    assert constant(single.target) == pytest.approx(truth(truth(3)) - 5)

    target = evaluate_expression(curve.target, Bindings())
    strains = np.array([0.1, 0.5, 2.0])
    np.testing.assert_allclose(target(strains), truth(strains))
    np.testing.assert_allclose(
        jax.vmap(jax.grad(target))(jnp.asarray(strains)), (truth(strains + 1e-6) - truth(strains - 1e-6)) / 2e-6, rtol=1e-5
    )

    law = energy_functions(entry, design.nodes["rubber"].members["energy"], {"mu": 1.0})  # type: ignore[arg-type]
    F = np.diag([1.2, 1.1])

    def energy(F: np.ndarray) -> float:
        J = np.linalg.det(F)
        return (np.trace(F.T @ F) - 2 - 2 * np.log(J)) / 2 + (truth(J) - truth(1)) * (J - 1)

    assert float(law.plane.evaluate(np, 0, F, [1.0])) == pytest.approx(energy(F))
    step = np.array([[1e-6, 0], [0, 0]])
    slope = (energy(F + step) - energy(F - step)) / 2e-6
    assert float(law.plane.evaluate(np, 1, F, [1.0])[0, 0]) == pytest.approx(slope, rel=1e-6)


def test_nothing_else_knows_a_function_by_name() -> None:
    names = {f'"{name}"' for name in table.FUNCTIONS if len(name) > 3}
    root = Path(table.__file__).parents[1]
    for file in root.rglob("*.py"):
        if file.name in ("table.py", "emit.py") or file.name.endswith("_arrays.py"):
            continue
        found = {name for name in names if name in file.read_text(encoding="utf-8")}
        assert not found - {'"transpose"', '"mean"', '"curve"'}, f"{file} knows {found}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2^10", 1024),
        ("2^53 * 4", 2.0**55),
        ("7 - 2^3", -1),
        ("min(3, 2, 5)", 2),
        ("max([1, 4, 2])", 4),
        ("mean([1, 2])", 1.5),
        ("sum([[1, 2], [3, 4]])", 10),
        ("norm([3, 4])", 5.0),
        ("det([[1, 2], [3, 4]])", -2),
        ("second_invariant([[1, 2, 0], [3, 4, 0], [0, 0, 5]])", 23.0),
        ("sum(dyad([1, 2], [3, 4, 5]))", 36),
        ("dyad([1, 2], [3, 4, 5])[2, 1]", 6),
        ("dot(dyad([0.6, 0.8], [0.6, 0.8]), [[2, 1], [1, 3]])", 3.6),
        ("round(2.5)", 2),
        ("floor(-0.5)", -1),
        ("sign(-3)", -1),
        ("clamp(5, 0, 1)", 1),
        ("project(0.75, 2)", (np.tanh(1) + 1) / 2),
        ("sin(atan2(1, 0))", 1),
        ("[4, 5, 6][2]", 5),
        ("if 1 < 2 and not 3 < 2 then 1 else 2", 1),
    ],
)
def test_constants_are_folded_by_the_array_implementation(text: str, value: float) -> None:
    folded = constant(_parameter(text))
    assert type(folded) in (int, float) and folded == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["9^9^9", "10^400", "1e300 * 1e300", "log(0)", "sqrt(-1)", "(-8)^(1/3)"])
def test_what_has_no_value_ends_at_once(text: str) -> None:
    with pytest.raises((ArithmeticError, ValueError)):
        constant(_parameter(text))


def _parameter(text: str):
    result = check(Source("<text>", f"param x: Scalar = {text}\n"))
    from metac.compiler.diagnostics_sink import DiagnosticsSink
    from metac.compiler.elaborate.elaborate import elaborate_what_is_sound
    from metac.compiler.library.imports import open_library

    library = open_library(result.module, DiagnosticsSink(), None)
    default = elaborate_what_is_sound(library, {}).design.parameters["x"].default
    assert default is not None
    return default
