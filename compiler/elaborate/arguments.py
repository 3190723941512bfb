"""Arguments of functions of a spec: in order, by name, or first in order and then by name."""

from __future__ import annotations

from dataclasses import replace

from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.elaborate.scope import Function
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.diagnostics.suggest import suggest


def in_order(function: Function, call: ast.Call) -> ast.Call | None:
    """The call with one argument for each parameter, in their order and without names; None where they do not fit."""
    given: dict[str, ast.Argument] = {}
    for name, argument in _named(function, call):
        if name is None or name in given:
            return None
        given[name] = replace(argument, name=None)
    names = [parameter.text for parameter in function.parameters]
    if set(names) != set(given):
        return None
    return replace(call, arguments=tuple(given[name] for name in names))


def report_arguments(function: Function, call: ast.Call, findings: DiagnosticsSink) -> None:
    """Say why the arguments of a call do not fit."""
    names = [parameter.text for parameter in function.parameters]
    signature = f"`{function.name.text}({', '.join(names)})`"
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
    count = f"{len(names)} argument" + "s" * (len(names) != 1)
    missing = [name for name in names if name not in given]
    by_name = any(argument.name is not None for argument in call.arguments)
    findings.error(
        "M0310",
        f"{signature} takes {count}, found {len(call.arguments)}",
        call.span,
        others=defined,
        notes=(f"{listing(missing)} {'is' if len(missing) == 1 else 'are'} missing",) if missing and by_name else (),
    )


def _named(function: Function, call: ast.Call) -> list[tuple[str | None, ast.Argument]]:
    """Each argument with the name of the parameter that it is for; None where there is no such parameter."""
    names = [parameter.text for parameter in function.parameters]
    found: list[tuple[str | None, ast.Argument]] = []
    for place, argument in enumerate(call.arguments):
        if argument.name is not None:
            found.append((argument.name.text if argument.name.text in names else None, argument))
        else:
            found.append((names[place] if place < len(names) else None, argument))
    return found
