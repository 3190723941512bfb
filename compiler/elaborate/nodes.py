"""The nodes that a spec's objects become: one for each name, the same one for equal anonymous constructors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from metac.compiler import graph
from metac.compiler.cache_key import canonical, canonical_text
from metac.compiler.library.definitions import Definition
from metac.compiler.types import types
from metac.compiler.types.types import Type


class Nodes:
    """All nodes made so far, `by_name`, in an order in which users come after what they use."""

    def __init__(self) -> None:
        self.by_name: dict[str, graph.Node] = {}
        self._anonymous: dict[object, str] = {}
        self._of_definition: Counter[int] = Counter()
        """How many nodes there are of each definition, by its identity: nodes keep their definitions."""

    def add(self, node: graph.Node) -> str:
        """Take up a node, under a name of ours where it has none; the name under which it is found."""
        name = node.name or self._anonymous_name(node)
        if name not in self.by_name:
            self.by_name[name] = replace(node, name=name)
            self._of_definition[id(node.definition)] += 1
        return name

    def _anonymous_name(self, node: graph.Node) -> str:
        key = (id(node.definition), canonical_text(canonical(node.fields)))
        if key not in self._anonymous:
            name = f"_{node.definition.name}_{self._of_definition[id(node.definition)] + 1}"
            while name in self.by_name:
                name += "_"
            self._anonymous[key] = name
        return self._anonymous[key]


def kind_of(definition: Definition, fields: Mapping[str, graph.Expression]) -> Type:
    """What a definition makes: its kind, its form (its own, or that of the object in a field), its value."""
    form, source, value = definition.form, definition.form_of, definition.gives
    if source is None:
        return types.KindType(definition.kind.name, () if form is None else (form,), value)
    given = fields[source].type if source in fields else types.ERROR
    return types.KindType(definition.kind.name, given.forms, value) if isinstance(given, types.KindType) else types.ERROR
