"""`param`, `stage` and `sweep`: what a name of one stands for in the graph, and which of them a study may vary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from metac.compiler import graph
from metac.compiler.elaborate.nodes import kind_of
from metac.compiler.elaborate.scope import FileScope, InputStatement
from metac.compiler.elaborate.typer import Typer
from metac.compiler.library.definitions import Definition
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span


class InputVariables:
    """Reads what a spec gets its values by."""

    def __init__(
        self, expressions: Typer, read_definition: Callable[[Definition], object], chosen: Mapping[str, int]
    ) -> None:
        """`chosen` are places in the lists of sweeps over objects, from 0; the first where a sweep is not named."""
        self._expressions, self._read_definition, self._chosen = expressions, read_definition, chosen
        self._types: dict[str, Type] = {}
        self._swept: dict[str, tuple[graph.Expression, ...]] = {}
        """By stage or sweep, what it goes through."""
        self._sources: dict[str, tuple[InputStatement, FileScope]] = {}
        self.varied_params: dict[str, tuple[Definition, Span]] = {}
        """By the name of a `param` that varies: the definition that stands for it, and where it is asked to vary."""

    def reference(self, statement: InputStatement, home: FileScope, span: Span) -> graph.Expression:
        """A reference to a `param`, `stage` or `sweep` variable; of a sweep over objects, to the one that is chosen."""
        name = home.prefix + statement.name.text
        self._sources[name] = (statement, home)
        kind = self.type_of(statement, home)
        if isinstance(statement, ast.Sweep) and isinstance(kind, types.KindType):
            chosen = self._swept[name][self._chosen.get(name, 0)]
            return replace(chosen, span=span)
        return graph.Parameter(name, kind, span)

    def source_of(self, parameter: str) -> tuple[InputStatement, FileScope]:
        """What declares a parameter of the graph, and the file that it stands in."""
        return self._sources[parameter]

    def type_of(self, statement: InputStatement, home: FileScope) -> Type:
        """The type of a parameter, or of the values that a stage or sweep goes through."""
        name = home.prefix + statement.name.text
        if name not in self._types:
            if isinstance(statement, ast.Param):
                self._types[name] = home.library.types.read(statement.type)
            else:
                self._types[name] = self._type_of_items(name, statement, home)
        return self._types[name]

    def _type_of_items(self, name: str, statement: ast.Stage | ast.Sweep, home: FileScope) -> Type:
        with self._expressions.opened(name, statement, statement.name.span) as fresh:
            values = self._expressions.typed(statement.values, home) if fresh else None
        kind = types.ERROR if values is None else values.type
        if isinstance(values, graph.Sequence):
            self._swept[name] = values.items
        item = kind.item if isinstance(kind, types.ListType | types.RangeType) else types.ERROR
        if isinstance(item, types.NumberType) and item.any_dimension:
            return types.NumberType(item.dimension, item.integer)
        return item

    def varied(self, statement: InputStatement, home: FileScope, span: Span, kind: str) -> graph.Expression | None:
        """A reference to what makes a `param` vary; M0517 where it cannot; None where the kind stands for no parameters."""
        known = home.library.kind(kind)
        if known is None or known.parameter is None or isinstance(self.type_of(statement, home), types.KindType):
            return None
        name = home.prefix + statement.name.text
        problem = self._unvaried(statement, home)
        if problem is not None:
            place = Label(statement.name.span, "declared here")
            self._expressions.findings.error(
                "M0517", f"`{name}` cannot vary", span, problem[0], others=(place,), help=problem[1]
            )
            return Typer.error(span)
        definition = home.library.find(kind, known.parameter)
        if definition is None:
            return None
        self._read_definition(definition)
        self.varied_params.setdefault(name, (definition, span))
        return graph.Reference(name, kind_of(definition, {}), span)

    def _unvaried(self, statement: InputStatement, home: FileScope) -> tuple[str, str] | None:
        """Why a parameter cannot vary, as far as its declaration shows, and what to do; None where it can."""
        name = statement.name.text
        if not isinstance(statement, ast.Param):
            word = "stage" if isinstance(statement, ast.Stage) else "sweep"
            return f"the {word} goes through its values", f"declare a `param` of another name, or leave out the {word}"
        kind = self.type_of(statement, home)
        if types.is_error(kind):
            return None
        if not isinstance(kind, types.NumberType) or kind.integer:
            several = isinstance(kind, types.ListType | types.TensorType | types.GridType)
            help = "give each number in it a `param` of its own" if several else "go through its values with `sweep`"
            return f"this is {describe(kind)}, and only a real number varies", help
        if statement.range is None:
            return "it has no range to vary in", f"declare from where to where: `param {name}: {kind} = … in a .. b`"
        return None
