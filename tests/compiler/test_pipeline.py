import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.compiler.pipeline import check
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source

EXAMPLE = """
param nu_target: Scalar = -0.5 in -1 .. 0.5
symmetry  g      = p4 { cell = 20 mm }
material  rubber = neo_hookean { E = 50 MPa, nu = 0.46 }
shape     pores  = tiled { motif = circle { radius = 3.9 mm, at = [0.25, 0.25] }, symmetry = g }
body      sheet  = specimen { shape = pores, cells = [7, 7], material = rubber, order = 2 }
generator warp   = flow {
    symmetry   = g
    hidden     = [10, 10]
    activation = tanh
}
body      design = deformed { body = sheet, by = warp }
load      pull   = tension { body = design, along = y, strain = 10 %, increments = 10 }

match   poisson_ratio(pull) to nu_target within 0.01
match   stress(pull) to e -> min(30 kPa * e / 10 %, 12 kPa) for 0 .. 10 %  weight 2
require volume_fraction(design) in 49 % .. 51 %

study fit = optimize {
    vary     = warp
    using    = adam { rate = 1e-3 }
    steps    = 500
    stop     = loss < 1e-4
    restarts = 8
}
"""


def test_the_example_of_the_language_is_sound():
    result = check(Source("<test>", EXAMPLE))
    assert result.diagnostics == ()
    design = result.design_or_raise()
    assert list(design.parameters) == ["nu_target"]
    assert len(design.goals) == 2
    assert len(design.requirements) == 1
    assert {definition.name for definition in result.definitions} >= {"p4", "flow", "tanh", "adam", "stress"}


def test_all_errors_of_a_file_at_once():
    broken = (
        EXAMPLE.replace("50 MPa", "50 N")
        .replace("hidden ", "hiden ")
        .replace("0 .. 10 %", "0 .. 15 %")
        .replace("(design)", "(dezign)")
    )
    result = check(Source("<test>", broken))
    assert result.failed
    assert [found.code for found in result.diagnostics] == ["M0402", "M0301", "M0510", "M0201"]
    with pytest.raises(DiagnosticError) as caught:
        result.design_or_raise()
    assert len(caught.value.diagnostics) == 4


def test_the_error_of_the_language_page():
    result = check(Source("<test>", EXAMPLE.replace("50 MPa", "50 N")))
    (found,) = result.diagnostics
    assert (found.code, found.message) == ("M0402", "`E` needs a pressure, found a force")
    assert found.labels[0].text == "Mass·Length·Time⁻²  [Force]"
    assert found.notes == ("expected Mass·Length⁻¹·Time⁻²  [Pressure]",)
    assert found.help == "divide by an area: `50 N/mm^2`"


def test_syntax_errors_do_not_make_names_unknown():
    result = check(Source("<test>", EXAMPLE.replace("cells = [7, 7], material", "cells = [7, 7] material")))
    assert all(found.code.startswith("M01") for found in result.diagnostics)
    assert result.diagnostics


def test_nothing_heavy_is_imported(tmp_path):
    spec = tmp_path / "sheet.meta"
    spec.write_text(EXAMPLE, encoding="utf-8")
    script = (
        "import sys; from pathlib import Path\n"
        "from metac.compiler.pipeline import check\n"
        "from metac.dsl.source import Source\n"
        f"result = check(Source('sheet.meta', Path({str(spec)!r}).read_text()))\n"
        "assert result.design is not None, result.diagnostics\n"
        "print(*(name for name in ('jax', 'sympy', 'scipy', 'rich', 'optax', 'flax', 'gmsh') if name in sys.modules))\n"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.split() == []


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_text_is_too_broken(data):
    """Whatever is cut out of a spec, or put in from elsewhere in it: diagnostics, never another exception."""
    lines = EXAMPLE.splitlines()
    text = "\n".join(data.draw(st.permutations(lines)) if data.draw(st.booleans()) else lines)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.integers(0, 12)))
        other = data.draw(st.integers(0, len(text)))
        text = text[:start] + text[other : other + data.draw(st.integers(0, 12))] + text[stop:]
    result = check(Source("<test>", text))
    assert (result.design is None) == any(found.severity == "error" for found in result.diagnostics)


def test_relative_names_of_imported_files(tmp_path, monkeypatch):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "a.meta").write_text("define material a {\n E: Presure\n energy(F) = E * tr(F)\n}")
    (tmp_path / "sheet.meta").write_text('import "lab/a.meta"\nmaterial m = a { E = 1 MPa }')
    monkeypatch.chdir(tmp_path)
    (found,) = check(Source("sheet.meta", Path("sheet.meta").read_text())).diagnostics
    assert found.labels[0].span.source.name == str(Path("lab/a.meta"))
