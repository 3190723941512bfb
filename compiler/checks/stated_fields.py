"""What definitions state of their fields beside types and ranges: how many items a list has, which texts name files."""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import Environment, value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.spec_files import file_named


def check_stated_fields(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0313 for lists of another length (`lengths`), M0319 for files that are not there (`files`)."""
    parameters = parameter_values(elaboration.design)
    for node in elaboration.design.nodes.values():
        for field, length in node.definition.lengths.items():
            _check_length(node, field, length, parameters, findings)
        for field, inside in node.definition.files.items():
            _check_file(node, field, inside, parameters, findings)


def _check_length(node: graph.Node, field: str, length: int, parameters: Environment, findings: DiagnosticsSink) -> None:
    value = node.fields.get(field)
    found = len(value.items) if isinstance(value, graph.Sequence) else _length(value_or_none(value, parameters))
    if value is not None and found is not None and found != length:
        findings.error(
            "M0313",
            f"`{field}` has {length} values, found {found}",
            node.field_spans[field],
            notes=(f"`{field}`: {doc}",) if (doc := node.definition.fields[field].doc) else (),
        )


def _length(value: object) -> int | None:
    return len(value) if isinstance(value, tuple) else None


def _check_file(
    node: graph.Node, field: str, inside: str | None, parameters: Environment, findings: DiagnosticsSink
) -> None:
    name = value_or_none(node.fields.get(field), parameters)
    if not isinstance(name, str):
        return
    if not _exists(name):
        findings.error(
            "M0319",
            f'there is no file or folder "{name}"',
            node.field_spans[field],
            "not found",
            notes=("names of files are relative to the spec's folder",),
        )
    elif inside is not None and not _exists(name, inside):
        doc = node.definition.fields[field].doc
        findings.error(
            "M0319",
            f'"{name}" holds no {inside}',
            node.field_spans[field],
            f"no folder with {inside}",
            notes=(f"`{field}`: {doc}",) if doc else (),
        )


def _exists(*parts: str) -> bool:
    try:
        return file_named(parts[0]).joinpath(*parts[1:]).exists()
    except (OSError, RuntimeError, ValueError):
        return False
