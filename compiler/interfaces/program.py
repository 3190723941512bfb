"""Programs: the pure functions that studies work with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from metac.compiler.interfaces.generator import Generator, Theta
from metac.compiler.interfaces.study import NumericGoal

if TYPE_CHECKING:
    from jax import Array


class StudyProgram(Protocol):
    """Pure functions made from a plan, ready for `jit`, `grad` and `vmap`; knows nothing of files, terminals, optimisers."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Values that do not change shapes, in internal units; see `loss`."""
        ...

    @property
    def generators(self) -> Mapping[str, Generator]:
        """The generators, not bound to free parameters, by name."""
        ...

    def name_of(self, generator: Generator) -> str:
        """The name of a generator that a study was given."""
        ...

    def init(self, key: Array) -> Theta:
        """Free parameters: one pytree per generator, by name."""
        ...

    def loss(self, theta: Theta, inputs: Mapping[str, Any] | None = None) -> Array:
        """The weighted sum of the goals, without unit."""
        ...

    def evaluate(
        self, theta: Theta, inputs: Mapping[str, Any] | None = None, replace: Mapping[str, Any] | None = None
    ) -> Any:
        """Loss, goal values, requirement values and the status of every load, as one pytree.

        `replace` gives objects by name that stand in for those of the design.
        """
        ...

    def loss_and_evaluation(
        self,
        theta: Theta,
        inputs: Mapping[str, Any] | None = None,
        replace: Mapping[str, Any] | None = None,
        starts: Mapping[str, Any] | None = None,
    ) -> tuple[Array, Any]:
        """Both at once, for `jax.value_and_grad(…, has_aux=True)`.

        `starts` is `rest`, or the `starts` of the evaluation of neighbouring parameters.
        """
        ...

    @property
    def rest(self) -> Mapping[str, Any]:
        """By the name of the load: a start of which nothing is known."""
        ...

    def numeric_goals(self, inputs: Mapping[str, Any] | None = None) -> Mapping[str, NumericGoal]:
        """The goals by name, for given inputs; concrete. Those of curves and tensors, and with targets that depend on free
        parameters, are not among them."""
        ...

    def objects(self, theta: Theta, inputs: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Every object of the design by name, for given free parameters; traceable."""
        ...

    def remeshing_obstacle(self, generator: str) -> str | None:
        """Why bodies cannot be remeshed where a generator has moved them; None where they can."""
        ...

    def remeshed(self, theta: Theta, generator: str, inputs: Mapping[str, Any] | None = None) -> tuple[StudyProgram, Theta]:
        """The program with bodies remeshed where `generator` has moved them, and the parameters that go with it."""
        ...
