"""The first part of a run: the design's study, or the evaluation of a design that has none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.api.loaded_states import LoadedStates, loads_on_bodies, reader
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import files_relative_to
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.runtime.errors import RuntimeFailure, first_failure
from metac.runtime.runs.recorder import Recorder

if TYPE_CHECKING:
    from metac.api.compilation import Compilation
    from metac.api.conditions import Conditions
    from metac.compiler.graph import Design as Graph


@dataclass(frozen=True)
class StudyResult:
    """What a study, or a mere evaluation, ended with."""

    program: Any
    """What `theta` belongs to: the design's program, with bodies remeshed as they were in the run."""
    theta: Any
    """The best free parameters, one tree of arrays per generator."""
    inputs: Mapping[str, Any]
    """The program's inputs of the last stage."""
    evaluation: Any
    """Of `theta`."""
    outcome: Any
    """What the study gave; None where the design has none."""
    history: Sequence[Mapping[str, Any]]
    seconds: float
    """Of this session."""
    failure: RuntimeFailure | None
    """Why the study ended early or the evaluation failed."""
    states: LoadedStates | None = None
    """Loads solved together with the evaluation, so that nothing solves them once more; None after a study."""

    @property
    def frozen(self) -> Sequence[Mapping[str, Any]]:
        """Parameters that were frozen at each remeshing."""
        return () if self.outcome is None else self.outcome.frozen

    @property
    def frozen_stages(self) -> Sequence[int]:
        """The stage in which each of `frozen` was, from 0."""
        return () if self.outcome is None else self.outcome.frozen_stages


def run_study(design: Compilation, program: Any, recorder: Recorder, conditions: Conditions) -> StudyResult:
    """Run the design's study; evaluate the design at its first random parameters where it has none.

    Raises:
        DiagnosticError: where the study refuses one of its fields.
        RuntimeFailure: if not even a start could be simulated.
        Interrupted: where the user wants to stop; a checkpoint is written.
    """
    import jax

    key = jax.random.key(conditions.seed)
    stages = stage_inputs(design, program)
    started = time.monotonic()
    try:
        outcome = _outcome(design, program, key, stages, recorder, conditions)
    except BaseException:
        save_last_step(recorder)
        raise
    finally:
        recorder.close()
    if outcome is not None:
        found = (outcome.program, outcome.theta, stages[-1], outcome.report, outcome)
        return StudyResult(*found, recorder.records, time.monotonic() - started, outcome.failure)
    conditions.progress.phase("evaluating the design")
    theta = program.init(jax.random.fold_in(key, 0))
    evaluation, states = evaluate_with_states(program, design.graph, theta, stages[-1])
    seconds = time.monotonic() - started
    failure = first_failure(evaluation.status)
    return StudyResult(program, theta, stages[-1], evaluation, None, recorder.records, seconds, failure, states)


def _outcome(
    design: Compilation,
    program: Any,
    key: Any,
    stages: Sequence[Mapping[str, Any]],
    recorder: Recorder,
    conditions: Conditions,
) -> Any:
    """What the design's study ends with; None where it has none."""
    study = program.study
    if study is None:
        return None
    name = design.graph.studies[0]
    conditions.progress.begin(name, int(study.steps))
    conditions.progress.phase("compiling, first step")
    checkpoint = conditions.checkpoint
    snapshot = {"arrays": checkpoint.arrays, "numbers": checkpoint.numbers} if checkpoint else None
    first = {"first_restart": conditions.restart} if conditions.restart else {}
    try:
        with files_relative_to(design.folder):
            return study.run(program, key, recorder, stages=stages, resume=snapshot, **first)
    except FieldError as problem:
        from metac.compiler.lower.implementation import refusal

        raise DiagnosticError((refusal(design.graph.nodes[name], problem, design.graph.nodes),)) from problem


def evaluate_with_states(program: Any, graph: Graph, theta: Any, inputs: Any) -> tuple[Any, LoadedStates]:
    """The concrete evaluation of a design, and its loaded states: each load is solved once for both."""
    objects = program.objects(theta, inputs)
    loads = loads_on_bodies(graph, objects)
    read, applied = reader(loads)
    evaluation, responses = evaluate_and_read(program, theta, inputs, {}, read)
    return evaluation, LoadedStates(objects, loads, responses, applied)


def evaluate_and_read(program: Any, theta: Any, inputs: Any, replace: Mapping[str, Any], read: Callable[..., Any]) -> Any:
    """The concrete evaluation with some bodies replaced, and what `read` takes of the same objects by name."""
    import jax

    both = jax.jit(lambda t, i: program.evaluate_and_read(t, i, replace, read))
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
