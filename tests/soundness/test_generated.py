"""Specs that are made at random mean what they were made to mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from metac.compiler import graph
from metac.compiler.constant_values import evaluate
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.source import Source
from tests.soundness.generated_specs import spec
from tests.soundness.oracles import assert_everything_has_a_type, assert_nothing_is_dropped


def asked_of(goal: graph.Goal, target: Any) -> list[list[float | None]]:
    """The components of a tensor's target, None where nothing is asked."""
    asked: Any = goal.asked if goal.asked is not None else [[True] * len(row) for row in target]
    return [
        [value if wanted else None for value, wanted in zip(*rows, strict=True)] for rows in zip(target, asked, strict=True)
    ]


def hold(seed: int, folder: Path) -> None:
    """Everything that is known of the spec of a seed."""
    made = spec(seed)
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    source = Source("<generated>", made.text)
    result = check(source, made.given, folder=folder)
    errors = [found for found in result.diagnostics if found.severity == "error"]
    assert not errors, f"seed {seed}: {errors[0].code} {errors[0].message}\n{made.text}"
    design = result.design_or_raise()
    assert_nothing_is_dropped(source, design)
    assert_everything_has_a_type(design)
    values = dict(make_plan(design).parameters)
    bounds = [evaluate(each.upper, values) for each in design.requirements if each.upper is not None]
    targets = [evaluate(each.target, values) for each in design.goals if each.target is not None]
    tensors, targets = targets[len(made.targets) :], targets[: len(made.targets)]
    assert [asked_of(goal, each) for goal, each in zip(design.goals[len(targets) :], tensors, strict=True)] == [
        [[None if value is None else pytest.approx(value, rel=1e-12) for value in row] for row in each]
        for each in made.parts
    ], f"seed {seed}"
    assert bounds == pytest.approx(made.bounds, rel=1e-12), f"seed {seed}"
    assert targets == pytest.approx(made.targets, rel=1e-12), f"seed {seed}"
    stiffness = evaluate(design.nodes["rubber"].fields["mu"], values)
    assert stiffness == pytest.approx(made.stiffness, rel=1e-12), f"seed {seed}"
    swept = {each.name: [evaluate(value, values) for value in each.values] for each in design.sweeps}
    assert swept.keys() == made.sweeps.keys()
    for name, found in swept.items():
        assert found == pytest.approx(made.sweeps[name], rel=1e-12), f"seed {seed}"


@pytest.mark.parametrize("seed", range(20))
def test_a_generated_spec_means_what_it_says(seed: int, tmp_path: Path) -> None:
    hold(seed, tmp_path)


@pytest.mark.slow
def test_two_thousand_generated_specs(tmp_path: Path) -> None:
    for seed in range(2000):
        hold(seed, tmp_path)
