"""Named parts that supports and actions ask for, looked up in the file of the mesh by `metac check`. Without JAX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.mesh.file_mesh import NoMesh
from metac.stdlib.supports.named_part import named_part

WITHOUT_PARTS = (
    "specimen",
    "cell",
    "plate",
    "coupon",
    "composite",
    "composite_cell",
    "laminate",
    "laminate_cell",
    "pixels",
    "frame",
)
"""Bodies of the library whose boundary has edges, but no parts with names."""


def require_parts(load: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` M0567 on `group` of what holds the load's body, or acts on it, where its mesh has no part of that name.

    Only of bodies whose mesh is a file, or that have no such parts; why a file cannot be read is reported of the body.
    """
    asking = [each for name, value in load.fields.items() if name != "body" for each in _asking(value)]
    body = load.fields.get("body")
    while isinstance(body, Facts) and isinstance(body.fields.get("body"), Facts):
        body = body.fields["body"]  # moved, and the same mesh
    if not asking or not isinstance(body, Facts):
        return
    if body.definition in WITHOUT_PARTS:
        named_part(body, asking[0].fields["group"], asking[0])
    file, unit = body.fields.get("file"), body.fields.get("unit")
    if not isinstance(file, str) or not isinstance(unit, int | float):
        return
    from metac.runtime.mesh.imported_mesh import imported
    from metac.runtime.mesh.mesh_files import read_mesh_file

    try:
        mesh = imported(read_mesh_file(file_named(file)), float(unit), ()).mesh
    except (OSError, NoMesh):
        return
    for each in asking:
        named_part(mesh, each.fields["group"], each)


def _asking(value: Any) -> Iterator[Facts]:
    """Objects with a field `group`, a name, among those that a field is given."""
    if isinstance(value, tuple) and not isinstance(value, Facts):
        for each in value:
            yield from _asking(each)
    elif isinstance(value, Facts):
        if isinstance(value.fields.get("group"), str) and "edge" not in value.fields:  # both is an error of its own
            yield value
        for each in value.fields.values():
            yield from _asking(each)
