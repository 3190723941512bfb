"""Programs: pure functions of the free parameters, ready for `jit`, `grad` and `vmap`."""

from __future__ import annotations

import html
import zlib
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import jax
import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from metac.compiler.interfaces.generator import Generator, Theta
from metac.compiler.interfaces.load import Load, WarmStartable
from metac.compiler.interfaces.quick_compilation import quickly_compiled
from metac.compiler.interfaces.status import LoadStatus
from metac.compiler.interfaces.study import NumericGoal, Study
from metac.compiler.lower.evaluation import Evaluation
from metac.compiler.lower.given_values import require_parameters, start_of, status_of
from metac.compiler.lower.goals import goal_value, requirement_value, total
from metac.compiler.lower.inputs import Input, Inputs, with_given
from metac.compiler.lower.linked_plan import LinkedPlan
from metac.compiler.lower.numeric_goals import numeric_goals
from metac.compiler.lower.remeshing import chains_of, remeshed
from metac.compiler.lower.reports import ReportValue, report_value
from metac.compiler.lower.traced_objects import TracedObjects
from metac.compiler.object_maker import Made
from metac.compiler.plan import Plan, direct_references, goal_references, reached

Read = TypeVar("Read")
Reader = Callable[[Mapping[str, Made]], Read]


@dataclass(frozen=True, eq=False)
class Program:
    """Pure functions made from a plan; knows nothing of files, terminals or optimisers.

    Methods take `inputs` of the same structure as `self.inputs`, of which some may be left out; None stands for these.
    They raise ValueError for an input that the program does not have.
    """

    linked: LinkedPlan = field(repr=False)
    inputs: dict[str, dict[str, Input]] = field(repr=False)
    """Values that may change without compiling again, as arrays in internal units: `parameters` by name, `fields` by
    `node.field`, `goals` by `goal.part` (target, scale, weight, tolerance, lower, upper). What is not here is fixed."""

    def _repr_html_(self) -> str:
        """For notebooks: what is free, what may change without compiling again."""
        shapes = jax.tree.map(lambda leaf: list(leaf.shape), jax.eval_shape(self._init, jax.random.key(0)))
        lines = [f"{name}: {shape}" for name, shape in shapes.items()]
        given = [f"{group}: {', '.join(values)}" for group, values in self.inputs.items() if values]
        text = "\n".join(["free parameters, shapes", *(f"  {each}" for each in lines), "inputs", *(f"  {e}" for e in given)])
        return f"<pre>{html.escape(text)}</pre>"

    @property
    def plan(self) -> Plan:
        """What the program was made from."""
        return self.linked.plan

    @property
    def generators(self) -> dict[str, Generator]:
        """The generators, not bound to free parameters, by name."""
        free = [name for name, node in self.plan.design.nodes.items() if node.definition.kind.free]
        return {name: cast(Generator, self.linked.host.object(name)) for name in free}

    @property
    def studies(self) -> dict[str, Study]:
        """The studies by name, in the order in which they run."""
        return {name: cast(Study, self.linked.host.object(name)) for name in self.plan.design.studies}

    def name_of(self, generator: Generator) -> str:
        """The name of a generator that a study was given. Raises ValueError for any other object."""
        for name, known in self.generators.items():
            if known is generator:
                return name
        raise ValueError(f"{generator!r} is no generator of this program")

    def init(self, key: Array) -> dict[str, Theta]:
        """Random free parameters: one pytree a generator, by name; each depends on `key` and its generator's name only."""
        init = self._init_within if isinstance(key, Tracer) else self._init_alone
        return init(key)

    @cached_property
    def _init_alone(self) -> Callable[[Array], dict[str, Theta]]:
        return quickly_compiled(self._init)

    @cached_property
    def _init_within(self) -> Callable[[Array], dict[str, Theta]]:
        """For functions that are traced."""
        return jax.jit(self._init)

    def _init(self, key: Array) -> dict[str, Theta]:
        nodes, theta = self.plan.design.nodes, {}
        for name, generator in self.generators.items():
            with self.linked.errors.at(nodes[name]):
                theta[name] = generator.init(jax.random.fold_in(key, zlib.crc32(name.encode())))
            require_parameters(nodes[name], theta[name])
        return theta

    def loss(self, theta: Mapping[str, Theta], inputs: Inputs | None = None) -> Array:
        """The sum of all goals' and requirements' contributions, a scalar without unit."""
        return self.loss_and_evaluation(theta, inputs)[0]

    def evaluate(
        self, theta: Mapping[str, Theta], inputs: Inputs | None = None, replace: Mapping[str, Made] | None = None
    ) -> Evaluation:
        """Goals, requirements and the status of every load that they need; not what is only verified.

        `replace` gives objects by name that stand in for those of the design, a body with a finer mesh for example.
        """
        return self.loss_and_evaluation(theta, inputs, replace)[1]

    def loss_and_evaluation(
        self,
        theta: Mapping[str, Theta],
        inputs: Inputs | None = None,
        replace: Mapping[str, Made] | None = None,
        starts: Mapping[str, object] | None = None,
    ) -> tuple[Array, Evaluation]:
        """Both at once, for `jax.value_and_grad(…, has_aux=True)`.

        `starts` is `self.rest`, or the `starts` of the evaluation of neighbouring parameters: the result is the same within
        the loads' tolerances, and sooner there. The evaluation then has `starts` of its own.
        """
        return self._evaluated(self._trace(theta, inputs, replace, starts), starts)

    def evaluate_and_read(
        self, theta: Mapping[str, Theta], inputs: Inputs | None, replace: Mapping[str, Made] | None, read: Reader[Read]
    ) -> tuple[Evaluation, Read]:
        """What a design is judged by at the end, and what `read` takes of the same objects, by name.

        The evaluation also has what is only verified, which `evaluate` leaves out. Loads are simulated once for both.
        """
        trace = self._trace(theta, inputs, replace)
        _, evaluation = self._evaluated(trace, None, verified=True)
        return evaluation, read({name: trace.object(name) for name in self.plan.design.nodes})

    def _evaluated(
        self, trace: TracedObjects, starts: Mapping[str, object] | None, verified: bool = False
    ) -> tuple[Array, Evaluation]:
        design = self.plan.design
        # Loads first: what is wrong with a response is said of the load, not of the measure that reads it.
        status = self._status(trace, reached(design, goal_references(design)) if verified else self.linked.needed)
        goals = {
            goal.name: goal_value(goal, lambda part, key, goal=goal: trace.part(f"{goal.name}.{key}", part))
            for goal in design.goals
        }
        requirements = {
            each.name: requirement_value(each, lambda part, key, each=each: trace.part(f"{each.name}.{key}", part))
            for each in design.requirements
            if verified or each.pursued
        }
        following = {name: start_of(design.nodes[name], cast(Load, trace.object(name))) for name in starts or {}}
        loss = total(goals, {each.name: requirements[each.name] for each in design.requirements if each.pursued})
        return loss, Evaluation(loss, goals, requirements, status, following)

    def _status(self, trace: TracedObjects, needed: AbstractSet[str]) -> dict[str, LoadStatus]:
        """How the paths of those loads went, by name, that are among the nodes `needed`."""
        found = {}
        for name, node in self.plan.design.nodes.items():
            if node.definition.kind.responds and name in needed:
                with trace.blaming(node):
                    found[name] = status_of(node, cast(Load, trace.object(name)))
        return found

    def reports(
        self,
        theta: Mapping[str, Theta],
        inputs: Inputs | None = None,
        replace: Mapping[str, Made] | None = None,
        names: Collection[str] | None = None,
    ) -> dict[str, ReportValue]:
        """What the design reports, by name; only what is among `names`, where these are given."""
        trace, found = self._trace(theta, inputs, replace), {}
        for each in self.plan.design.reports:
            if names is None or each.name in names:
                needed = reached(self.plan.design, direct_references(each))
                status = self._status(trace, needed)
                found[each.name] = report_value(each, lambda part, key=f"{each.name}.report": trace.part(key, part), status)
        return found

    @cached_property
    def rest(self) -> dict[str, object]:
        """Where nothing is known to start from: by the name of the load, of those that can start elsewhere than from rest.

        Not those of which a measure wants to know what only a path from rest shows.
        """
        nodes, implementations = self.plan.design.nodes, self.linked.implementations
        bound = {name for name in self.linked.needed if implementations[name].from_rest}
        loads = self.linked.needed - reached(self.plan.design, bound)

        def starts(theta: Mapping[str, Theta]) -> dict[str, object]:
            trace = self._trace(theta, None, None)
            made = {name: trace.object(name) for name in loads if nodes[name].definition.kind.responds}
            found = {name: load.rest for name, load in made.items() if isinstance(load, WarmStartable)}
            return {name: start for name, start in found.items() if start is not None}

        shapes = jax.eval_shape(starts, jax.eval_shape(self.init, jax.random.key(0)))
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)

    def objects(
        self, theta: Mapping[str, Theta], inputs: Inputs | None = None, replace: Mapping[str, Made] | None = None
    ) -> dict[str, Any]:
        """Every object of the design by name, for given free parameters; studies and generators as they are.

        Who asks knows which classes the design names.
        """
        trace = self._trace(theta, inputs, replace)
        return {name: trace.object(name) for name in self.plan.design.nodes}

    def numeric_goals(self, inputs: Inputs | None = None) -> dict[str, NumericGoal]:
        """The goals by name, for given inputs; concrete.

        Without those of curves and tensors, and those with parts that depend on free parameters.
        """
        return numeric_goals(self.linked, self._trace({}, inputs, None))

    def remeshing_obstacle(self, generator: str) -> str | None:
        """Why bodies cannot be remeshed where a generator has moved them; None where they can."""
        linked = self.linked
        return chains_of(linked.plan.design, linked.implementations, generator).obstacle

    def remeshed(
        self, theta: Mapping[str, Theta], generator: str, inputs: Inputs | None = None
    ) -> tuple[Program, dict[str, Theta]]:
        """The program with bodies remeshed where `generator` has moved them, and the parameters that go with it.

        They make the same geometry there as `theta` makes here, by moving nothing. See `compiler/lower/remeshing.py`.
        """
        linked, resting = remeshed(self.linked, self.objects(theta, inputs), theta, generator)
        return Program(linked, self.inputs), resting

    def jaxpr(self) -> str:
        """The loss as JAX sees it."""
        theta = jax.eval_shape(self.init, jax.random.key(0))
        return str(jax.make_jaxpr(self.loss)(theta, self.inputs))

    def hlo(self) -> str:
        """The loss as XLA gets it, before its optimisations."""
        theta = jax.eval_shape(self.init, jax.random.key(0))
        module = jax.jit(self.loss).lower(theta, self.inputs).compiler_ir("stablehlo")
        assert module is not None
        # Nobody can read the coordinates of a mesh in hexadecimal digits.
        return module.operation.get_asm(large_elements_limit=16)

    def _trace(
        self,
        theta: Mapping[str, Theta],
        inputs: Inputs | None,
        replace: Mapping[str, Made] | None,
        starts: Mapping[str, object] | None = None,
    ) -> TracedObjects:
        return TracedObjects(self.linked, theta, with_given(self.inputs, inputs or {}), replace or {}, starts or {})
