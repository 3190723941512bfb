"""Studies in order: each starts from what the one before left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.optimisation_state import FailedStart
from metac.runtime.optimise.outcome import FrozenMovement, Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.runs.checkpoints import Checkpoint
from metac.runtime.runs.history import STUDY
from metac.runtime.runs.recorder import Recorder
from metac.runtime.runs.theta_file import theta_arrays, theta_file

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph

_HANDED = "handed:"


@dataclass(frozen=True)
class EndedStudy:
    """What is said of a study that came to its end."""

    name: str
    steps: int
    reason: str
    loss: float | None
    failures: tuple[FailedStart, ...] = ()
    """Starts that could not continue."""
    estimates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, outcome: Outcome) -> EndedStudy:
        """From what it gave."""
        return cls(
            name, outcome.steps, outcome.reason, outcome.loss, outcome.failures, dict(outcome.estimates), dict(outcome.fit)
        )

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> EndedStudy:
        """From JSON, as `dataclasses.asdict` gives it."""
        return cls(**{**entry, "failures": tuple(FailedStart(**each) for each in entry["failures"])})


@dataclass(frozen=True)
class HandedOver:
    """What the studies so far have left for the next one."""

    program: Any
    """With bodies remeshed as they were."""
    theta: Mapping[str, Any] | None = None
    """Free parameters of all generators; None before the first study."""
    frozen: tuple[FrozenMovement, ...] = ()
    """Of all remeshings that led to the program."""
    report: Any = None
    """The evaluation of `theta`, where the study that found it ran in this session."""
    ended: tuple[EndedStudy, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    """Of the studies that ran in this session."""

    def after(self, name: str, outcome: Outcome, *, alone: bool) -> HandedOver:
        """With what one more study gave; `alone`: where it is the only one, its sketches keep their names."""
        sketches = outcome.sketches if alone else (replace(each, name=f"{name}-{each.name}") for each in outcome.sketches)
        return HandedOver(
            outcome.program,
            outcome.theta,
            (*self.frozen, *outcome.frozen),
            outcome.report,
            (*self.ended, EndedStudy.of(name, outcome)),
            (*self.sketches, *sketches),
        )

    def checkpoint(self, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
        """What a run of several studies resumes from: the state of the study `name`, and what it was handed."""
        arrays = {} if self.theta is None else theta_arrays(self.theta, self.frozen)
        return {
            "arrays": {**state["arrays"], **{f"{_HANDED}{key}": array for key, array in arrays.items()}},
            "numbers": {STUDY: name, "state": state["numbers"], "ended": [asdict(each) for each in self.ended]},
        }


def restored(
    checkpoint: Checkpoint, program: Any, stages: Sequence[Mapping[str, Any]], first: Mapping[str, Any]
) -> tuple[str, HandedOver, dict[str, Any]]:
    """From a checkpoint of a run of several studies: which one it stands in, what that was handed, its own state.

    Args:
        checkpoint: of the run.
        program: of the design.
        stages: the program's inputs of each stage.
        first: free parameters of all generators, of which structure and those that nothing has changed count.
    """
    numbers = checkpoint.numbers
    own, handed = _split(checkpoint.arrays)
    state = {"arrays": own, "numbers": numbers["state"]}
    if not handed:
        return numbers[STUDY], HandedOver(program), state
    file = theta_file(handed)
    movements, theta = file.movements(first), file.theta(first)
    ended = tuple(EndedStudy.read(each) for each in numbers["ended"])
    return numbers[STUDY], HandedOver(remade(program, theta, movements, stages), theta, movements, None, ended), state


def _split(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A study's own arrays, and those that it was handed, by their own names."""
    own = {key: array for key, array in arrays.items() if not key.startswith(_HANDED)}
    return own, {key.removeprefix(_HANDED): array for key, array in arrays.items() if key.startswith(_HANDED)}


def remade(
    program: Any, theta: Mapping[str, Any], frozen: Sequence[FrozenMovement], stages: Sequence[Mapping[str, Any]]
) -> Any:
    """The program after the remeshings of a run: the same movements give the same meshes.

    `theta` are parameters of all generators; those that never varied, and that no movement names, count.
    """
    for each in frozen:
        program, theta = program.remeshed({**theta, **each.theta}, each.generator, stages[each.stage])
    return program


@dataclass(frozen=True)
class StudyRecorder:
    """Records the steps of one of several studies: its name goes into history and checkpoints."""

    recorder: Recorder
    name: str
    handed: HandedOver

    def step(self, record: Mapping[str, Any], state: Callable[[], Mapping[str, Any]]) -> None:
        """As `Recorder.step`."""
        self.recorder.step({STUDY: self.name, **record}, lambda: self.handed.checkpoint(self.name, state()))

    def phase(self, text: str) -> None:
        """As `Recorder.phase`."""
        self.recorder.phase(text)


def require_order(graph: DesignGraph) -> None:
    """Raises DiagnosticError M0514 where a study behind another one cannot start from what that leaves, or starts elsewhere.

    `metac check` finds these, but for classes whose source or definition does not show them.
    """
    found = tuple(each for before, name in pairwise(graph.studies) for each in _misplaced(graph, before, name))
    if found:
        raise DiagnosticError(found)


def _misplaced(graph: DesignGraph, before: str, name: str) -> Iterator[Diagnostic]:
    from metac.compiler.constant_values import value_or_none
    from metac.compiler.interfaces.study import Continuable, StartableFromResult
    from metac.compiler.library.class_loading import load_class
    from metac.compiler.library.class_shape import shape_of
    from metac.compiler.library.conformance import member_problem
    from metac.compiler.library.interface_members import members_of

    node = graph.nodes[name]
    target = load_class(node.definition)
    if any(member_problem(shape_of(target), each) is not None for each in members_of(Continuable)):
        message = f"`{node.definition.name}` cannot continue from what the study `{before}` leaves"
        yield Diagnostic("M0514", message, (Label(node.span, "it would start again"),))
    if isinstance(target, StartableFromResult) and value_or_none(node.fields.get(target.start_field), {}) is not None:
        place = node.field_spans.get(target.start_field, node.span)
        message = f"`{name}` starts from what the study `{before}` leaves, not from another run"
        help = f"leave `{target.start_field}` out, or give it to the first study"
        yield Diagnostic("M0514", message, (Label(place),), help=help)


def failed_to_start(handed: HandedOver, stages: Sequence[Mapping[str, Any]], failure: RuntimeFailure) -> Outcome:
    """What a study that could not begin leaves: what it was handed."""
    import jax

    report = handed.report
    if report is None:
        report = jax.jit(handed.program.evaluate)(handed.theta, stages[-1])
    return Outcome(handed.theta, None, 0, "failed", failure=failure, report=report, program=handed.program)
