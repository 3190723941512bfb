"""Components and parts of lists and tensors: `C[1, 2]`, `C[1, :]`, `list[1 .. 3]`."""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.constant_values import number_or_none, value_or_none
from metac.compiler.elaborate.scope import Scope
from metac.compiler.elaborate.typer import Typer
from metac.compiler.interfaces.values import Range
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.source import Span

Place = graph.Expression | tuple[graph.Expression, ...]
"""Along one axis: one component, or the components of a part in their order."""


class Indexing(Typer):
    """Types indices. A part is written out as the list of its components."""

    def index(self, node: ast.Index, scope: Scope) -> graph.Expression:
        """A component, or the list or tensor of those that ranges and `:` stand for."""
        value = self.typed(node.value, scope)
        indices = tuple(self._typed_index(index, scope) for index in node.indices)
        if any(index is not None and types.is_error(index.type) for index in (value, *indices)):
            return self.error(node.span)
        shape = self._shape(value.type, len(indices))
        if shape is None:
            component = ", ".join(index.span.text for index in node.indices)
            kind = describe(types.as_tensor(value.type) or value.type)
            self.findings.error("M0408", f"{kind} has no component `[{component}]`", node.span)
            return self.error(node.span)
        places: list[Place] = []
        for index, extent, written in zip(indices, shape, node.indices, strict=False):
            place = self._place(index, extent, written.span)
            if place is None:
                return self.error(node.span)
            places.append(place)
        return self._components(value, places, (), node.span)

    def _typed_index(self, index: ast.Expression | ast.WholeAxis, scope: Scope) -> graph.Expression | None:
        """None for a whole axis."""
        if isinstance(index, ast.WholeAxis):
            return None
        wanted = types.RangeType(types.INTEGER) if isinstance(index, ast.IntervalSyntax) else types.INTEGER
        return self.require(index, scope, wanted, "an index")

    @staticmethod
    def _shape(kind: Type, indices: int) -> tuple[int | None, ...] | None:
        """How long the axes are; None where there are fewer than indices."""
        tensor = types.as_tensor(kind)
        if tensor is not None:
            return tensor.shape if indices <= len(tensor.shape) else None
        return (kind.length,) if isinstance(kind, types.ListType) and indices == 1 else None

    def _place(self, index: graph.Expression | None, extent: int | None, span: Span) -> Place | None:
        if index is not None and not isinstance(index, graph.Interval):
            position = number_or_none(index)
            if position is None and self._without_arguments:
                return None
            inside = extent is None or (position is not None and 1 <= position <= extent)
            if inside:
                return index
            self._outside(position, extent, span)
            return None
        whole = None if extent is None else range(1, extent + 1)
        numbers = whole if index is None else _in_range(value_or_none(index))
        if numbers is None and self._without_arguments:
            return None
        if numbers is None or not numbers:
            what = "this part is empty" if numbers is not None else "which components are meant must be known here"
            help = "a part goes upwards, `1 .. 3`, from numbers or a `let`; its list's length must be stated"
            self.findings.error("M0408", what, span, help=help)
            return None
        wrong = next(
            (each for each in (numbers[0], numbers[-1]) if each < 1 or (extent is not None and each > extent)), None
        )
        if wrong is not None:
            self._outside(wrong, extent, span)
            return None
        return tuple(graph.Constant(each, types.INTEGER, span) for each in numbers)

    def _outside(self, position: float | None, extent: int | None, span: Span) -> None:
        self.findings.error(
            "M0408",
            "an index must be known here" if position is None else f"there is no component {position}",
            span,
            "counted from 1" if extent is None else f"from 1 to {extent}",
            notes=("components are counted from 1",),
        )

    def _components(
        self, value: graph.Expression, places: list[Place], before: tuple[graph.Expression, ...], span: Span
    ) -> graph.Expression:
        """The component at single places, or the list of those at each place of the first part among them."""
        at = next((number for number, place in enumerate(places) if isinstance(place, tuple)), None)
        if at is None:
            indices = (*before, *(place for place in places if not isinstance(place, tuple)))
            return graph.Apply("index", (value, *indices), _item(value.type, len(indices)), span)
        singles = tuple(place for place in places[:at] if not isinstance(place, tuple))
        part = places[at]
        assert isinstance(part, tuple)
        items = tuple(self._components(value, places[at + 1 :], (*before, *singles, each), span) for each in part)
        first = items[0].type
        kind: Type = types.ListType(first, len(items))
        if isinstance(first, types.TensorType):
            kind = types.TensorType((len(items), *first.shape), first.dimension)
        return graph.Sequence(items, kind, span)


def _in_range(interval: object) -> range | None:
    """The whole numbers of a known range."""
    if not isinstance(interval, Range):
        return None
    start, stop, step = interval.start, interval.stop, 1 if interval.step is None else interval.step
    return range(int(start), int(stop) + 1, int(step)) if step >= 1 else range(0)


def _item(kind: Type, indices: int) -> Type:
    """The type of a component, or of the row that is left."""
    tensor = types.as_tensor(kind)
    if tensor is None:
        assert isinstance(kind, types.ListType)
        return kind.item
    rest = tensor.shape[indices:]
    return types.TensorType(rest, tensor.dimension) if rest else types.NumberType(tensor.dimension)
