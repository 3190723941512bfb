"""From a module to the typed graph of its design."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.files import linked
from metac.compiler.elaborate.goals import Goals
from metac.compiler.elaborate.objects import Objects
from metac.compiler.elaborate.overrides import apply_overrides
from metac.compiler.elaborate.own_units import check_unit
from metac.compiler.elaborate.resolve import bind_wrong_names, resolve
from metac.compiler.elaborate.scope import FileScope, Function, Let
from metac.compiler.elaborate.tuples import written_out
from metac.compiler.elaborate.typer import TooLarge
from metac.compiler.elaborate.what_counts import what_counts
from metac.compiler.graph_walk import free_names
from metac.compiler.library.lookup import Library
from metac.compiler.library.unknown_names import unknown_kinds
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import KindType, ListType, RangeType
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.source import Span

BROUGHT = (ast.Param, ast.Let, ast.Function, ast.Declaration, ast.Definition)
"""What an import brings; goals, reports and what gives parameters several values are the spec's own."""
_FRAMES = 20_000
"""Python frames allowed while expressions are typed; `typer.DEEPEST` bounds what is really needed."""


@dataclass(frozen=True)
class Elaboration:
    """The typed graph, perhaps with gaps where the spec is wrong, and what the checks need beside it."""

    design: graph.Design
    """What counts: without objects and parameters of imported files that nothing uses."""
    everything: graph.Design
    """The same with all that imported files declare."""
    scope: FileScope
    objects: Objects
    complete: bool
    """Whether every declaration has its place in the graph."""

    @property
    def library(self) -> Library:
        """The definitions that the spec's own file can name."""
        return self.scope.library


def elaborate_what_is_sound(
    library: Library, overrides: Mapping[str, Any], chosen: Mapping[str, int] | None = None
) -> Elaboration:
    """The typed graph of the spec that a library was opened for, with values from outside put in (`--set`).

    `chosen` are places in sweeps over objects, from 0. What has errors is left out; they are in the library's findings.
    """
    scope = linked(library)
    wrong = []
    for file in scope.files():
        file.module, names = written_out(file.module, library.findings)
        wrong.append((names, file))
    apply_overrides(scope, overrides, library.findings)
    resolve(scope, library.findings)
    for names, file in wrong:
        bind_wrong_names(names, file)
    with deep_recursion():
        return _Elaborator(scope, chosen or {}).run()


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Lets Python go down as many frames as the deepest expression needs."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Elaborator:
    def __init__(self, scope: FileScope, chosen: Mapping[str, int]) -> None:
        self._scope = scope
        self._findings: DiagnosticsSink = scope.library.findings
        self._expressions = Expressions(self._findings)
        self._expressions.varied = frozenset(
            each.name.text for each in scope.module.statements if isinstance(each, ast.Stage | ast.Sweep)
        )
        self._objects = Objects(self._expressions, chosen)
        self._goals = Goals(self._expressions, scope)
        self._parameters: dict[str, graph.ParameterDeclaration] = {}
        self._named: list[graph.Expression] = []
        """The objects that the spec's own file declares, or gives another name."""
        self._matched: list[graph.Goal] = []
        self._required: list[graph.Requirement] = []
        self._reported: list[graph.Report] = []
        self._stages: list[graph.Continuation] = []
        self._sweeps: list[graph.Continuation] = []

    def run(self) -> Elaboration:
        complete = True
        try:
            for file in self._scope.files():
                unknown_kinds(file.library)
                for statement in file.module.statements:
                    if file is self._scope or isinstance(statement, BROUGHT):
                        complete &= self._statement(statement, file)
        except TooLarge:
            complete = False
        nodes = self._varied_nodes() | self._objects.nodes.by_name
        design = graph.Design(
            source_name=self._scope.module.span.source.name,
            nodes=MappingProxyType(nodes),
            parameters=MappingProxyType(_with_values(self._ordered_parameters())),
            goals=tuple(self._matched),
            requirements=tuple(self._required),
            studies=(),
            stages=tuple(self._stages),
            sweeps=tuple(self._sweeps),
            reports=tuple(self._reported),
        )
        if complete:
            self._goals.require_varied(design.varied)
        # Of objects that a sweep goes through, only what uses the chosen one brings it in.
        swept = {name for each in self._sweeps for value in each.values for name in free_names(value).references}
        own = [each.node for each in self._named if isinstance(each, graph.Reference) and each.node not in swept]
        counting = what_counts(design, own, [name for name in design.parameters if name in self._scope.entries])
        # What only the studies of imported files would vary does not vary.
        nodes = {name: node for name, node in nodes.items() if name not in design.varied - counting.varied}
        named = [name for name in nodes if not name.startswith("_")]
        everything = what_counts(replace(design, nodes=MappingProxyType(nodes)), named, design.parameters)
        return Elaboration(counting, everything, self._scope, self._objects, complete)

    def _varied_nodes(self) -> dict[str, graph.Node]:
        """A node for each parameter that varies, of its name; those that are not sound are reported where they stand."""
        nodes: dict[str, graph.Node] = {}
        for name, (definition, _) in self._objects.inputs.varied_params.items():
            declared = self._parameters.get(name)
            if declared is None or declared.range is None:
                continue
            fields = {
                "start": graph.Parameter(name, declared.type, declared.span),
                "lower": declared.range.start,
                "upper": declared.range.stop,
            }
            nodes[name] = graph.Node(
                name,
                definition.kind.name,
                definition,
                MappingProxyType(fields),
                self._objects.definition_body(definition).members,
                declared.span,
                MappingProxyType({field: value.span for field, value in fields.items()}),
            )
        return nodes

    def _statement(self, statement: ast.Statement, file: FileScope) -> bool:
        """Take up one statement of a file; whether it is sound."""
        match statement:
            case ast.Param():
                return self._param(statement, file)
            case ast.Declaration():
                made = self._objects.declared(statement, file, statement.name.span)
                self._named += [made] if file is self._scope else []
                node = self._objects.nodes.by_name.get(file.prefix + statement.name.text)
                parts = [made, *(node.fields.values() if node else ())]
                return self._taken_up(statement.span, not any(types.is_error(part.type) for part in parts))
            case ast.Let(name=name):
                self._check_name(name, file)
                if statement.unit:
                    value = self._expressions.typed(ast.Name(name.text, name.span), file)
                    check_unit(statement, value, self._findings)
            case ast.Function(name=name):
                self._check_name(name, file)
            case ast.Match():
                goal = self._goals.match(statement)
                self._matched += [goal] if goal else []
                return self._taken_up(statement.span, goal is not None)
            case ast.Extremum():
                goal = self._goals.extremum(statement)
                self._matched += [goal] if goal else []
                return self._taken_up(statement.span, goal is not None)
            case ast.Require():
                required = list(self._goals.require(statement))
                self._required += required
                self._taken_up(statement.span, bool(required))
            case ast.Report():
                report = self._goals.report(statement)
                self._reported += [report] if report else []
                return self._taken_up(statement.span, report is not None)
            case ast.Stage():
                self._stages += (found := self._continuation(statement))
                self._taken_up(statement.span, bool(found))
            case ast.Sweep():
                self._sweeps += (found := self._continuation(statement))
                self._taken_up(statement.span, bool(found))
            case ast.Definition():
                self._definition(statement, file)
        return True

    def _taken_up(self, span: Span, sound: bool) -> bool:
        """Whether a statement is sound; one that would be left out without a word, against all intention, is an error."""
        if not sound and not self._findings.failed:
            self._findings.error(
                "M0515",
                "this cannot be worked out",
                span,
                help="this is an internal error of the compiler: please send us the spec",
            )
        return sound

    def _check_name(self, name: ast.Identifier, file: FileScope) -> None:
        """Find what is wrong in a `let` or function that nothing uses; this does not count as a use."""
        entry = file.entries.get(name.text)
        if isinstance(entry, Function) or (isinstance(entry, Let) and not entry.known):
            used = name.text in file.used
            sound = self._expressions.check(ast.Name(name.text, name.span), file, name.span)
            self._taken_up(name.span, sound)
            if not used:
                file.used.discard(name.text)

    def _definition(self, statement: ast.Definition, file: FileScope) -> None:
        if statement.kind.text == "kind":
            file.library.kind(statement.name.text)
            return
        definition = file.library.find_own(statement.kind.text, statement.name.text)
        if definition is not None:
            body = self._objects.definition_body(definition)
            self._taken_up(statement.name.span, not body.broken)

    def _param(self, statement: ast.Param, file: FileScope) -> bool:
        name = file.prefix + statement.name.text
        if name in self._parameters:
            return False
        kind = self._objects.inputs.type_of(statement, file)
        if isinstance(kind, KindType):
            self._findings.error(
                "M0306",
                f"a param is a value, not {describe(kind)}",
                statement.type.span,
                help=f"declare it as an object: `{kind.kind} {statement.name.text} = …`; `--set {name}=…` changes it too",
            )
            return False
        default: graph.Expression | None = None
        if statement.value is not None:
            with self._expressions.opened(name, statement, statement.name.span) as fresh:
                if fresh:
                    default = self._expressions.require(statement.value, file, kind, f"`{name}`")
        interval: graph.Interval | None = None
        if statement.range is not None:
            expected = RangeType(types.bounded(kind))
            bounds = self._expressions.require(statement.range, file, expected, f"the range of `{name}`")
            interval = bounds if isinstance(bounds, graph.Interval) and not types.is_error(bounds.type) else None
        sound = default is None or not types.is_error(default.type)
        self._taken_up(statement.span, sound and (statement.range is None) == (interval is None))
        self._parameters[name] = graph.ParameterDeclaration(name, kind, default if sound else None, interval, statement.span)
        return sound

    def _ordered_parameters(self) -> dict[str, graph.ParameterDeclaration]:
        """Every parameter after those that its default uses; one whose default leads back to itself is an error."""
        ordered: dict[str, graph.ParameterDeclaration] = {}
        open_names: list[str] = []

        def visit(name: str) -> None:
            declaration = self._parameters.get(name)
            if declaration is None or name in ordered:
                return
            if name in open_names:
                circle = [*open_names[open_names.index(name) :], name]
                self._findings.error(
                    "M0205",
                    f"the default of `{name}` depends on itself",
                    declaration.span,
                    notes=(" → ".join(circle),),
                    help="give one of them a value of its own",
                )
                return
            open_names.append(name)
            if declaration.default is not None:
                for used in free_names(declaration.default).parameters:
                    visit(used)
            open_names.pop()
            ordered[name] = declaration

        for name in self._parameters:
            visit(name)
        return ordered

    def _continuation(self, statement: ast.Stage | ast.Sweep) -> list[graph.Continuation]:
        name = statement.name.text
        kind = self._objects.inputs.type_of(statement, self._scope)
        entry = self._scope.entries.get(name)
        parameter = self._parameters.get(name)
        if parameter is None and entry is not None and isinstance(getattr(entry, "statement", None), ast.Param):
            self._param(entry.statement, self._scope)  # type: ignore[union-attr]
            parameter = self._parameters.get(name)
        kind = parameter.type if parameter else kind
        word = "stage" if isinstance(statement, ast.Stage) else "sweep"
        if isinstance(kind, KindType) and isinstance(statement, ast.Stage):
            self._findings.error(
                "M0312",
                "a stage goes through values, not through objects",
                statement.values.span,
                describe(ListType(kind)),
                help=f"`sweep {name} in …` runs the design for each object; a stage may go through a number in them",
            )
            return []
        found = self._expressions.typed(statement.values, self._scope, ListType(kind))
        found = self._expressions.written_out(found, statement.name) if isinstance(found, graph.Interval) else found
        if types.is_error(found.type) and not _is_empty_list(found):
            return []
        if not isinstance(found, graph.Sequence) or not found.items:
            self._findings.error(
                "M0312",
                f"a {word} goes through a list of values, one at least",
                statement.values.span,
                help=f"write `{word} {name} in [a, b, c]`",
            )
            return []
        values = fit(found, ListType(kind), f"`{name}`", self._findings)
        if types.is_error(kind) or not isinstance(values, graph.Sequence):
            return []
        together = statement.together if isinstance(statement, ast.Sweep) else ()
        return [graph.Continuation(name, values.items, kind, statement.span, together)]


def _with_values(parameters: Mapping[str, graph.ParameterDeclaration]) -> dict[str, graph.ParameterDeclaration]:
    """Parameters without functions that have a value: these are written out where they are used."""
    return {
        name: each
        for name, each in parameters.items()
        if not isinstance(each.type, types.FunctionType) or each.default is None
    }


def _is_empty_list(expression: graph.Expression) -> bool:
    return isinstance(expression, graph.Sequence) and not expression.items
