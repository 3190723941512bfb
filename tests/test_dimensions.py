"""The number of dimensions of a plane stands in one place: shapes that are made name it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAKERS = {"zeros", "ones", "full", "empty", "eye", "identity", "broadcast_to"}
TWO_OF_SOMETHING_ELSE = {
    "runtime/mesh/ligaments.py": 1,  # the two ends of an edge
    "runtime/mesh/self_contact.py": 1,  # the two segments of a pair
    "stdlib/loads/holding.py": 2,  # the two ends of a spring
}
"""Lines by file in which a shape has a 2 that is not the dimension of the plane."""


def test_shapes_that_are_made_name_the_dimension() -> None:
    found: dict[str, int] = {}
    for folder in ("runtime", "stdlib"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if count := _written_twos(ast.parse(path.read_text(encoding="utf-8"))):
                found[name] = count
    networks = {name for name in found if name.startswith(("runtime/learn/", "stdlib/models/"))}
    assert {name: count for name, count in found.items() if name not in networks} == TWO_OF_SOMETHING_ELSE


def _written_twos(tree: ast.Module) -> int:
    return sum(isinstance(size, ast.Constant) and size.value == 2 for shape in _shapes(tree) for size in shape)


def _shapes(tree: ast.Module) -> list[list[ast.expr]]:
    """Sizes of each shape that is handed to a maker of arrays."""
    found = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            place = 1 if name == "broadcast_to" else 0
            if name in MAKERS and len(call.args) > place:
                shape = call.args[place]
                found.append(shape.elts if isinstance(shape, ast.Tuple | ast.List) else [shape])
    return found
