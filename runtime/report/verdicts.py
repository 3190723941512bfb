"""Whether a design does what was asked: on the mesh of the run, and on a finer one made afresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """One goal or requirement. Numbers in internal units, `unit` is their text.

    `value` is what was reached: a number, or nested lists for a curve (its ordinate over the increments) and a tensor.
    """

    name: str
    sense: str
    """"match", "minimize", "maximize" or "require"."""
    unit: str
    value: Any
    met: bool | None
    """On the run's mesh; None where nothing can be missed (minimize, maximize)."""
    fresh_value: Any = None
    """On the fresh mesh; None where it could not be told."""
    fresh_met: bool | None = None
    checked: bool = False
    """Whether there is a fresh mesh to confirm it, or should have been."""
    target: Any = None
    deviation: float | None = None
    fresh_deviation: float | None = None
    tolerance: float | None = None
    lower: float | None = None
    upper: float | None = None
    contribution: float = 0.0
    fresh_contribution: float | None = None
    abscissa: Any = None

    @property
    def final(self) -> bool:
        """The verdict that counts: met on the run's mesh, and on the fresh one where there is one."""
        return self.met is not False and self.fresh_met is not False

    @property
    def single(self) -> bool:
        """Whether the measure is one number."""
        return np.ndim(self.value) == 0


def verdicts(
    evaluation: Any,
    fresh: Any = None,
    *,
    check_failed: bool = False,
    units: Mapping[str, str] | None = None,
    senses: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """The verdicts of an evaluation (`goals` and `requirements` by name), with those on a fresh mesh where there is one.

    Args:
        evaluation: on the run's mesh, concrete.
        fresh: the same on the fresh mesh, or None.
        check_failed: whether there should have been one; then nothing counts as met.
        units: by goal or requirement, the text of the measure's internal unit.
        senses: by goal, "minimize" or "maximize"; other goals are matches.
    """
    units, senses = units or {}, senses or {}
    found = []
    for name, goal in evaluation.goals.items():
        other = fresh.goals[name] if fresh is not None else None
        found.append(
            Verdict(
                name=name,
                sense=senses.get(name, "match"),
                unit=units.get(name, ""),
                value=_plain(goal.value),
                met=_truth(goal.met),
                fresh_value=_plain(other.value) if other is not None else None,
                fresh_met=_confirmed(goal, other, check_failed),
                checked=other is not None or check_failed,
                target=_plain(goal.target),
                deviation=_number(goal.deviation),
                fresh_deviation=_number(other.deviation) if other is not None else None,
                tolerance=_number(goal.tolerance),
                contribution=float(goal.contribution),
                fresh_contribution=float(other.contribution) if other is not None else None,
                abscissa=_plain(goal.abscissa),
            )
        )
    for name, requirement in evaluation.requirements.items():
        other = fresh.requirements[name] if fresh is not None else None
        found.append(
            Verdict(
                name=name,
                sense="require",
                unit=units.get(name, ""),
                value=_plain(requirement.value),
                met=_truth(requirement.met),
                fresh_value=_plain(other.value) if other is not None else None,
                fresh_met=_confirmed(requirement, other, check_failed),
                checked=other is not None or check_failed,
                lower=_number(requirement.lower),
                upper=_number(requirement.upper),
                contribution=float(requirement.contribution),
                fresh_contribution=float(other.contribution) if other is not None else None,
            )
        )
    return found


def all_met(found: Sequence[Verdict]) -> bool:
    """Whether every verdict is good."""
    return all(verdict.final for verdict in found)


def _confirmed(own: Any, other: Any, check_failed: bool) -> bool | None:
    """Whether the fresh mesh says "met"; None where there is none, or where nothing can be missed."""
    if check_failed:
        return None if own.met is None else False
    return None if other is None else _truth(other.met)


def _plain(value: Any) -> Any:
    return None if value is None else np.asarray(value).tolist()


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)
