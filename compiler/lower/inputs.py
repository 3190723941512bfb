"""What a program takes as inputs, and what is fixed in it.

An input is a real number, or a list or tensor of them, that only enters traced expressions. Fixed are values that a class's
`build` takes, those of objects that are made once on the host, whole numbers, texts and choices, and all parameters that
any of these depend on: changing one of them needs a new program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from metac.compiler import graph
from metac.compiler.diagnostics_sink import listing
from metac.compiler.graph_walk import Bindings, free_names, parts
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.lower.implementation import Implementation
from metac.compiler.object_maker import as_type
from metac.compiler.operators.table import OPERATORS
from metac.compiler.plan import Plan, pursued_references, reached, references
from metac.compiler.types import types
from metac.dsl.diagnostics.suggest import suggest

if TYPE_CHECKING:
    from jax import Array

Input: TypeAlias = "Array | np.ndarray | float | tuple[Input, ...]"
"""A number or an array, or a list of them."""
Inputs: TypeAlias = Mapping[str, Mapping[str, Input]]
"""By group (`parameters`, `fields`, `goals`) and name."""

GOAL_PARTS = ("target", "scale", "weight", "tolerance", "lower", "upper")


@dataclass(frozen=True)
class Split:
    """`hosted` nodes are made once with concrete values; of those in `fixed` only the fields are concrete."""

    hosted: frozenset[str]
    fixed: frozenset[str]


def hosted_nodes(plan: Plan, implementations: Mapping[str, Implementation]) -> frozenset[str]:
    """Nodes that are made once: those of early kinds, studies, what they refer to, and what is built from.

    Generators are never among them: they stand in every trace. Nor are those of a traced kind that what varies enters; the
    others are, so that their classes judge the values that they are given, and not tracers.
    """
    nodes = plan.design.nodes
    start: set[str] = set()
    for name, node in nodes.items():
        definition = node.definition
        if definition.made_once or (definition.kind.early and name not in plan.traced):
            start.add(name)
            continue
        for field in implementations[name].built_from:
            start |= free_names(node.fields[field]).references.keys()
    found: set[str] = set()
    waiting = sorted(start)
    while waiting:
        name = waiting.pop()
        if name in found or nodes[name].definition.kind.free:
            continue
        found.add(name)
        waiting.extend(references(nodes[name]))
    return frozenset(found)


def make_inputs(plan: Plan, implementations: Mapping[str, Implementation], split: Split) -> dict[str, dict[str, Input]]:
    """The inputs with the plan's values: `parameters` by name, `fields` by `node.field`, `goals` by `goal.part`."""
    fixed = fixed_parameters(plan, implementations, split) | plan.design.varied
    inputs: dict[str, dict[str, Input]] = {"parameters": {}, "fields": {}, "goals": {}}
    for name, kind in parameter_types(plan.design).items():
        # A whole number that only enters formulas is a number like any other: `stage gamma in [5, 10, 20]`.
        if name not in fixed and (is_continuous(kind) or kind == types.INTEGER):
            inputs["parameters"][name] = as_input(as_type(plan.parameters[name], kind, np))
    for name, node in plan.design.nodes.items():
        if name in split.hosted or name in split.fixed:
            continue
        for field, expression in node.fields.items():
            kind = node.definition.fields[field].type
            if field in implementations[name].built_from or not is_continuous(kind) or not _is_known(expression):
                continue
            value = as_type(evaluate_expression(expression, Bindings()), kind, np)
            if value is not None:
                inputs["fields"][f"{name}.{field}"] = as_input(value)
    for key, expression in _goal_parts(plan.design):
        if expression is not None and not isinstance(expression, graph.Function) and _is_known(expression):
            inputs["goals"][key] = np.asarray(evaluate_expression(expression, Bindings()), float)
    return inputs


def with_given(inputs: Inputs, given: Inputs) -> dict[str, dict[str, Input]]:
    """The inputs with others in their places. Raises ValueError for what is not among them: it would change nothing."""
    for group, values in given.items():
        if group not in inputs:
            raise ValueError(f"the program has no inputs `{group}`; it has {listing(inputs)}, each a mapping by name")
        for name in values:
            if name not in inputs[group]:
                meant = suggest(name, inputs[group])
                others = f"did you mean `{meant}`?" if meant else f"there are {listing(inputs[group]) or 'none'}"
                raise ValueError(f"the program has no input `{name}` among its {group} (fixed, or not there): {others}")
    return {group: {**values, **given.get(group, {})} for group, values in inputs.items()}


def parameter_types(design: graph.DesignGraph) -> dict[str, types.Type]:
    """Types of parameters, stages and sweeps by name."""
    declared = {name: declaration.type for name, declaration in design.parameters.items()}
    return {**{each.name: each.type for each in (*design.stages, *design.sweeps) if not each.of_objects}, **declared}


def fixed_parameters(plan: Plan, implementations: Mapping[str, Implementation], split: Split) -> set[str]:
    """Parameters that a program has fixed: they enter what is concrete, or count something."""
    found = _counting_parameters(plan.design)
    for node, field in concrete_fields(plan, implementations, split):
        found |= free_names(node.fields[field]).parameters.keys()
    return found


def concrete_fields(
    plan: Plan, implementations: Mapping[str, Implementation], split: Split
) -> Iterator[tuple[graph.Node, str]]:
    """The fields whose values a program has fixed, each with its node."""
    for name, node in plan.design.nodes.items():
        for field in node.fields:
            if (
                name in split.hosted
                or name in split.fixed
                or field in implementations[name].built_from
                or not _is_traceable(node.definition.fields[field].type)
            ):
                yield node, field


def _counting_parameters(design: graph.DesignGraph) -> set[str]:
    """Parameters that pick a component or size an identity matrix: whole numbers that must be known."""
    found: set[str] = set()
    expressions = [value for node in design.nodes.values() for value in node.fields.values()]
    for each in (*design.goals, *design.requirements, *design.reports):
        expressions += [part for part in vars(each).values() if isinstance(part, graph.Expression)]
    for part in parts(*expressions):
        if isinstance(part, graph.Apply) and part.operator in OPERATORS:
            counts_from = OPERATORS[part.operator].counts_from
            for argument in () if counts_from is None else part.arguments[counts_from:]:
                found.update(free_names(argument).parameters)
    return found


def _is_traceable(kind: types.Type) -> bool:
    return is_continuous(kind) or isinstance(kind, types.FunctionType | types.KindType | types.CurveType | types.RangeType)


def _is_known(expression: graph.Expression) -> bool:
    free = free_names(expression)
    return not (free.parameters or free.references or free.variables)


def _goal_parts(design: graph.DesignGraph) -> Iterator[tuple[str, graph.Expression | None]]:
    for goal in (*design.goals, *design.requirements):
        for part in GOAL_PARTS:
            yield f"{goal.name}.{part}", getattr(goal, part, None)


def needed_nodes(design: graph.DesignGraph) -> frozenset[str]:
    """The nodes that the loss depends on."""
    return frozenset(reached(design, pursued_references(design)))


def is_continuous(kind: types.Type) -> bool:
    """Whether values of a type are real numbers, or lists and tensors of them: what a program can take as inputs."""
    match kind:
        case types.NumberType():
            return not kind.integer
        case types.ListType(item=item):
            return is_continuous(item)
        case types.TensorType() | types.GridType():
            return True
    return False


def as_input(value: Input) -> Input:
    """A concrete value as an input: arrays for numbers, tuples for lists."""
    if isinstance(value, tuple):
        return tuple(as_input(each) for each in value)
    return np.asarray(value, float)
