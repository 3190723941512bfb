"""From a module to the typed graph of its design."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.accounted_for import accounted_for
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.files import linked
from metac.compiler.elaborate.goals import Goals
from metac.compiler.elaborate.objects import Objects
from metac.compiler.elaborate.overrides import apply_overrides
from metac.compiler.elaborate.own_units import check_unit
from metac.compiler.elaborate.parameters import Parameters
from metac.compiler.elaborate.resolve import bind_wrong_names, resolve
from metac.compiler.elaborate.scope import FileScope, FunctionBinding, LetBinding
from metac.compiler.elaborate.tuples import written_out
from metac.compiler.elaborate.typer import TooLarge
from metac.compiler.elaborate.what_counts import what_counts
from metac.compiler.graph_walk import free_names
from metac.compiler.library.lookup import Library
from metac.compiler.library.unknown_names import unknown_kinds
from metac.compiler.types import types
from metac.dsl import ast

BROUGHT = (ast.Param, ast.Let, ast.FunctionSyntax, ast.Declaration, ast.DefinitionSyntax)
"""What an import brings; goals, reports and what gives parameters several values are the spec's own."""
_FRAMES = 20_000
"""Python frames allowed while expressions are typed; `typer.DEEPEST` bounds what is really needed."""


@dataclass(frozen=True)
class Elaboration:
    """The typed graph, perhaps with gaps where the spec is wrong, and what the checks need beside it."""

    design: graph.DesignGraph
    """What counts: without objects and parameters of imported files that nothing uses."""
    everything: graph.DesignGraph
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
    library: Library, overrides: Mapping[str, object], chosen: Mapping[str, int] | None = None
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
        self._parameters = Parameters(self._expressions, self._objects, scope)
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
        nodes = self._parameters.varied_nodes() | self._objects.nodes.by_name
        design = graph.DesignGraph(
            source_name=self._scope.module.span.source.name,
            nodes=MappingProxyType(nodes),
            parameters=MappingProxyType(self._parameters.with_values()),
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

    def _statement(self, statement: ast.Statement, file: FileScope) -> bool:
        """Take up one statement of a file; whether it is sound."""
        match statement:
            case ast.Param():
                return self._parameters.declare(statement, file)
            case ast.Declaration():
                made = self._objects.declared(statement, file, statement.name.span)
                self._named += [made] if file is self._scope else []
                node = self._objects.nodes.by_name.get(file.prefix + statement.name.text)
                parts = [made, *(node.fields.values() if node else ())]
                return accounted_for(statement.span, not any(types.is_error(part.type) for part in parts), self._findings)
            case ast.Let(name=name):
                self._check_name(name, file)
                if statement.unit:
                    value = self._expressions.typed(ast.Name(name.text, name.span), file)
                    check_unit(statement, value, self._findings)
            case ast.FunctionSyntax(name=name):
                self._check_name(name, file)
            case ast.Match():
                goal = self._goals.match(statement)
                self._matched += [goal] if goal else []
                return accounted_for(statement.span, goal is not None, self._findings)
            case ast.Extremum():
                goal = self._goals.extremum(statement)
                self._matched += [goal] if goal else []
                return accounted_for(statement.span, goal is not None, self._findings)
            case ast.Require():
                required = list(self._goals.require(statement))
                self._required += required
                accounted_for(statement.span, bool(required), self._findings)
            case ast.ReportSyntax():
                report = self._goals.report(statement)
                self._reported += [report] if report else []
                return accounted_for(statement.span, report is not None, self._findings)
            case ast.Stage():
                self._stages += (found := self._parameters.continuation(statement))
                accounted_for(statement.span, bool(found), self._findings)
            case ast.Sweep():
                self._sweeps += (found := self._parameters.continuation(statement))
                accounted_for(statement.span, bool(found), self._findings)
            case ast.DefinitionSyntax():
                self._definition(statement, file)
        return True

    def _check_name(self, name: ast.Identifier, file: FileScope) -> None:
        """Find what is wrong in a `let` or function that nothing uses; this does not count as a use."""
        entry = file.entries.get(name.text)
        if isinstance(entry, FunctionBinding) or (isinstance(entry, LetBinding) and not entry.known):
            used = name.text in file.used
            sound = self._expressions.check(ast.Name(name.text, name.span), file, name.span)
            accounted_for(name.span, sound, self._findings)
            if not used:
                file.used.discard(name.text)

    def _definition(self, statement: ast.DefinitionSyntax, file: FileScope) -> None:
        if statement.kind.text == "kind":
            file.library.kind(statement.name.text)
            return
        definition = file.library.find_own(statement.kind.text, statement.name.text)
        if definition is not None:
            body = self._objects.definition_body(definition)
            accounted_for(statement.name.span, not body.broken, self._findings)
