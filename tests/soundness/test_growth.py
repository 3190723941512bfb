"""The time of a check grows with the length of a spec, not with its square: counted in calls, so that no clock decides."""

from __future__ import annotations

import gc
from cProfile import Profile

import pytest

from metac.compiler.pipeline import check
from metac.dsl.source import Source

QUICKSTART = """symmetry  g = p4 { cell = 20 mm }
material  r = neo_hookean { E = 50 MPa, nu = 0.46 }
shape     s = tiled { motif = circle { radius = 4 mm, at = [0.25, 0.25] }, symmetry = g }
body      b = specimen { shape = s, cells = [2, 2], material = r }
generator w = flow { symmetry = g }
body      d = deformed { body = b, by = w }
load      p = tension { body = d, along = y, strain = 10 %, increments = 4 }
study     f = optimize { vary = w, using = adam { rate = 5e-3 }, steps = 10 }
"""
FEW = 20
PER_PAIR = 0.1
"""Calls for each pair of lines that are let pass."""

LINES = {
    "let": "let a{n} = {n}",
    "let of another": "let a{n} = 2 * c",
    "quantity": "let a{n} = {n} mm",
    "unit": "unit a{n} = {n} mm",
    "param": "param a{n}: Length = {n} mm in 0 mm .. 1 km",
    "function": "a{n}(x) = x + {n}",
    "object": "symmetry a{n} = p4 {{ cell = {n} mm }}",
    "nested object": "shape a{n} = tiled {{ motif = circle {{ radius = 1 mm, at = [0.25, 0.25] }}, symmetry = g }}",
    "definition": "define material a{n} {{\nE: Pressure\nis = neo_hookean {{ E = {n} * E, nu = 0.3 }}\n}}",
    "goals that fight": "match poisson_ratio(p) to {n}/1000",
    "requirement": "require poisson_ratio(p) <= {n}/1000",
    "report": "report stress(p)({n}/10000)",
    "wrong field": "symmetry a{n} = p4 {{ cel = {n} mm }}",
}


def calls(line: str, lines: int) -> int:
    source = Source("s.meta", QUICKSTART + "let c = 1\n" + "\n".join(line.format(n=n) for n in range(1, lines + 1)))
    # What the garbage collector calls is not the check's, and comes when it comes.
    profile = Profile(builtins=False)
    gc.collect()
    gc.disable()
    try:
        profile.runcall(check, source)
    finally:
        gc.enable()
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_twice_as_many_lines_take_twice_as_many_calls(line: str) -> None:
    calls(line, 1)  # what is imported and read once
    one, few, many = (calls(line, 1 + lines) for lines in (0, FEW, 2 * FEW))
    assert many - 2 * few + one <= PER_PAIR * FEW**2
