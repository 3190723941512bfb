"""What a constructor or a call gives for the fields of a definition."""

from __future__ import annotations

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.override_values import is_given
from metac.compiler.library.definitions import Definition
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix, Label

GivenFields = dict[str, tuple[ast.Identifier | None, ast.Expression]]
"""By field: its name where it was written, and the value. Names that the definition does not have are among them."""


def fields_of_constructor(node: ast.Constructor, definition: Definition, findings: DiagnosticsSink) -> GivenFields:
    """`{ E = 50 MPa, nu = 0.46 }`; M0303 where a field is given twice, unless the second comes from outside (`--set`)."""
    given: GivenFields = {}
    for assignment in node.fields:
        field = present_name(definition, assignment.name, findings)
        first = given.get(field)
        if first is None or is_given(assignment.name.span):
            given[field] = (assignment.name, assignment.value)
        elif first[0] is not None and not is_given(first[0].span):
            findings.error(
                "M0303",
                f"`{assignment.name.text}` is given twice",
                assignment.name.span,
                "again here",
                others=(Label(first[0].span, "first here"),),
                help="keep one of the two",
            )
    return given


def fields_of_call(node: ast.Call, name: str, definition: Definition, findings: DiagnosticsSink) -> GivenFields:
    """`stress(pull, component = xy)`: in the order of the fields, or by name; M0310 for too many, M0303 for one twice."""
    given: GivenFields = {}
    order = list(definition.fields)
    for position, argument in enumerate(node.arguments):
        if argument.name is None and position >= len(order):
            takes = f"{len(order)} argument" + "s" * (len(order) != 1)
            findings.error(
                "M0310",
                f"`{name}({', '.join(order)})` takes {takes}, found {len(node.arguments)}",
                argument.span,
                "one too many",
            )
            continue
        field = present_name(definition, argument.name, findings) if argument.name else order[position]
        if field in given:
            findings.error("M0303", f"`{field}` is given twice", argument.span, "again here")
            continue
        given[field] = (argument.name, argument.value)
    return given


def present_name(definition: Definition, name: ast.Identifier, findings: DiagnosticsSink) -> str:
    """The name of the field that is meant; M0225, a warning, where a former one is written."""
    present = definition.renamed.get(name.text)
    if present is None:
        return name.text
    findings.error(
        "M0225",
        f"the field `{name.text}` of `{definition.name}` is now called `{present}`",
        name.span,
        "former name",
        help=f"write `{present}`; the former name will stop working",
        fix=Fix(name.span, present),
        severity="warning",
    )
    return present
