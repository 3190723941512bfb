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
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.stdlib.studies.evaluations import first_failure

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import MacroGenerator
    from metac.compiler.interfaces.program import StudyProgram

WIDTH = 0.03
"""The distance outside of the data, over the solid's stiffness, whose penalty of weight 1 is 1."""
Told = Callable[[NDArray[np.float64], float, Mapping[str, Any]], None]


class PropertyStage:
    """`others`: parameters of generators that do not vary, by name; `margin` as in `assemble.meta`."""

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
    ) -> None:
        self._program, self._vary, self._name = program, vary, name
        self._others, self._inputs, self._margin = dict(others), inputs, margin

    def entries(self, variables: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[row, column, 4]`, MPa."""
        return np.asarray(self._vary.at(self._vary.wanting(jnp.asarray(variables))).entries)

    def minimised(
        self, variables: NDArray[np.float64], shift: NDArray[np.float64] | None, steps: int, told: Told
    ) -> NDArray[np.float64]:
        """L-BFGS for each weight of the penalty; goals aim beside their targets by `shift[number]`, in residuals.

        Raises StepFailed where the start cannot be simulated.
        """
        shape = variables.shape
        shift = np.zeros(self._count) if shift is None else shift
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

    @cached_property
    def _count(self) -> int:
        """Of residuals."""

        def residuals(variables: Array) -> Array:
            return misses(self._program.evaluate({**self._others, self._name: self._vary.wanting(variables)}, self._inputs))

        variables = self._program.init(jax.random.key(0))[self._name]["variables"]
        return jax.eval_shape(residuals, variables).shape[0]

    @cached_property
    def _with_gradient(self) -> Callable[..., Any]:
        def loss(variables: Array, shift: Any, weight: float) -> tuple[Array, Any]:
            theta = {**self._others, self._name: self._vary.wanting(variables)}
            evaluation = self._program.evaluate(theta, self._inputs)
            aimed = jnp.sum((misses(evaluation) + shift) ** 2)
            rest = sum((goal.contribution for goal in evaluation.goals.values() if goal.residuals is None), jnp.zeros(()))
            outside = self._vary.outside(variables, self._margin) / WIDTH
            return aimed + rest + weight * jnp.mean(outside**2), evaluation

        return jax.jit(jax.value_and_grad(loss, has_aux=True))


def misses(evaluation: Any) -> Array:
    """`[number]`: residuals of all goals that have a target, one goal after the other."""
    parts = [goal.residuals for goal in evaluation.goals.values() if goal.residuals is not None]
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
