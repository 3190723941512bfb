"""Lists by rule, `[i^2 for i in 1 .. 5]`, and sums, `sum(i in 1 .. 5, i^2)`: written out, one item for each value."""

from __future__ import annotations

import math

from metac.compiler import graph
from metac.compiler.constant_values import value_or_none
from metac.compiler.elaborate.scope import Bound, Scope
from metac.compiler.elaborate.typer import Typer
from metac.compiler.interfaces.values import Range
from metac.compiler.types import types
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.source import Span

MOST_VALUES = 10_000
"""That a list by rule or a sum goes through."""


class Repetition(Typer):
    """Goes through the values of a range or list."""

    def repeated(self, name: ast.Identifier, values: ast.Expression, scope: Scope) -> list[Scope] | None:
        """A scope for each value, in which the name stands for it; None, and a finding, where the values are not known."""
        found = self.typed(values, scope)
        if types.is_error(found.type) or (isinstance(found.type, types.RangeType) and types.is_error(found.type.item)):
            return None
        if isinstance(found, graph.Interval):
            items = self._in_range(name, found)
        elif isinstance(found, graph.Sequence):
            items = found.items
        else:
            help = f"write a range or a list: `{name.text} in 1 .. 5`, `{name.text} in [a, b]`"
            self._no_values(f"`{name.text}` cannot go through {describe(found.type)}", found.span, help)
            return None
        if items is not None and not items:
            self._no_values(f"there is no value for `{name.text}` to go through", found.span)
            return None
        return None if items is None else [_with(name, item, scope) for item in items]

    def written_out(self, interval: graph.Interval, name: ast.Identifier) -> graph.Expression:
        """A range as the list of its values; an error, and a finding, where they are not known."""
        kind = interval.type.item if isinstance(interval.type, types.RangeType) else types.ERROR
        items = None if types.is_error(kind) else self._in_range(name, interval)
        if items is not None and not items:
            self._no_values(f"there is no value for `{name.text}` to go through", interval.span)
        if not items:
            return self.error(interval.span)
        return graph.Sequence(items, types.ListType(items[0].type, len(items)), interval.span)

    def sum_over(
        self, name: ast.Name, values: ast.Expression, term: ast.Expression, scope: Scope, span: Span
    ) -> graph.Expression:
        """The sum of a term over values; of numbers, vectors or matrices."""
        scopes = self.repeated(ast.Identifier(name.text, name.span), values, scope)
        if scopes is None:
            return self.error(span)
        terms = []
        for each in scopes:
            terms.append(self.typed(term, each))
            if types.is_error(terms[-1].type):
                return self.error(span)
        while len(terms) > 1:
            # In pairs: a sum of n terms is only log2(n) levels deep.
            pairs = [self.apply("+", (left, right), span) for left, right in zip(terms[::2], terms[1::2], strict=False)]
            terms = [*pairs, *terms[2 * len(pairs) :]]
            if any(types.is_error(each.type) for each in terms):
                return self.error(span)
        return terms[0]

    def _in_range(self, name: ast.Identifier, interval: graph.Interval) -> tuple[graph.Expression, ...] | None:
        kind = interval.type.item if isinstance(interval.type, types.RangeType) else types.ERROR
        known = value_or_none(interval)
        if not isinstance(known, Range) or not isinstance(kind, types.NumberType):
            help = "a `param` may change: its list would have another length; use `let`, or numbers"
            self._no_values(f"the range of `{name.text}` must be known when the spec is checked", interval.span, help)
            return None
        if known.step is None and not (kind.integer and kind.dimension.dimensionless):
            message = f"`{name.text}` goes through a range of whole numbers, or in steps that are given"
            self._no_values(message, interval.span, f"write `{interval.span.text} by …`")
            return None
        step = 1 if known.step is None else known.step
        length = (known.stop - known.start) / step if step > 0 else math.inf
        if not length < MOST_VALUES:
            many = f"`{name.text}` would go through more than {MOST_VALUES} values"
            self._no_values(many if step > 0 else f"the step of `{name.text}` must be larger than zero", interval.span)
            return None
        # The last value counts although rounding may put it a little beyond the end.
        count = max(math.floor(length + 1e-9) + 1, 0)
        item = types.NumberType(kind.dimension, kind.integer)
        return tuple(graph.Constant(known.start + step * place, item, interval.span) for place in range(count))

    def _no_values(self, message: str, span: Span, help: str | None = None) -> None:
        if self._without_arguments:
            return  # The values may be known once the function is called.
        self.findings.error("M0420", message, span, help=help)


def _with(name: ast.Identifier, value: graph.Expression, scope: Scope) -> Scope:
    inner = Scope(scope)
    inner.add(name, Bound(value))
    return inner
