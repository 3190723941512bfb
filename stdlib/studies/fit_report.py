"""What a fit by least squares says of its parameters: intervals, correlation and plots of profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metac.compiler.interfaces.generator import Generator
from metac.runtime.optimise.least_squares import Errors, LinearisedResiduals, Profile, profile_interval
from metac.runtime.report.drawings import Sketch
from metac.runtime.report.fit_plots import ProfileCurve, draw_profiles, profile_table


@dataclass(frozen=True)
class FitReport:
    """A minimum with its errors and profiles, put into the parameters' units."""

    names: Sequence[str]
    vary: Sequence[Generator]
    """By parameter: its value as a function of its share."""
    confidence: float
    minimum: LinearisedResiduals
    errors: Errors
    profiles: Sequence[Profile]

    def estimates(self) -> dict[str, dict[str, Any]]:
        """By parameter: standard error and confidence intervals, in internal units; None where there is none."""
        errors, minimum, confidence = self.errors, self.minimum, self.confidence
        quantile, found = errors.quantile(confidence), {}
        by_number = {each.parameter: each for each in self.profiles}
        for number, name in enumerate(self.names):
            error = float(errors.standard_error[number])
            entry: dict[str, Any] = {"standard_error": None, "interval": None, "profile_interval": None}
            if np.isfinite(error):
                entry["standard_error"] = error * self._width(number)
                ends = (minimum.at[number] - quantile * error, minimum.at[number] + quantile * error)
                entry["interval"] = [self._value(number, end) for end in ends]
            if number in by_number:
                ends = profile_interval(by_number[number], minimum, errors, confidence)
                entry["profile_interval"] = [self._value(number, end) for end in ends]
            found[name] = entry
        return found

    def summary(self) -> dict[str, Any]:
        """What `result.json` says of the fit as a whole."""
        errors = self.errors
        related = {
            name: {other: _number(errors.correlation[i, j]) for j, other in enumerate(self.names) if j != i}
            for i, name in enumerate(self.names)
        }
        return {
            "confidence": self.confidence,
            "degrees_of_freedom": errors.degrees,
            "residual_deviation": _number(errors.deviation),
            "correlation": related,
        }

    def sketches(self) -> tuple[Sketch, ...]:
        """The plot of the profiles, where there are some."""
        errors, minimum, profiles = self.errors, self.minimum, self.profiles
        if not profiles:
            return ()
        limit = errors.quantile(self.confidence)
        curves = []
        for each in profiles:
            error = float(errors.standard_error[each.parameter])
            low, width = self._value(each.parameter, 0.0), self._width(each.parameter)
            assert low is not None
            curves.append(
                ProfileCurve(
                    self.names[each.parameter],
                    low + width * each.values,
                    np.sqrt(np.maximum(each.loss - minimum.loss, 0)) / errors.deviation,
                    low + width * float(minimum.at[each.parameter]),
                    error * width,
                    each.loss,
                )
            )
        arrays = {f"{each.name}/{part}": getattr(each, part) for each in curves for part in ("values", "rise", "loss")}
        figure = draw_profiles(curves, limit, self.confidence)
        return (Sketch("profiles", "profiles", figure, arrays, {".csv": profile_table(curves)}),)

    def _value(self, number: int, share: float | None) -> float | None:
        """A parameter's value in internal units."""
        return None if share is None else float(self.vary[number].at(share))

    def _width(self, number: int) -> float:
        generator = self.vary[number]
        return float(generator.at(1.0) - generator.at(0.0))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
