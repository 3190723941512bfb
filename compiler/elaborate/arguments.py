"""Arguments of functions of a spec: in order, by name, or first in order and then by name."""

from __future__ import annotations

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.elaborate.scope import FunctionBinding
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.diagnostics.suggest import suggest


def by_name(function: FunctionBinding, call: ast.Call) -> dict[str, ast.Expression] | None:
    """The arguments of a call by the names of the parameters; None where they do not fit.

    What is not given has a default.
    """
    given: dict[str, ast.Expression] = {}
    for name, argument in _named(function, call):
        if name is None or name in given:
            return None
        given[name] = argument.value
    if any(each.default is None and each.name.text not in given for each in function.parameters):
        return None
    return given


def report_arguments(function: FunctionBinding, call: ast.Call, findings: DiagnosticsSink) -> None:
    """Say why the arguments of a call do not fit."""
    names = [parameter.name.text for parameter in function.parameters]
    signature = f"`{function.name.text}({', '.join(map(_shown, function.parameters))})`"
    defined = (Label(function.name.span, "defined here"),)
    given: set[str] = set()
    wrong = False
    for name, argument in _named(function, call):
        if name is None and argument.name is not None:
            meant = suggest(argument.name.text, [each for each in names if each not in given])
            findings.error(
                "M0310",
                f"{signature} has no argument `{argument.name.text}`",
                argument.name.span,
                others=defined,
                help=f"did you mean `{meant}`?" if meant else None,
            )
            wrong = True
        elif name is not None and name in given:
            findings.error("M0303", f"`{name}` is given twice", argument.span, "again here", others=defined)
            wrong = True
        elif name is not None:
            given.add(name)
    if wrong:
        return
    least = function.required
    count = f"{least} to {len(names)} arguments" if least < len(names) else f"{least} argument" + "s" * (least != 1)
    missing = [each.name.text for each in function.parameters if each.default is None and each.name.text not in given]
    by_name = any(argument.name is not None for argument in call.arguments)
    findings.error(
        "M0310",
        f"{signature} takes {count}, found {len(call.arguments)}",
        call.span,
        others=defined,
        notes=(f"{listing(missing)} {'is' if len(missing) == 1 else 'are'} missing",) if missing and by_name else (),
    )


def _shown(parameter: ast.FunctionParameter) -> str:
    """As it stands in a signature: `n = 3`."""
    return parameter.name.text + ("" if parameter.default is None else f" = {parameter.default.span.text}")


def _named(function: FunctionBinding, call: ast.Call) -> list[tuple[str | None, ast.Argument]]:
    """Each argument with the name of the parameter that it is for; None where there is no such parameter."""
    names = [parameter.name.text for parameter in function.parameters]
    found: list[tuple[str | None, ast.Argument]] = []
    for place, argument in enumerate(call.arguments):
        if argument.name is not None:
            found.append((argument.name.text if argument.name.text in names else None, argument))
        else:
            found.append((names[place] if place < len(names) else None, argument))
    return found
