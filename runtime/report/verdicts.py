"""Whether a design does what was asked: on the mesh of the run, and on a fresh, finer one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

SHORT = "the load ends before the range that the goal names"
UNREAD = "a curve is read outside the increments of its load"


class Judged(Protocol):
    """A goal or requirement that was evaluated."""

    @property
    def read(self) -> Any:
        """Whether every curve is read where its load has values."""
        ...


@runtime_checkable
class OverDomain(Judged, Protocol):
    """A goal, which may name a range of a load."""

    @property
    def covered(self) -> Any:
        """Whether the load goes as far as that."""
        ...


@dataclass(frozen=True)
class Verdict:
    """One goal or requirement. Numbers in internal units, `unit` is their text.

    `value` is what was reached: a number, or nested lists for a curve (its ordinate over the increments) and a tensor.
    A number that is infinite or not a number is None, for example after the increment at which a load failed; only a
    requirement's value may be infinite, as a critical strain is where a body stays stable.
    """

    name: str
    sense: str
    """"match", "minimize", "maximize", "require" or "verify"."""
    unit: str
    value: Any
    met: bool | None
    """On the run's mesh; None where nothing can be missed (minimize, maximize)."""
    fresh_value: Any = None
    """On the fresh mesh; None where there is none."""
    fresh_met: bool | None = None
    checked: bool = False
    """Whether there is a fresh mesh to confirm it, or should have been."""
    second_order_value: Any = None
    """With second-order elements; None where they were not asked for."""
    second_order_met: bool | None = None
    second_order_deviation: float | None = None
    second_order_checked: bool = False
    """Whether second-order elements confirm it, or should have."""
    target: Any = None
    deviation: float | None = None
    fresh_deviation: float | None = None
    tolerance: float | None = None
    lower: float | None = None
    upper: float | None = None
    contribution: float | None = 0.0
    """To the loss; None where it is not finite, and for what is only verified."""
    fresh_contribution: float | None = None
    abscissa: Any = None
    fresh_abscissa: Any = None
    """That of the curve on the fresh mesh; a path that is followed by its length goes through other places there."""
    over: str | None = None
    """What the abscissa of a curve is: `nominal strain` (of 1, not per cent), `load factor`, …"""
    reason: str | None = None
    """Why it does not count as met whatever its value; None where the value decides."""

    @property
    def complete(self) -> bool:
        """Whether every number of the value on the run's mesh is known."""
        return _known(self.value)

    @property
    def final(self) -> bool:
        """The verdict that counts: met on every mesh that it was judged on, and nothing against it."""
        checks = ((self.checked, self.fresh_value), (self.second_order_checked, self.second_order_value))
        known = self.complete and all(_known(value) for checked, value in checks if checked)
        met = (self.met, self.fresh_met, self.second_order_met)
        return known and self.reason is None and False not in met

    @property
    def mesh_error(self) -> float | None:
        """How far the number is off on the other meshes at most; None for curves and tensors, or where one is not finite."""
        others = [value for value in (self.fresh_value, self.second_order_value) if value is not None]
        if not others or not self.single or not np.all(np.isfinite(np.array([self.value, *others], dtype=float))):
            return None
        return max(abs(self.value - value) for value in others)

    @property
    def single(self) -> bool:
        """Whether the measure is one number."""
        return np.ndim(self.value) == 0


def verdicts(
    evaluation: Any,
    fresh: Any = None,
    *,
    check_failed: bool = False,
    second_order: Any = None,
    second_order_failed: bool = False,
    units: Mapping[str, str] | None = None,
    senses: Mapping[str, str] | None = None,
    reasons: Mapping[str, str] | None = None,
    over: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """The verdicts of an evaluation (`goals` and `requirements` by name), with those on a fresh mesh where there is one.

    Args:
        evaluation: on the run's mesh, concrete.
        fresh: the same on the fresh mesh, or None.
        check_failed: whether there should have been one; then nothing counts as met.
        second_order: the same with second-order elements, or None.
        second_order_failed: whether there should have been that; then nothing counts as met.
        units: by goal or requirement, the text of the measure's internal unit.
        senses: by goal, "minimize" or "maximize", by requirement, "verify"; other goals are matches, others required.
        reasons: by goal or requirement, why it does not count as met whatever its value.
        over: by goal on a curve, what its abscissa is.
    """
    units, senses, reasons, over = units or {}, senses or {}, reasons or {}, over or {}

    def on_meshes(part: str, name: str) -> _OnMeshes:
        each = (None if found is None else getattr(found, part)[name] for found in (evaluation, fresh, second_order))
        return _OnMeshes(*each, fresh_failed=check_failed, second_order_failed=second_order_failed)

    def verdict(name: str, sense: str, judged: _OnMeshes, fields: Mapping[str, Any]) -> Verdict:
        return Verdict(name=name, sense=sense, unit=units.get(name, ""), reason=reasons.get(name, judged.outside), **fields)

    found = []
    for name, goal in evaluation.goals.items():
        judged = on_meshes("goals", name)
        fields = judged.goal_fields() | {"over": over.get(name) if goal.abscissa is not None else None}
        found.append(verdict(name, senses.get(name, "match"), judged, fields))
    for name in evaluation.requirements:
        judged, sense = on_meshes("requirements", name), senses.get(name, "require")
        unpursued = {"contribution": None, "fresh_contribution": None} if sense == "verify" else {}
        found.append(verdict(name, sense, judged, judged.requirement_fields() | unpursued))
    return found


@dataclass(frozen=True)
class _OnMeshes:
    """One goal or requirement as it was evaluated; None where a mesh was not asked for, or failed."""

    own: Any
    """On the run's mesh."""
    fresh: Any
    second_order: Any
    fresh_failed: bool
    second_order_failed: bool

    def goal_fields(self) -> dict[str, Any]:
        """Those of a goal's verdict."""
        own = self.own
        return {
            **self._values(_finite),
            "target": _finite(own.target),
            "deviation": _finite(own.deviation),
            "fresh_deviation": None if self.fresh is None else _finite(self.fresh.deviation),
            "second_order_deviation": None if self.second_order is None else _finite(self.second_order.deviation),
            "tolerance": _finite(own.tolerance),
            "abscissa": _finite(own.abscissa),
            "fresh_abscissa": None if self.fresh is None else _finite(self.fresh.abscissa),
        }

    def requirement_fields(self) -> dict[str, Any]:
        """Those of a requirement's verdict, whose value may be infinite."""
        return {**self._values(_not_nan), "lower": _finite(self.own.lower), "upper": _finite(self.own.upper)}

    def _values(self, known: Callable[[Any], Any]) -> dict[str, Any]:
        """What goals and requirements share."""
        return {
            "value": known(self.own.value),
            "met": _truth(self.own.met),
            "fresh_value": None if self.fresh is None else known(self.fresh.value),
            "fresh_met": _confirmed(self.fresh, self.fresh_failed),
            "checked": self.fresh is not None or self.fresh_failed,
            "second_order_value": None if self.second_order is None else known(self.second_order.value),
            "second_order_met": _confirmed(self.second_order, self.second_order_failed),
            "second_order_checked": self.second_order is not None or self.second_order_failed,
            "contribution": _finite(self.own.contribution),
            "fresh_contribution": None if self.fresh is None else _finite(self.fresh.contribution),
        }

    @property
    def outside(self) -> str | None:
        """Why the numbers are not those that were asked for; None if they are."""
        known = [each for each in (self.own, self.fresh, self.second_order) if each is not None]
        if not all(bool(each.covered) for each in known if isinstance(each, OverDomain)):
            return SHORT
        return None if all(bool(each.read) for each in known) else UNREAD


def all_met(found: Sequence[Verdict]) -> bool:
    """Whether every verdict is good."""
    return all(verdict.final for verdict in found)


def _finite(value: Any) -> Any:
    """A number or nested lists, with None for what is infinite or not a number."""
    return _plain(value, np.isfinite)


def _not_nan(value: Any) -> Any:
    """A number or nested lists, with None for what is not a number."""
    return _plain(value, lambda numbers: ~np.isnan(numbers))


def _confirmed(other: Any, check_failed: bool) -> bool | None:
    """Whether the other mesh confirms it; None where there is none, or where nothing can be missed."""
    if check_failed:
        return False
    return None if other is None else _truth(other.met)


def _plain(value: Any, known: Callable[[Any], Any]) -> Any:
    if value is None:
        return None
    numbers = np.asarray(value, dtype=float)
    plain = numbers.astype(object)
    plain[~known(numbers)] = None
    return plain.tolist()


def _known(value: Any) -> bool:
    return all(map(_known, value)) if isinstance(value, list) else value is not None


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)
