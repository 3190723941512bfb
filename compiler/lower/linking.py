"""From a plan to a program: classes are loaded, what is built once is built, inputs are told from constants."""

from __future__ import annotations

from collections.abc import Mapping

import jax

from metac.compiler.interfaces.drawing import Prepared
from metac.compiler.interfaces.generator import Theta
from metac.compiler.library.class_loading import load_target
from metac.compiler.lower.concrete_objects import ConcreteObjects
from metac.compiler.lower.implementation import ErrorLocator, Implementation, NeedsConcrete
from metac.compiler.lower.inputs import Inputs, Split, hosted_nodes, make_inputs
from metac.compiler.lower.linked_plan import LinkedPlan
from metac.compiler.lower.program import Program
from metac.compiler.lower.varied import require_free
from metac.compiler.plan import Plan, reached, unused
from metac.dsl.diagnostics.diagnostic import DiagnosticError


def link(plan: Plan) -> Program:
    """Load the classes that a plan's definitions name, build what is built once, and split inputs from constants.

    Switches JAX to double precision. Raises DiagnosticError: M0570 to M0573 where a class does not do its part, M0574 where
    something that is built depends on free parameters, M0518 where it depends on a parameter that varies, M0550 to M0556
    where a law is none with the values given, and what classes say about their fields.
    """
    jax.config.update("jax_enable_x64", True)
    nodes = plan.design.nodes
    implementations = {name: Implementation.of(node) for name, node in nodes.items()}
    files = {each.file: each.node for each in implementations.values() if each.file is not None}
    errors = ErrorLocator(files, nodes)
    host = ConcreteObjects(plan, implementations, errors)
    _check_laws(plan, host)
    hosted = hosted_nodes(plan, implementations)
    require_free(plan, implementations, Split(hosted, frozenset()))
    for name in nodes:
        if name in hosted:
            host.object(name)
    _prepare(plan, host, errors)
    fixed: frozenset[str] = frozenset()
    while True:
        split = Split(hosted, fixed)
        linked = LinkedPlan(plan, implementations, errors, host, split)
        program = Program(linked, make_inputs(plan, implementations, split))
        require_free(plan, implementations, split)
        refusing = _refusing(program)
        if refusing is None:
            return program
        more = _to_fix(plan, refusing.name, hosted) - fixed
        if not more:
            with errors.at(nodes[refusing.name]):
                raise refusing.problem
        fixed |= more


def _to_fix(plan: Plan, refusing: str, hosted: frozenset[str]) -> set[str]:
    """A node whose class asks for concrete values, and what it is made of that is traced only where something varies.

    Of a load that asks its control for numbers, the control's own fields are what must be known.
    """
    nodes = plan.design.nodes
    parts = {name for name in reached(plan.design, {refusing}) if nodes[name].definition.kind.traced}
    return {refusing} | (parts - hosted)


def _prepare(plan: Plan, host: ConcreteObjects, errors: ErrorLocator) -> None:
    """Make what is made for its own sake: ends of a design that nothing uses and that have something to prepare."""
    for name in sorted(unused(plan.design)):
        node = plan.design.nodes[name]
        if node.definition.kind.final and isinstance(made := host.object(name), Prepared):
            with errors.at(node):
                made.prepare()


def _check_laws(plan: Plan, host: ConcreteObjects) -> None:
    found = []
    for name, node in plan.design.nodes.items():
        if node.definition.kind.judge is not None:
            if node.definition.python is not None and name not in plan.traced:
                host.object(name)  # a class that is made with traced values cannot judge them
            judge = load_target(node.definition, node.definition.kind.judge)
            found.extend(judge(node, host.fields(node), linking=True))
    if found:
        raise DiagnosticError(tuple(found))


def _refusing(program: Program) -> NeedsConcrete | None:
    """The first node whose class cannot be made with traced values, or None; nothing is computed."""

    def probe(theta: Mapping[str, Theta], inputs: Inputs) -> None:
        program.objects(theta, inputs)

    try:
        theta = jax.eval_shape(program.init, jax.random.key(0))
        jax.eval_shape(probe, theta, program.inputs)
    except NeedsConcrete as problem:
        return problem
    return None
