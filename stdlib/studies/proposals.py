"""What studies share that draw designs with one model and judge them with another: targets, settings, free parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax

from metac.compiler.interfaces.body import Sized
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Discrete, Generator
from metac.compiler.interfaces.model import GenerativeModel, SurrogateModel
from metac.compiler.interfaces.program import StudyProgram
from metac.runtime.learn.supervised.cvae import CvaeGenerator
from metac.runtime.learn.supervised.surrogate import Columns, Surrogate
from metac.runtime.search.draws import Draws, Target

AT_ONCE = 100_000
"""Designs drawn at once, and so between two looks whether the user wants to stop."""
NO_STAGES = "a search has no use for stages: no stage starts from the result of the one before"


def theta_of(generator: Generator, program: StudyProgram, design: jax.Array) -> dict[str, Any]:
    """The free parameters, by the generator's name, that make a design `[feature]`; `FieldError` on `vary` where none do."""
    try:
        made = generator.theta_of(design) if isinstance(generator, Discrete) else design
    except FieldError as problem:
        raise FieldError("vary", problem.message, code=problem.code, help=problem.help) from problem
    return {program.name_of(generator): made}


def targets_of(
    draw: GenerativeModel[CvaeGenerator],
    predict: SurrogateModel[Surrogate],
    program: StudyProgram,
    inputs: Mapping[str, Any],
) -> tuple[Target, ...]:
    """The `match` goals that the surrogate `predict` can judge.

    Raises `FieldError`: M0596 on `predict` where there are none, M0595 on `draw` for a target that nothing comes near.
    """
    known, found = predict.surrogate.columns.label_names, []
    for name, goal in program.numeric_goals(inputs).items():
        if goal.sense == "match" and goal.measure is not None and goal.measure in known and goal.target is not None:
            found.append(Target(goal.measure, goal.target, goal.scale, goal.weight))
            _check_range(name, found[-1], draw.generative.columns)
    if not found:
        message = f"no goal is about what this surrogate knows: {', '.join(known)}"
        raise FieldError("predict", message, code="M0596", help=f"add a goal: `match {known[0]}(…) to …`")
    return tuple(found)


def draws_of(
    draw: GenerativeModel[CvaeGenerator],
    predict: SurrogateModel[Surrogate],
    objects: Mapping[str, object],
    given: Sequence[str] = (),
) -> Draws:
    """The models `draw` and `predict`, at the settings of the bodies among the objects.

    `given` are names of settings that need no body. Raises `FieldError` M0596 on `predict` where it does not fit the other
    model or the bodies.
    """
    generative, surrogate = draw.generative, predict.surrogate
    if generative.columns.features != surrogate.columns.features:
        lengths = generative.columns.features, surrogate.columns.features
        message = f"designs have {lengths[0]} features, this surrogate knows those of {lengths[1]}"
        raise FieldError("predict", message, code="M0596", help="take models of the same sort of designs")
    needed = {*generative.columns.setting_names, *surrogate.columns.setting_names} - set(given)
    settings: dict[str, float] = {}
    for made in objects.values():
        for name, value in made.settings.items() if isinstance(made, Sized) else ():
            if name in needed and settings.setdefault(name, float(value)) != float(value):
                message = f"bodies of this design have different {name}: {settings[name]:g} and {float(value):g}"
                raise FieldError("predict", message, code="M0596", help="search for one body at a time")
    if needed - settings.keys():
        message = f"no body of this design has the settings that the models know: {', '.join(sorted(needed))}"
        raise FieldError("predict", message, code="M0596", help="take a surrogate without settings, or such a body")
    return Draws(generative, surrogate, draw.valid, settings)


def _check_range(goal: str, target: Target, columns: Columns) -> None:
    """M0595 on `draw` for a target that lies further from all labels of the data than these lie apart, or is negative where
    none of them is."""
    if target.label not in columns.label_names:
        return
    place = columns.label_names.index(target.label)
    low, high, unit = columns.labels.low[place], columns.labels.high[place], columns.label_units[place]
    span = high - low
    if low - span <= target.value <= high + span and not (low >= 0 > target.value):
        return
    value = f"{target.value:.4g} {unit}".rstrip()
    message = f"no design comes near `{goal}` of {value}: those that were learned from have {low:.4g} to {high:.4g}"
    raise FieldError("draw", message, code="M0595", help="ask for values near those of the data set")
