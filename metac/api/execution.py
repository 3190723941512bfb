"""Running a design: from its plan to a result, in a folder that can be gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.api.failures import diagnostic_of
from metac.api.result import Result
from metac.api.result_json import summarise
from metac.api.verification import FreshCheck, check_afresh, draw, evaluate
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.linear_solvers.backend import chosen_solver
from metac.runtime.optimise.pytree_arrays import flatten
from metac.runtime.report.progress import Progress, Silent
from metac.runtime.report.result_files import write_results
from metac.runtime.report.verdicts import verdicts
from metac.runtime.runs.atomic import save_arrays
from metac.runtime.runs.checkpoints import Checkpoint
from metac.runtime.runs.environment import machine, versions
from metac.runtime.runs.folder import PLAN, SPEC, RunFolder
from metac.runtime.runs.recorder import Recorder

if TYPE_CHECKING:
    from metac.api.design import Design


@dataclass
class Conditions:
    """How a design is run: everything that is not in the design itself."""

    seed: int = 0
    restart: int = 0
    """The first restart of the study: which of the seed's random parameters it starts from."""
    refinement: float = 2.0
    progress: Progress = field(default_factory=Silent)
    wanted: Callable[[], bool] = lambda: False
    """Asked after every step: whether the user wants to stop."""
    checkpoint: Checkpoint | None = None
    """To go on from."""
    warnings: list[Diagnostic] = field(default_factory=list)
    checkpoint_steps: int | None = None
    """Most steps between checkpoints; None leaves it to the recorder."""
    recorder: Recorder | None = None
    """Of the run, once it has begun."""


def execute(
    design: Design, *, seed: int = 0, out: Path | None = None, progress: Progress | None = None, refinement: float = 2.0
) -> Result:
    """Run a design from the start; see `Design.run`."""
    conditions = Conditions(seed=seed, refinement=refinement, progress=progress or Silent())
    if out is None:
        return pursue(design, None, conditions)
    folder = begin(design, out, conditions)
    try:
        return pursue(design, folder, conditions)
    finally:
        folder.close()


def begin(design: Design, out: Path, conditions: Conditions) -> RunFolder:
    """Check the design and make its run folder: spec, plan, and all that is needed to go on or repeat it.

    Raises:
        DiagnosticError: where the spec is wrong; no folder is made then.
        SolverUnavailable: if there is no such solver; no folder is made either.
        FolderFailure: if the folder cannot be used.
    """
    from metac.dsl.parser import parse
    from metac.dsl.printer import print_module

    plan, solver, used = design.plan(), chosen_solver().name, versions()
    folder = RunFolder.create(out)
    try:
        folder.write(SPEC, print_module(parse(design.source).module))
        folder.write(PLAN, plan.canonical())
        folder.tell(
            status="waiting",
            name=name_of(design),
            spec=str(Path(design.source.name).absolute()) if not design.source.name.startswith("<") else None,
            imports_from=str(design.folder.absolute()),
            overrides={
                name: {"text": value} if isinstance(value, str) else {"value": value}
                for name, value in design.overrides.items()
            },
            chosen=design.chosen,
            seed=conditions.seed,
            restart=conditions.restart,
            refinement=conditions.refinement,
            plan_hash=plan.hash,
            started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            solver=solver,
            versions=used,
            machine=machine(),
        )
    except BaseException:
        folder.close()
        raise
    return folder


def pursue(design: Design, folder: RunFolder | None, conditions: Conditions) -> Result:
    """Optimise, check the result afresh, and write everything down.

    Raises:
        DiagnosticError: where the library cannot build what the spec asks for.
        RuntimeFailure: if not even a start could be simulated.
        Interrupted: where the user wants to stop; a checkpoint is written.
    """
    import jax

    progress = conditions.progress
    progress.phase("building mesh and program")
    with watched(Watch(progress.phase, progress.note, conditions.wanted)):
        program = design.program()
    key = jax.random.key(conditions.seed)
    recorder = Recorder(
        folder.path if folder else None,
        progress=progress,
        resumed=conditions.checkpoint,
        wanted=conditions.wanted,
        **({"every_steps": conditions.checkpoint_steps} if conditions.checkpoint_steps else {}),
    )
    conditions.recorder = recorder
    started = time.monotonic()
    try:
        outcome = _study(design, program, key, recorder, conditions)
    except BaseException:
        save_in_need(recorder)
        raise
    finally:
        recorder.close()
    seconds = time.monotonic() - started

    inputs = stage_inputs(design, program)[-1]
    if outcome is None:
        progress.phase("evaluating the design")
        theta = program.init(jax.random.fold_in(key, 0))
        evaluation = evaluate(program, theta, inputs)
    else:
        program, theta, evaluation = outcome.program, outcome.theta, outcome.report
    fresh = FreshCheck()
    if design.graph.goals or design.graph.requirements:
        progress.phase("checking it on a freshly made, finer mesh")
        fresh = check_afresh(program, design.graph, theta, inputs, conditions.refinement)
    warnings = [*conditions.warnings, *_warnings(design, outcome, fresh), *unstable_loads(design, evaluation)]
    found = verdicts(
        evaluation,
        fresh.evaluation if fresh.failure is None else None,
        check_failed=fresh.failure is not None,
        units=goal_units(design),
        senses={goal.name: goal.sense for goal in design.graph.goals},
    )
    progress.phase("writing results")
    frozen = () if outcome is None else outcome.frozen
    drawings, body = draw(program, design.graph, theta, inputs)
    drawings = [*(() if outcome is None else outcome.sketches), *drawings]
    failure = None
    if outcome is not None and outcome.failure is not None:
        failure = diagnostic_of(outcome.failure, design.graph)
    summary = summarise(name_of(design), found, evaluation, outcome, recorder.records, seconds, fresh, failure, warnings)
    if folder is not None:
        save_arrays(folder.path / "theta.npz", _arrays(theta, frozen))
        write_results(folder.path, summary, drawings, found, recorder.records, name_of(design))
        folder.tell(status="failed" if failure else "finished", ended=time.strftime("%Y-%m-%dT%H:%M:%S%z"))
    progress.end()
    return Result(
        name=name_of(design),
        goals={verdict.name: verdict for verdict in found},
        history=recorder.records,
        theta=theta,
        program=program,
        frozen=frozen,
        drawings=drawings,
        body=body,
        summary=summary,
        warnings=warnings,
        failure=failure,
        folder=folder.path if folder else None,
    )


def _study(design: Design, program: Any, key: Any, recorder: Recorder, conditions: Conditions) -> Any:
    """What the design's study ends with; None where it has none."""
    study = program.study
    if study is None:
        return None
    conditions.progress.begin(design.graph.studies[0], int(getattr(study, "steps", 0)))
    conditions.progress.phase("compiling, first step")
    resume = conditions.checkpoint
    snapshot = {"arrays": resume.arrays, "numbers": resume.numbers} if resume else None
    first = {"first_restart": conditions.restart} if conditions.restart else {}
    try:
        return study.run(program, key, recorder, stages=stage_inputs(design, program), resume=snapshot, **first)
    except FieldError as problem:
        from metac.compiler.lower.implementation import at_field

        raise DiagnosticError((at_field(design.graph.nodes[design.graph.studies[0]], problem),)) from problem


def _arrays(theta: Mapping[str, Any], frozen: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Free parameters as named arrays: `GENERATOR/n`, and `frozen/k/GENERATOR/n` for those frozen at the k-th new mesh."""
    trees = dict(theta)
    trees |= {f"frozen/{number}/{name}": tree for number, layer in enumerate(frozen) for name, tree in layer.items()}
    return {key: array for name, tree in trees.items() for key, array in flatten(name, tree).items()}


def save_in_need(recorder: Recorder) -> None:
    """Keep the last finished step where the run ends early; a full disk must not hide why it ended."""
    try:
        recorder.save()
    except OSError:
        return


def _warnings(design: Design, outcome: Any, fresh: FreshCheck) -> list[Diagnostic]:
    found = []
    if outcome is not None and outcome.failure is None:
        for failed in outcome.failures:
            message = f"restart {failed.restart + 1} was given up {failed.message}"
            found.append(Diagnostic("M0610", message, help=failed.remedy, severity="warning"))
    if fresh.failure is not None:
        cause = diagnostic_of(fresh.failure, design.graph, severity="warning")
        found.append(
            Diagnostic(
                "M0631",
                "the final check on a fresh mesh failed, so no goal counts as met",
                labels=cause.labels,
                notes=(cause.message,),
                help=cause.help,
                severity="warning",
            )
        )
    return found


def unstable_loads(design: Design, evaluation: Any) -> list[Diagnostic]:
    """A warning for each load whose path ends on an unstable branch."""
    found = []
    for name, status in evaluation.status.items():
        message = status.instability(name)
        if message is not None:
            node = design.graph.nodes.get(name)
            labels = () if node is None else (Label(node.span, "this load"),)
            remedy = "take more, smaller increments; a design that is not quite symmetric finds its branch by itself"
            found.append(Diagnostic("M0615", message, labels, help=remedy, severity="warning"))
    return found


def stage_inputs(design: Design, program: Any) -> list[Mapping[str, Any]]:
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


def goal_units(design: Design) -> dict[str, str]:
    """By goal or requirement: the text of the internal unit of its measure."""
    from metac.compiler.types.units import internal_unit

    units = {}
    for goal in (*design.graph.goals, *design.graph.requirements):
        kind = goal.measure.type
        dimension = getattr(kind, "ordinate", None) or getattr(kind, "dimension", None)
        units[goal.name] = internal_unit(dimension) if dimension is not None else ""
    return units


def name_of(design: Design) -> str:
    """The name of a design: that of its file."""
    return Path(design.source.name).stem if not design.source.name.startswith("<") else "design"
