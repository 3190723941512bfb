"""The first part of a run: the design's studies, or the evaluation of a design that has none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from metac.api.loaded_states import LoadedStates, loads_on_bodies, reader
from metac.api.single_runs import compiled_once
from metac.api.study_sequence import (
    EndedStudy,
    HandedOver,
    StudyRecorder,
    failed_to_start,
    restored,
)
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import files_relative_to
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.runtime.errors import RuntimeFailure, first_failure
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.runtime.optimise.outcome import FrozenMovement, Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.runs.recorder import Recorder

if TYPE_CHECKING:
    from metac.api.compilation import Compilation
    from metac.api.conditions import Conditions
    from metac.compiler.graph import DesignGraph
    from metac.compiler.interfaces.study import Study


@dataclass(frozen=True)
class StudyResult:
    """What the studies, or a mere evaluation, ended with."""

    program: Any
    """What `theta` belongs to: the design's program, with bodies remeshed as they were in the run."""
    theta: Any
    """The best free parameters, one tree of arrays per generator."""
    inputs: Mapping[str, Any]
    """The program's inputs of the last stage."""
    evaluation: Any
    """Of `theta`."""
    studies: Sequence[EndedStudy]
    """What is said of each study, in order; empty where the design has none."""
    frozen: Sequence[FrozenMovement]
    """What was frozen at each remeshing."""
    sketches: Sequence[Sketch]
    """What studies themselves have to show: those that ran in this session."""
    history: Sequence[Mapping[str, Any]]
    seconds: float
    """Of this session."""
    failure: RuntimeFailure | None
    """Why the study ended early or the evaluation failed."""
    states: LoadedStates | None = None
    """Loads solved together with the evaluation, so that nothing solves them once more; None after a study."""

    @property
    def estimates(self) -> Mapping[str, Mapping[str, Any]]:
        """Of fits, by parameter; those of the last study that made any."""
        return {name: entry for study in self.studies for name, entry in study.estimates.items()}


def run_studies(design: Compilation, program: Any, recorder: Recorder, conditions: Conditions) -> StudyResult:
    """Run the design's studies in order; evaluate the design at its first random parameters where it has none.

    Raises:
        DiagnosticError: where a study refuses one of its fields.
        RuntimeFailure: if not even a start could be simulated.
        Interrupted: where the user wants to stop; a checkpoint is written.
    """
    import jax

    key = jax.random.key(conditions.seed)
    stages = stage_inputs(design, program)
    started = time.monotonic()
    try:
        outcome, left = _Sequence(design, program, key, stages, recorder, conditions).run()
    except BaseException:
        save_last_step(recorder)
        raise
    finally:
        recorder.close()
    if outcome is not None:
        found = (outcome.program, outcome.theta, stages[-1], outcome.report, left.ended, left.frozen, left.sketches)
        return StudyResult(*found, recorder.records, time.monotonic() - started, outcome.failure)
    conditions.progress.phase("evaluating the design")
    theta = program.init(jax.random.fold_in(key, 0))
    evaluation, states = evaluate_with_states(program, design.graph, theta, stages[-1])
    seconds = time.monotonic() - started
    found = (program, theta, stages[-1], evaluation, (), (), ())
    return StudyResult(*found, recorder.records, seconds, first_failure(evaluation.status), states)


@dataclass(frozen=True)
class _Sequence:
    """A design's studies, one after the other."""

    design: Compilation
    program: Any
    key: Any
    stages: Sequence[Mapping[str, Any]]
    recorder: Recorder
    conditions: Conditions

    def run(self) -> tuple[Outcome | None, HandedOver]:
        """What the last study ends with, None where there is none, and what all have left."""
        outcome, (begun, handed, state) = None, self._begin()
        for number, (name, study) in enumerate(self.program.studies.items()):
            if number < begun:
                continue
            outcome = self._outcome(number, name, study, handed, state if number == begun else None)
            handed = handed.after(name, outcome, alone=self._alone)
            if outcome.failure is not None:
                break
            # What follows may take minutes until its first step is saved.
            self.recorder.save()
        return outcome, handed

    @property
    def _alone(self) -> bool:
        return len(self.program.studies) == 1

    def _begin(self) -> tuple[int, HandedOver, Mapping[str, Any] | None]:
        """The number of the study to begin with, what it is handed, and its state where it was interrupted."""
        checkpoint, names = self.conditions.checkpoint, list(self.program.studies)
        if checkpoint is None:
            return 0, HandedOver(self.program), None
        if self._alone:
            return 0, HandedOver(self.program), {"arrays": checkpoint.arrays, "numbers": checkpoint.numbers}
        name, handed, state = restored(checkpoint, self.program, self.stages, self._first())
        return names.index(name), handed, state

    def _first(self) -> Any:
        import jax

        return self.program.init(jax.random.fold_in(self.key, 0))

    def _outcome(self, number: int, name: str, study: Study, handed: HandedOver, state: Mapping[str, Any] | None) -> Outcome:
        """What one study ends with. Where one behind another cannot even begin, what it was handed is the result."""
        progress, restart = self.conditions.progress, self.conditions.restart
        progress.begin(name, int(study.steps))
        progress.phase("compiling, first step" if study.steps else "compiling")
        recorder = self.recorder if self._alone else StudyRecorder(self.recorder, name, handed)
        more: dict[str, Any] = {"first_restart": restart} if restart else {}
        more |= {"handed": handed.theta} if number else {}
        run: Any = study.run
        try:
            with files_relative_to(self.design.folder):
                return run(handed.program, self._key(number, name), recorder, stages=self.stages, resume=state, **more)
        except FieldError as problem:
            from metac.compiler.lower.implementation import refusal

            nodes = self.design.graph.nodes
            raise DiagnosticError((refusal(nodes[name], problem, nodes),)) from problem
        except StepFailed as failure:
            if not number:
                raise
            return failed_to_start(handed, self.stages, failure)

    def _key(self, number: int, name: str) -> Any:
        """Each study draws by itself: by its name, so that a study before it changes nothing."""
        import jax

        return jax.random.fold_in(self.key, crc32(name.encode())) if number else self.key


def evaluate_with_states(program: Any, graph: DesignGraph, theta: Any, inputs: Any) -> tuple[Any, LoadedStates]:
    """The concrete evaluation of a design, and its loaded states: each load is solved once for both."""
    objects = program.objects(theta, inputs)
    loads = loads_on_bodies(graph, objects)
    read, applied = reader(loads)
    evaluation, responses = evaluate_and_read(program, theta, inputs, {}, read, objects)
    return evaluation, LoadedStates(objects, loads, responses, applied)


def evaluate_and_read(
    program: Any,
    theta: Any,
    inputs: Any,
    replace: Mapping[str, Any],
    read: Callable[..., Any],
    objects: Mapping[str, Any],
) -> Any:
    """The concrete evaluation with some bodies replaced, and what `read` takes of the same objects by name.

    `objects`: concrete ones, with the replaced bodies.
    """
    import jax

    both = compiled_once(lambda t, i: program.evaluate_and_read(t, i, replace, read), objects.values())
    return jax.block_until_ready(both(theta, inputs))


def stage_inputs(design: Compilation, program: Any) -> list[Mapping[str, Any]]:
    """The program's inputs of each stage; one where there are no stages.

    Raises:
        DiagnosticError: if a stage changes what is built once or fixed in the program.
    """
    stages = design.graph.stages
    if not stages:
        return [program.inputs]
    known = program.inputs["parameters"]
    for stage in stages:
        if stage.name not in known:
            message = f"the stage `{stage.name}` changes what is built once, such as a mesh or the size of a network"
            raise DiagnosticError((Diagnostic("M0632", message, (Label(stage.span),), help="use `sweep` instead"),))
    count = max(len(stage.values) for stage in stages)
    values = [design.plan(number).parameters for number in range(count)]
    return [program.inputs | {"parameters": {name: values[n][name] for name in known}} for n in range(count)]


def save_last_step(recorder: Recorder) -> None:
    """Save the last finished step where the run ends early; a full disk must not hide why it ended."""
    try:
        recorder.save()
    except OSError:
        return
