"""The first stage of an assembly: a field of stiffness that meets the goals and that cells can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.generator import Bounded
from metac.runtime.multiscale.macro import entries_of
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.stdlib.studies.evaluations import first_failure
from metac.stdlib.studies.property_constraint import minimised_with_one_constraint

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import MacroGenerator
    from metac.compiler.interfaces.program import StudyProgram

WIDTH = 0.03
"""The distance outside of the data, over the solid's stiffness, whose penalty of weight 1 is 1."""
Told = Callable[[NDArray[np.float64], float, Mapping[str, Any]], None]


class PropertyStage:
    """`others`: parameters of generators that do not vary, by name; `margin` and `using` as in `assemble.meta`."""

    WEIGHTS: ClassVar[tuple[float, ...]] = (1.0, 10.0, 100.0)
    """Of the penalty, one after the other."""

    def __init__(
        self,
        program: StudyProgram,
        vary: MacroGenerator,
        name: str,
        others: Mapping[str, Any],
        inputs: Mapping[str, Any],
        margin: float,
        using: str,
    ) -> None:
        self._program, self._vary, self._name, self._using = program, vary, name, using
        self._others, self._inputs, self._margin = dict(others), inputs, margin

    def entries(self, variables: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[row, column, 4]`, MPa."""
        return np.asarray(self._vary.at(self._vary.wanting(jnp.asarray(variables))).entries)

    def slopes(self, there: Mapping[str, Any]) -> NDArray[np.float64]:
        """`[miss, row, column, variable]`: of the misses of homogenised elements, by what is varied of each."""
        variables = jnp.asarray(there["variables"])
        found = np.asarray(self._slopes(variables, {**there, "variables": None}))
        return found.reshape(*found.shape[:3], -1)

    def minimised(
        self, variables: NDArray[np.float64], shift: NDArray[np.float64] | None, steps: int, told: Told
    ) -> NDArray[np.float64]:
        """L-BFGS for each weight of the penalty, or MMA with one constraint.

        Goals aim beside their targets by `shift[number]`, in residuals. Raises StepFailed where the start cannot be
        simulated, InfeasibleProperties where MMA does not meet its constraint.
        """
        shift = np.zeros(self._count) if shift is None else shift
        if self._using == "mma":
            known = self._vary.stock.stiffness
            return minimised_with_one_constraint(
                variables, shift, steps, known, (self._aimed, self._inside), first_failure, told
            )
        return self._with_penalty(variables, shift, steps, told)

    def _with_penalty(
        self, variables: NDArray[np.float64], shift: NDArray[np.float64], steps: int, told: Told
    ) -> NDArray[np.float64]:
        shape = variables.shape
        limits = self._vary.bounds if isinstance(self._vary, Bounded) else None
        bounds = None if limits is None else [limits] * variables.size
        for weight in self.WEIGHTS:
            if not steps:
                break
            last = [0.0]

            def objective(flat: NDArray[np.float64], weight: float = weight, last: list[float] = last) -> Any:
                (value, evaluation), slope = self._with_gradient(flat.reshape(shape), shift, weight)
                failure = first_failure(evaluation)
                if failure is not None:
                    raise StepFailed(0, failure) from failure
                last[0] = float(value)
                return float(value), np.asarray(slope).ravel()

            def step(flat: NDArray[np.float64], weight: float = weight, last: list[float] = last) -> None:
                told(flat.reshape(shape), last[0], {"penalty": weight})

            options = {"maxiter": steps, "maxcor": 20}
            found = scipy.optimize.minimize(
                objective, variables.ravel(), jac=True, method="L-BFGS-B", bounds=bounds, callback=step, options=options
            )
            variables = found.x.reshape(shape)
        return variables

    def _misses(self, variables: Array) -> Array:
        return misses(self._program.evaluate({**self._others, self._name: self._vary.wanting(variables)}, self._inputs))

    @cached_property
    def _slopes(self) -> Callable[..., Any]:
        def of(variables: Array, rest: Mapping[str, Any]) -> Array:
            theta = {**self._others, self._name: {**rest, "variables": variables}}
            return misses(self._program.evaluate(theta, self._inputs))

        return jax.jit(jax.jacrev(of))

    @cached_property
    def _count(self) -> int:
        """Of residuals."""
        variables = self._program.init(jax.random.key(0))[self._name]["variables"]
        return jax.eval_shape(self._misses, variables).shape[0]

    def _aimed(self, variables: Array, shift: Any) -> tuple[Array, Any]:
        """What is minimised, and the evaluation."""
        evaluation = self._program.evaluate({**self._others, self._name: self._vary.wanting(variables)}, self._inputs)
        rest = sum((goal.contribution for goal in evaluation.goals.values() if goal.residuals is None), jnp.zeros(()))
        return jnp.sum((misses(evaluation) + shift) ** 2) + rest, evaluation

    def _inside(self, variables: Array) -> Array:
        """How far elements lie inside of the data, beyond the margin."""
        stock = self._vary.stock
        return stock.region.signed_distance(entries_of(variables) / stock.scale) - self._margin

    @cached_property
    def _with_gradient(self) -> Callable[..., Any]:
        def loss(variables: Array, shift: Any, weight: float) -> tuple[Array, Any]:
            aimed, evaluation = self._aimed(variables, shift)
            outside = self._vary.outside(variables, self._margin) / WIDTH
            return aimed + weight * jnp.mean(outside**2), evaluation

        return jax.jit(jax.value_and_grad(loss, has_aux=True))


def misses(evaluation: Any) -> Array:
    """`[number]`: residuals of all goals that have a target, one goal after the other, by their names.

    Not in the order of the spec, as JAX sorts the keys of what a compiled function gives back.
    """
    parts = [goal.residuals for _, goal in sorted(evaluation.goals.items()) if goal.residuals is not None]
    return jnp.concatenate(parts) if parts else jnp.zeros(0)


def relative_error(evaluation: Any) -> tuple[float, float]:
    """√(Σ(u − t)² / Σt²) over all goals with a target, and the same with the mean of each goal taken out of both.

    The first is small where lines move as a whole by what is wanted, whatever their shape; the second judges shapes alone.
    """
    squares: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for goal in evaluation.goals.values():
        if goal.residuals is not None:
            wanted = np.ravel(np.asarray(goal.target, float))
            error = np.ravel(np.asarray(goal.value, float)) - wanted
            squares.append((_squares(error), _squares(wanted)))
    if not squares:
        return float("nan"), float("nan")
    errors, targets = np.sum(squares, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole, shape = np.sqrt(errors / targets)
    return float(whole), float(shape)


def _squares(values: NDArray[np.float64]) -> tuple[float, float]:
    """The sum of squares, and that of the differences from the mean."""
    return float(np.sum(values**2)), float(np.sum((values - values.mean()) ** 2))
