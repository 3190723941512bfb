"""The parameters of a design, what makes them vary, and the values that stages and sweeps go through."""

from __future__ import annotations

from types import MappingProxyType

from metac.compiler import graph
from metac.compiler.elaborate.accounted_for import accounted_for
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.objects import Objects
from metac.compiler.elaborate.scope import FileScope, Input
from metac.compiler.graph_walk import free_names
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import KindType, ListType, RangeType
from metac.compiler.types.wording import describe
from metac.dsl import ast


class Parameters:
    """Types `param`, `stage` and `sweep` statements."""

    def __init__(self, expressions: Expressions, objects: Objects, spec: FileScope) -> None:
        self._expressions, self._objects, self._scope, self._findings = expressions, objects, spec, expressions.findings
        self._declared: dict[str, graph.ParameterDeclaration] = {}

    def declare(self, statement: ast.Param, file: FileScope) -> bool:
        """Take up a `param` of a file; whether it is sound."""
        name = file.prefix + statement.name.text
        if name in self._declared:
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
        default = self._default(name, statement, file, kind)
        interval = self._interval(name, statement, file, kind)
        sound = default is None or not types.is_error(default.type)
        accounted_for(statement.span, sound and (statement.range is None) == (interval is None), self._findings)
        self._declared[name] = graph.ParameterDeclaration(name, kind, default if sound else None, interval, statement.span)
        return sound

    def _default(self, name: str, statement: ast.Param, file: FileScope, kind: types.Type) -> graph.Expression | None:
        if statement.value is None:
            return None
        with self._expressions.opened(name, statement, statement.name.span) as fresh:
            return self._expressions.require(statement.value, file, kind, f"`{name}`") if fresh else None

    def _interval(self, name: str, statement: ast.Param, file: FileScope, kind: types.Type) -> graph.Interval | None:
        if statement.range is None:
            return None
        bounds = self._expressions.require(statement.range, file, RangeType(types.bounded(kind)), f"the range of `{name}`")
        return bounds if isinstance(bounds, graph.Interval) and not types.is_error(bounds.type) else None

    def with_values(self) -> dict[str, graph.ParameterDeclaration]:
        """In order; not functions that have a value: these are written out where they are used."""
        return {
            name: each
            for name, each in self._ordered().items()
            if not isinstance(each.type, types.FunctionType) or each.default is None
        }

    def _ordered(self) -> dict[str, graph.ParameterDeclaration]:
        """Every parameter after those that its default uses; one whose default leads back to itself is an error."""
        ordered: dict[str, graph.ParameterDeclaration] = {}
        open_names: list[str] = []

        def visit(name: str) -> None:
            declaration = self._declared.get(name)
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

        for name in self._declared:
            visit(name)
        return ordered

    def varied_nodes(self) -> dict[str, graph.Node]:
        """A node for each parameter that varies, of its name; those that are not sound are reported where they stand."""
        nodes: dict[str, graph.Node] = {}
        for name, (definition, _) in self._objects.inputs.varied_params.items():
            declared = self._declared.get(name)
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

    def continuation(self, statement: ast.Stage | ast.Sweep) -> list[graph.Continuation]:
        """What a `stage` or `sweep` of the spec goes through; empty where that is wrong."""
        name = statement.name.text
        kind = self._type_of_items(statement)
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
            word = "stage" if isinstance(statement, ast.Stage) else "sweep"
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

    def _type_of_items(self, statement: ast.Stage | ast.Sweep) -> types.Type:
        """The type of the `param` that a stage or sweep goes through, or else that of what it lists."""
        name = statement.name.text
        kind = self._objects.inputs.type_of(statement, self._scope)
        entry = self._scope.entries.get(name)
        if name not in self._declared and isinstance(entry, Input) and isinstance(entry.statement, ast.Param):
            self.declare(entry.statement, self._scope)
        return self._declared[name].type if name in self._declared else kind


def _is_empty_list(expression: graph.Expression) -> bool:
    return isinstance(expression, graph.Sequence) and not expression.items
