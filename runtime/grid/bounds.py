"""What no composite of given phases can exceed, in plain numbers.

Plane moduli: K relates mean in-plane stress to in-plane dilatation, K = (C11 + C12) / 2, and G = C66. The bounds are
those of Hashin and Shtrikman (J. Mech. Phys. Solids 11, 1963), in the plane. Of an anisotropic composite they hold, lower
and upper, for the energies of the strains that they are about: K for (C11 + C22 + 2 C12) / 4, G for the mean of both
shears, ((C11 + C22 − 2 C12) / 4 + C66) / 2 (Milton and Kohn, J. Mech. Phys. Solids 36, 1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Phase(NamedTuple):
    """Plane moduli, MPa, and the phase's share of the area."""

    bulk: float
    shear: float
    fraction: float


class ModulusBounds(NamedTuple):
    """Least and largest modulus, MPa."""

    lower: float
    upper: float


def plane_moduli(young: float, poisson: float, *, stress: bool) -> tuple[float, float]:
    """K and G of an isotropic material in plane stress or, if not `stress`, in plane strain."""
    shear = young / (2 * (1 + poisson))
    bulk = young / (2 * (1 - poisson)) if stress else young / (2 * (1 + poisson) * (1 - 2 * poisson))
    return bulk, shear


def hashin_shtrikman_bulk(phases: Sequence[Phase]) -> ModulusBounds:
    """Bounds on the plane bulk modulus (Hashin 1965; in the form of Torquato 2002, section 21.1)."""
    stiffness = [phase.shear for phase in phases]
    return ModulusBounds(*(_mean([p.bulk for p in phases], phases, y) for y in (min(stiffness), max(stiffness))))


def hashin_shtrikman_shear(phases: Sequence[Phase]) -> ModulusBounds:
    """Bounds on the plane shear modulus (Hashin 1965), for phases of which one is the stiffest, one the softest in both."""
    softest = min(p.bulk for p in phases), min(p.shear for p in phases)
    stiffest = max(p.bulk for p in phases), max(p.shear for p in phases)
    shifts = [k * g / (k + 2 * g) if g else 0.0 for k, g in (softest, stiffest)]
    return ModulusBounds(*(_mean([p.shear for p in phases], phases, shift) for shift in shifts))


def isotropic_stiffness(bulk: float, shear: float) -> Float[np.ndarray, "3 3"]:
    """`[3, 3]` in Voigt form of plane moduli."""
    return np.array([[bulk + shear, bulk - shear, 0], [bulk - shear, bulk + shear, 0], [0, 0, shear]])


def voigt_mean(phases: Sequence[Phase]) -> Float[np.ndarray, "3 3"]:
    """`[3, 3]`: the stiffness that no composite exceeds for any strain."""
    return np.sum([phase.fraction * isotropic_stiffness(phase.bulk, phase.shear) for phase in phases], axis=0)


def reuss_mean(phases: Sequence[Phase]) -> Float[np.ndarray, "3 3"]:
    """`[3, 3]`: the stiffness that no composite falls below for any strain."""
    compliances = [phase.fraction * np.linalg.inv(isotropic_stiffness(phase.bulk, phase.shear)) for phase in phases]
    return np.linalg.inv(np.sum(compliances, axis=0))


def _mean(values: Sequence[float], phases: Sequence[Phase], shift: float) -> float:
    """The harmonic mean of values shifted up, shifted down again."""
    present = [(value + shift, phase.fraction) for value, phase in zip(values, phases, strict=True) if phase.fraction]
    if any(value == 0 for value, _ in present):
        return -shift
    return 1 / sum(fraction / value for value, fraction in present) - shift
