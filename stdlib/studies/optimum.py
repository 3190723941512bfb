"""What an optimisation found: the best design of all its starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metac.runtime.optimise.multi_start import MultiStart
from metac.runtime.optimise.optimisation_state import Frozen, OptimisationState
from metac.runtime.optimise.outcome import FrozenMovement, Outcome
from metac.stdlib.studies.remeshing import MeshedProgram, ProgramRemesher


def outcome_of(
    state: OptimisationState, driver: MultiStart, first: MeshedProgram, remesher: ProgramRemesher | None, *, last_stage: int
) -> Outcome:
    """The best design of all starts, with the program of its own mesh."""
    # Where the last stage could not start, the result is what it should have started from.
    best = state.best or state.seed
    assert best is not None
    # The program is compiled already: asking it once more is cheaper than compiling the evaluation by itself.
    report = driver.objective(last_stage, best.frozen)(best.theta).report
    meshed = first if remesher is None else remesher.program(best.frozen)
    return Outcome(
        theta={**meshed.fixed, **best.theta},
        loss=None if state.best is None else best.loss,
        steps=state.steps,
        reason=state.reason,
        failures=state.failed,
        failure=state.failure,
        report=report,
        program=meshed.program,
        frozen=tuple(_movements(first.fixed, best.frozen)),
    )


def _movements(fixed: Mapping[str, Any], frozen: Frozen) -> Iterator[FrozenMovement]:
    """As a result holds them: with the first come the parameters that did not vary."""
    for number, each in enumerate(frozen):
        (generator,) = each.theta  # Bodies are remeshed where one generator varies.
        yield FrozenMovement(generator, each.theta if number else {**fixed, **each.theta}, each.stage)
