"""A study that follows the gradient of the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Bounded, Composable, Fixable, Generator, Prunable, Steered
from metac.compiler.interfaces.optimiser import Constrained, Optimiser, SelectiveOptimiser
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.augmented_lagrangian import AugmentedLagrangian
from metac.runtime.optimise.methods.bound_transform import Bounds, with_bounds
from metac.runtime.optimise.methods.method import Method
from metac.runtime.optimise.multi_start import MultiStart
from metac.runtime.optimise.outcome import Outcome
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.objective import objective_of
from metac.stdlib.studies.optimum import outcome_of
from metac.stdlib.studies.remeshing import DEFAULT_BOUND, MeshedProgram, ProgramRemesher
from metac.stdlib.studies.starts import StartingResult, start_parameters
from metac.stdlib.studies.what_is_free import bonds_by_half

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Amendable, Continuable, Restartable, StartableFromResult, Study


@dataclass(frozen=True, kw_only=True)
class Optimize:
    """Gradient descent over generators' free parameters, with several starts, a stop rule and continuation over stages."""

    vary: Sequence[Generator]
    """The generators that vary, as the program knows them."""
    using: Optimiser[Method]
    steps: int
    stop: Callable[[Any, Any, Any], Any] | None
    restarts: int
    remesh: float | None
    agreement: float
    requirements: str
    start: str | None

    may_change: ClassVar[tuple[str, ...]] = ("steps", "restarts")
    """Fields that may change when a run is resumed: what was reached before holds as well with other values."""
    restarts_field: ClassVar[str] = "restarts"
    start_field: ClassVar[str] = "start"

    def __post_init__(self) -> None:
        """`FieldError` where optimiser and generators do not suit each other, or bodies cannot be remeshed (M0536)."""
        self._require_free()
        self._require_suited_optimiser()
        if self.remesh and not self._can_remesh:
            raise FieldError(
                "remesh",
                "bodies are remeshed for a single generator that varies, with parameters at which nothing moves",
                code="M0536",
                help="leave `remesh` out, or give the generator's class a method `at_rest(theta)`",
            )

    def _require_free(self) -> None:
        """`FieldError` on `vary`: M0537 where nothing is free, M0562 where what is free is which bonds are there."""
        if not self.vary:
            raise FieldError("vary", "nothing varies: name one generator at least", code="M0537")
        if any(isinstance(generator, Fixable) and generator.fixed for generator in self.vary):
            raise FieldError(
                "vary",
                "nothing of it is free as its fields stand",
                code="M0537",
                help="let its widths be a range, or give it a shift",
            )
        if any(isinstance(generator, Prunable) and generator.removable is not None for generator in self.vary):
            raise bonds_by_half()

    def _require_suited_optimiser(self) -> None:
        """`FieldError` M0537 on `using` where the optimiser cannot serve for these generators."""
        refusal = self.using.refusal(self.bounds) if isinstance(self.using, SelectiveOptimiser) else None
        if refusal is not None:
            several = "of what varies together some has no bounds, or other ones than the rest: "
            raise FieldError("using", (several if self._unlike else "") + refusal[0], code="M0537", help=refusal[1])
        if self._steered and self.using.method(self.bounds).searches:
            raise FieldError(
                "using",
                "this optimiser compares losses along a line, which needs their gradient; the generator shows it another",
                code="M0537",
                help="take `optimality_criteria`, `mma` or `adam`, or the generator without its sensitivity filter",
            )

    def run(
        self,
        program: StudyProgram,
        key: jax.Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
        first_restart: int = 0,
        handed: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Pursue the goals.

        Args:
            program: what to optimise.
            key: random key; restart `n` draws its parameters with `fold_in(key, n)`.
            recorder: takes a record of every step.
            stages: the program's inputs of each stage of a continuation; None is one stage with the program's own.
            resume: a checkpoint that the recorder was given, to resume from.
            first_restart: the number of the first start: starts that run in processes of their own count on from it.
            handed: the parameters of all generators that the study before left: the first start begins from them.

        Raises:
            StepFailed: if no start can be simulated.
            DoesNotFit: if `resume` is a checkpoint of something else.
            FieldError: M0536 on `remesh` where it is given and bodies cannot be remeshed; M0597 on `start` where its folder
                holds no result, or one of another design; M0537 on `vary` for free parameters without gradients.
        """
        names = {program.name_of(generator): generator for generator in self.vary}
        first = handed or program.init(jax.random.fold_in(key, 0))
        _require_real({name: first[name] for name in names})
        fixed = self._starting_result.fixed({other: theta for other, theta in first.items() if other not in names})
        method = self._method(program)
        make = self._objective_maker(names, method)
        objective = make(program)
        all_inputs = stages or (program.inputs,)
        first_meshed = MeshedProgram(program, fixed)
        remesher = self._remesher(first_meshed, next(iter(names)), all_inputs, recorder, make)
        driver = MultiStart(
            objectives=[objective.at(fixed, inputs) for inputs in all_inputs],
            start=lambda restart: start_parameters(names, program, key, first_restart + restart, handed),
            method=method,
            steps=int(self.steps),
            stop=self.stop,
            restarts=int(self.restarts),
            describe=describe,
            watch=recorder.step,
            remesher=remesher,
        )
        from_result = self.start is not None and resume is None and first_restart == 0
        first_state = self._starting_result.state(program, names, remeshes=remesher is not None) if from_result else None
        state = driver.run(resume, first_state)
        return outcome_of(state, driver, first_meshed, remesher, last_stage=len(all_inputs) - 1)

    def _objective_maker(self, names: Mapping[str, Generator], method: Method) -> Callable[[StudyProgram], Objective]:
        """What makes the objective of a program: of the first, and of each with bodies that were remeshed."""
        steered = tuple(name for name, generator in names.items() if generator in self._steered)
        return partial(objective_of, failure_of=first_failure, separate_constraints=method.constrained, steered=steered)

    @cached_property
    def _starting_result(self) -> StartingResult:
        return StartingResult(self.start)

    @property
    def bounds(self) -> Bounds | None:
        """Of all free parameters; None where some have none, or other ones than the rest."""
        return None if self._unlike else _bounds(self.vary[0])

    @property
    def _unlike(self) -> bool:
        return len({_bounds(generator) for generator in self.vary}) > 1

    @property
    def _steered(self) -> list[Generator]:
        return [each for each in self.vary if isinstance(each, Steered) and each.steer is not None]

    @property
    def _can_remesh(self) -> bool:
        """Whether what varies can continue from rest after its movements were frozen."""
        return len(self.vary) == 1 and isinstance(self.vary[0], Composable)

    def _method(self, program: StudyProgram) -> Method:
        """How steps are made, requirements included.

        Raises:
            FieldError: M0537 on `using` where it cannot serve for this number of requirements.
        """
        method = self.using.method(self.bounds)
        if self._unlike:
            method = with_bounds({program.name_of(each): _bounds(each) for each in self.vary}, method)
        if self.requirements == "penalty" and not method.constrained:
            return method
        theta = jax.eval_shape(program.init, jax.random.key(0))
        (count,) = jax.eval_shape(lambda theta: program.evaluate(theta).excess, theta).shape
        if method.constrained:
            refusal = self.using.refusal_of(count) if isinstance(self.using, Constrained) else None
            if refusal is not None:
                raise FieldError("using", refusal[0], code="M0537", help=refusal[1])
            return method
        return AugmentedLagrangian(method, count) if count else method

    def _remesher(
        self,
        first: MeshedProgram,
        name: str,
        stages: Sequence[Mapping[str, Any]],
        recorder: ProgressRecorder,
        make: Callable[[StudyProgram], Objective],
    ) -> ProgramRemesher | None:
        """How bodies are remeshed; None where they are not."""
        bound = DEFAULT_BOUND if self.remesh is None else float(self.remesh)
        if bound == 0 or not self._can_remesh:
            return None
        obstacle = first.program.remeshing_obstacle(name)
        if obstacle is None:
            return ProgramRemesher(first, name, stages, make, first_failure, bound, float(self.agreement), recorder.phase)
        if self.remesh is None:
            return None
        raise FieldError("remesh", f"bodies cannot be remeshed: {obstacle}", code="M0536", help="leave `remesh` out")


def _require_real(theta: Mapping[str, Any]) -> None:
    """`FieldError` M0537 on `vary` where free parameters are whole numbers or truth values, which have no gradient."""
    for name, tree in theta.items():
        for leaf in jax.tree.leaves(tree):
            if not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
                raise FieldError(
                    "vary",
                    f"the free parameters of `{name}` have the type {jnp.result_type(leaf)}, which has no gradient",
                    code="M0537",
                    help="let `init` of its class give floating-point numbers",
                )


def _bounds(generator: Generator) -> Bounds | None:
    return generator.bounds if isinstance(generator, Bounded) else None


if TYPE_CHECKING:
    Satisfies[Study](Optimize)
    Satisfies[Amendable](Optimize)
    Satisfies[Continuable](Optimize)
    Satisfies[Restartable](Optimize)
    Satisfies[StartableFromResult](Optimize)
