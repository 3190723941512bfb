"""Which stiffnesses composites of two phases can have, judged while a spec is checked: in plain numbers, without JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.attainability import BoundedMeasure, Facts, Unreachable
from metac.runtime.grid.bounds import (
    Phase,
    hashin_shtrikman_bulk,
    hashin_shtrikman_shear,
    plane_moduli,
    reuss_mean,
    voigt_mean,
)
from metac.stdlib.measures.stiffness_symmetry import of_symmetry

Matrix = NDArray[np.float64]
SLACK = 1e-9
"""Relative rounding that bounds forgive."""


def stiffness(measure: Facts, target: Any, tolerance: float, required: tuple[BoundedMeasure, ...]) -> Unreachable | None:
    """A wanted effective stiffness, Voigt form, MPa; not a number where nothing is asked."""
    wanted = np.asarray(target, float)
    if np.nanmax(np.abs(wanted - wanted.T), initial=0.0) > 2 * tolerance + SLACK * np.nanmax(np.abs(wanted)):
        return Unreachable("a stiffness is symmetric, this one is not", help="make components that mirror each other equal")
    # What is asked on one side of the diagonal is asked on both.
    wanted = np.where(np.isnan(wanted), wanted.T, wanted)
    if min((np.linalg.eigvalsh(block).min() for block, _ in _blocks(wanted)), default=0.0) <= -3 * tolerance:
        return Unreachable("a stiffness is positive definite, this one is not: some strain would give energy away")
    unlike = of_symmetry(measure, wanted, tolerance)
    if unlike is not None:
        return unlike
    phases = _phases(measure, required)
    if phases is None:
        return None
    stiff = phases[1]
    slack = tolerance + SLACK * stiff.bulk
    bulk = (wanted[0, 0] + wanted[1, 1] + 2 * wanted[0, 1]) / 4
    shear = ((wanted[0, 0] + wanted[1, 1] - 2 * wanted[0, 1]) / 4 + wanted[2, 2]) / 2
    softest = _softest(phases, measure, required)
    for value, name, bounds in (
        (bulk, "K = (C11 + C22 + 2 C12) / 4", hashin_shtrikman_bulk),
        (shear, "G = ((C11 + C22 − 2 C12) / 4 + C66) / 2", hashin_shtrikman_shear),
    ):
        if value > bounds(phases).upper + slack:
            return _beyond(name, value, "≤", bounds(phases).upper, stiff.fraction)
        if value < bounds(softest).lower - slack:
            return _beyond(name, value, "≥", bounds(softest).lower, softest[1].fraction)
    upper = voigt_mean(phases)
    excess = max((_largest(block - upper[place]) for block, place in _blocks(wanted)), default=-np.inf)
    if excess > 3 * slack:
        return Unreachable(
            "no composite of these two phases can be this stiff",
            (f"some strain would store more than in the mean of the phases (Voigt), by {excess:.4g} MPa",),
            "lower the target or take a stiffer phase",
        )
    lower = reuss_mean(softest)
    lack = max((_largest(lower[place] - block) for block, place in _blocks(wanted)), default=-np.inf)
    if lack > 3 * slack:
        return Unreachable(
            "no composite of these two phases can be this soft",
            (f"some strain would store less than the softest arrangement of the phases (Reuss), by {lack:.4g} MPa",),
            "raise the target or take a softer phase",
        )
    return None


def youngs_modulus(
    measure: Facts, target: Any, tolerance: float, required: tuple[BoundedMeasure, ...]
) -> Unreachable | None:
    """A wanted Young's modulus, MPa."""
    phases = _phases(measure, required)
    if phases is None:
        return None
    upper = 1 / np.linalg.inv(voigt_mean(phases))[0, 0]
    lower = 1 / np.linalg.inv(reuss_mean(_softest(phases, measure, required)))[0, 0]
    return _between("Young's modulus", float(target), lower, upper, tolerance)


def shear_modulus(measure: Facts, target: Any, tolerance: float, required: tuple[BoundedMeasure, ...]) -> Unreachable | None:
    """A wanted shear modulus, MPa."""
    phases = _phases(measure, required)
    if phases is None:
        return None
    lower = reuss_mean(_softest(phases, measure, required))[2, 2]
    return _between("shear modulus", float(target), lower, voigt_mean(phases)[2, 2], tolerance)


def _beyond(name: str, value: float, relation: str, bound: float, share: float) -> Unreachable:
    """A modulus on the wrong side of Hashin and Shtrikman's bound for a share of the stiff phase."""
    upper = relation == "≤"
    limited = share < 1 if upper else share > 0
    at = f" at {100 * share:.4g} % of the stiff one" if limited else ""
    way_out = "lower the target, take a stiffer phase" if upper else "raise the target, take a softer phase"
    return Unreachable(
        f"no composite of these two phases can be this {'stiff' if upper else 'soft'}",
        (f"Hashin–Shtrikman allows {name} {relation} {bound:.4g} MPa{at}, the target has {value:.4g} MPa",),
        way_out + (", or require less of a limit on its share" if limited else ""),
    )


def _between(name: str, value: float, lower: float, upper: float, tolerance: float) -> Unreachable | None:
    slack = tolerance + SLACK * upper
    if lower - slack <= value <= upper + slack:
        return None
    much, bound = ("large", f"at most {upper:.4g}") if value > upper else ("small", f"at least {lower:.4g}")
    note = f"the means of the phases allow {bound} MPa, the target is {value:.4g} MPa"
    return Unreachable(f"no composite of these two phases has so {much} a {name}", (note,))


def _blocks(matrix: Matrix) -> list[tuple[Matrix, Any]]:
    """The largest blocks on the diagonal all of whose components are known, and their places in the matrix."""
    size = len(matrix)
    sets = [[i for i in range(size) if chosen >> i & 1] for chosen in range(1, 1 << size)]
    known = [each for each in sets if not np.isnan(matrix[np.ix_(each, each)]).any()]
    largest = [each for each in known if not any(set(each) < set(other) for other in known)]
    return [(matrix[np.ix_(each, each)], np.ix_(each, each)) for each in largest]


def _largest(matrix: Matrix) -> float:
    return float(np.linalg.eigvalsh((matrix + matrix.T) / 2).max())


def _phases(measure: Facts, required: tuple[BoundedMeasure, ...]) -> tuple[Phase, Phase] | None:
    """The softer and the stiffer phase with the largest share of the stiffer one; None where that is not known."""
    body = _body(measure)
    materials = () if body is None else body.fields.get("materials") or ()
    found = [moduli for moduli in map(_moduli, materials) if moduli is not None]
    two = 2
    if body is None or len(materials) != two or len(found) != two:
        return None
    soft, stiff = found
    if stiff[0] < soft[0] or stiff[1] < soft[1]:
        return None
    share = _share(body, required)[1]
    return Phase(*soft, 1 - share), Phase(*stiff, share)


def _softest(phases: tuple[Phase, Phase], measure: Facts, required: tuple[BoundedMeasure, ...]) -> tuple[Phase, Phase]:
    """The phases with the least share of the stiffer one."""
    body = _body(measure)
    share = 0.0 if body is None else _share(body, required)[0]
    return phases[0]._replace(fraction=1 - share), phases[1]._replace(fraction=share)


def _body(measure: Facts) -> Facts | None:
    load = measure.fields.get("of")
    if not isinstance(load, Facts) or not _homogenises(load):
        return None
    body = load.fields.get("body")
    return body if isinstance(body, Facts) else None


def _homogenises(load: Facts) -> bool:
    """Whether a load is about effective stiffness: bounds on it are none on what grips feel."""
    control = load.fields.get("control")
    return load.definition == "periodic" or (isinstance(control, Facts) and control.definition == "unit_strains")


def _moduli(material: Any) -> tuple[float, float] | None:
    """Plane bulk and shear modulus, MPa, of a material whose constants are known."""
    if not isinstance(material, Facts) or material.definition != "linear_elastic":
        return None
    young, poisson, plane = (material.fields.get(name) for name in ("E", "nu", "plane"))
    if young is None or poisson is None or plane is None:
        return None
    return plane_moduli(young, poisson, stress=plane == "stress")


def _share(body: Facts, required: tuple[BoundedMeasure, ...]) -> tuple[float, float]:
    """Least and largest share of the last phase that requirements on the volume fraction leave."""
    least, largest = 0.0, 1.0
    for each in required:
        of = each.measure.fields.get("of")
        if each.measure.definition == "volume_fraction" and isinstance(of, Facts) and of.name == body.name:
            least = max(least, each.lower or 0.0)
            largest = min(largest, 1.0 if each.upper is None else each.upper)
    return least, max(least, largest)
