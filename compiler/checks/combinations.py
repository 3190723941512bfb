"""Objects that are given to one other object go together: boundary condition, control and path of a load, and its body.

A definition states which forms it goes with, `beside = forms { control = [uniaxial, shear] }`, and what nothing beside it
may be made of, `excludes = history_dependent`. Objects know themselves which values go together
(`interfaces/beside.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metac.compiler import graph
from metac.compiler.checks.known_objects import KnownObjects
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import free_names
from metac.compiler.library.definitions import Definition
from metac.compiler.library.lookup import Library
from metac.compiler.types import types
from metac.compiler.types.wording import describe
from metac.dsl.diagnostics.diagnostic import Fix, Label


@dataclass(frozen=True)
class Misfit:
    """Two fields of an object whose values do not go together."""

    asking: str | None
    """The field whose object's definition says so; None where the definition of the whole does."""
    refused: str
    reason: str
    part: Definition | None = None
    """What is in the way, where the refused object is only made of it."""


def check_combinations(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0521, one for an object, at the field to change first."""
    nodes = elaboration.design.nodes
    for node in nodes.values():
        given = _Given.of(node, nodes)
        misfit = next(given.misfits(), None)
        if misfit is not None:
            _report(node, given, misfit, elaboration, findings)


@dataclass(frozen=True)
class _Given:
    """The objects that are given to a node's fields."""

    node: graph.Node
    nodes: Mapping[str, graph.Node]
    definitions: Mapping[str, Definition]
    forms: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, node: graph.Node, nodes: Mapping[str, graph.Node]) -> _Given:
        given = {
            name: value
            for name, value in node.fields.items()
            if isinstance(value, graph.Reference) and isinstance(value.type, types.KindType) and value.node in nodes
        }
        definitions = {name: nodes[value.node].definition for name, value in given.items()}
        forms = {name: value.type.forms for name, value in given.items() if isinstance(value.type, types.KindType)}
        return cls(node, nodes, definitions, forms)

    def misfits(self) -> Iterator[Misfit]:
        """All of them, those of forms first."""
        for asking, definition in self.definitions.items():
            if self.goes(definition):
                continue
            for field, forms in definition.beside[0].items():
                if not _among(self.forms.get(field, ()), forms):
                    kind = describe(types.KindType(self.definitions[field].kind.name, forms))
                    yield Misfit(asking, field, f"beside `{definition.name}`, `{field}` must be {kind}")
        for asking, definition in ((None, self.node.definition), *self.definitions.items()):
            for field in self.definitions if definition.excludes else ():
                part = next((each for each in self.made_of(field) if each.form in definition.excludes), None)
                if field != asking and part is not None:
                    reason = f"`{definition.name}` goes with nothing that `{part.name}` is part of"
                    yield Misfit(asking, field, reason, part)

    def goes(self, definition: Definition) -> bool:
        """Whether what a definition wants beside it is there."""
        return not definition.beside or any(
            all(_among(self.forms.get(field, ()), forms) for field, forms in one.items()) for one in definition.beside
        )

    def made_of(self, field: str) -> Iterator[Definition]:
        """Definitions of a field's object and of what it uses, at any depth."""
        waiting, seen = list(free_names(self.node.fields[field]).references), set()
        while waiting:
            name = waiting.pop()
            if name not in seen and name in self.nodes:
                seen.add(name)
                yield self.nodes[name].definition
                for value in self.nodes[name].fields.values():
                    waiting.extend(free_names(value).references)

    def with_(self, field: str, definition: Definition) -> _Given:
        """The same with an object of another definition, made without fields."""
        forms = () if definition.form is None else (definition.form,)
        return _Given(self.node, self.nodes, {**self.definitions, field: definition}, {**self.forms, field: forms})


def _among(found: tuple[str, ...], allowed: tuple[str, ...]) -> bool:
    """Whether an object goes with these forms; one whose form is not stated may."""
    return not found or bool(set(found) & set(allowed))


def _report(node: graph.Node, given: _Given, misfit: Misfit, elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    library = elaboration.library
    asking = node.definition if misfit.asking is None else given.definitions[misfit.asking]
    refused = given.definitions[misfit.refused]
    fields = [misfit.refused] if misfit.asking is None else [misfit.refused, misfit.asking]
    others = (Label(node.field_spans[field], f"the `{field}`") for field in fields[1:])
    instead = {field: _instead(node, given, field, library) for field in fields}
    part = misfit.part
    ways = [] if part is None or part is refused else [f"make `{refused.name}` without `{part.name}`"]
    ways += [f"as `{field}` take {' or '.join(f'`{name}`' for name in names)}" for field, names in instead.items() if names]
    findings.error(
        "M0521",
        f"`{asking.name}` and `{refused.name}` do not go together",
        node.field_spans[misfit.refused],
        f"the `{misfit.refused}` of `{node.definition.name}`",
        others=tuple(others),
        notes=(misfit.reason,),
        help=", or ".join(ways) or None,
        fix=_fix(node, given, instead, elaboration),
    )


def _instead(node: graph.Node, given: _Given, field: str, library: Library) -> list[str]:
    """Names of the definitions whose objects would go together with everything else."""
    wanted, present = node.definition.fields[field].type, given.definitions[field]
    if not isinstance(wanted, types.KindType):
        return []
    found = []
    for name in sorted(library.names(wanted.kind)):
        definition = library.find(wanted.kind, name) if name.isidentifier() else None
        if definition in (None, present) or definition.deprecated or (definition.form is None and wanted.forms):
            continue
        changed = given.with_(field, definition)
        if _among(changed.forms[field], wanted.forms or changed.forms[field]) and not _refused(changed, field):
            found.append(name)
    return found


def _refused(given: _Given, field: str) -> bool:
    """Whether something is wrong that has to do with a field; what the present object there is made of does not count."""
    for asking, definition in given.definitions.items():
        concerned = field == asking or any(field in one for one in definition.beside)
        if concerned and not given.goes(definition):
            return True
    excluded = given.definitions[field].excludes
    parts = (part for other in given.definitions if other != field for part in given.made_of(other))
    return bool(excluded) and any(part.form in excluded for part in parts)


def _fix(node: graph.Node, given: _Given, instead: Mapping[str, list[str]], elaboration: Elaboration) -> Fix | None:
    """The first alternative that can be written without fields, after which nothing is wrong."""
    objects = KnownObjects(elaboration, DiagnosticsSink())
    for field, names in instead.items():
        kind = given.definitions[field].kind
        for name in names if kind.early and _written(node, field) else ():
            definition = elaboration.library.find(kind.name, name)
            if definition is None or definition.required or any(given.with_(field, definition).misfits()):
                continue
            if objects.agree(node, field, definition):
                return Fix(node.field_spans[field], f"{name} {{}}")
    return None


def _written(node: graph.Node, field: str) -> bool:
    """Whether a field's object is made where it is given, so that its text can be replaced by that of another one."""
    value, span = node.fields[field], node.field_spans[field]
    assert isinstance(value, graph.Reference)
    return value.node.startswith("_") and value.span.source is node.span.source and span.text == value.span.text
