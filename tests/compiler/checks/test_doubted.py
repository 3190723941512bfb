"""The function that a definition names as `doubted` sees objects made at check, and may fail without a traceback."""

from __future__ import annotations

from metac.compiler.pipeline import check
from metac.dsl.source import Source

DEFINITION = """
define dataset seen {
    shape: Shape
    limit: Int = 3
    form = images
    doubted = "doubts.py:doubted"
    python "doubts.py:Seen"
}
"""
FUNCTIONS = """
from metac.compiler.interfaces.doubted import Doubt

class Seen:
    def __init__(self, *, shape, limit): pass
    title = "seen"
    content = {}
    def samples(self): return None

def doubted(node, made):
    if node.fields["limit"] == 0:
        raise ZeroDivisionError("nothing by nothing")
    return Doubt("shape", f"it has {len(made['shape'].pores)} pores", code="M0657")
"""
SPEC = """import "lab.meta"
symmetry g     = p4 { cell = 20 mm }
shape    pores = tiled { motif = circle { radius = 2 mm, at = [0.2, 0.3] }, symmetry = g }
dataset  data  = seen { shape = pores, limit = LIMIT }
"""


def diagnostics(folder, limit):
    (folder / "lab.meta").write_text(DEFINITION)
    (folder / "doubts.py").write_text(FUNCTIONS)
    found = check(Source("spec.meta", SPEC.replace("LIMIT", str(limit))), folder=folder).diagnostics
    return [each for each in found if each.code in ("M0657", "M0573")]


def test_it_looks_at_the_made_shape_and_names_a_code_of_its_own(tmp_path):
    (found,) = diagnostics(tmp_path, 1)
    assert (found.code, found.severity, found.message) == ("M0657", "warning", "it has 4 pores")
    assert found.labels[0].span.text == "pores"


def test_what_it_raises_is_told_as_an_error_of_the_definition(tmp_path):
    (found,) = diagnostics(tmp_path, 0)
    assert (found.code, found.severity) == ("M0573", "error") and "nothing by nothing" in found.message
