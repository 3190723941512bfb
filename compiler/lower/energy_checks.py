"""Whether an energy can be that of a material, judged at the undeformed state F = 1 with concrete values.

Everything is exact up to rounding: derivatives are symbolic, values are double precision. Needs SymPy and numpy, never JAX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

from metac.compiler import graph
from metac.compiler.graph_walk import free_names
from metac.compiler.lower.energy_law import Derivation, energy_functions
from metac.compiler.lower.members import is_energy
from metac.compiler.operators.entry import Value
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

TOLERANCE = 1e-9
"""Relative to the largest entry of the tangent at F = 1, which sets the law's scale of stress."""
PROBES = 8
"""Random deformations and rotations that objectivity is tried on."""


def judge(node: graph.Node, fields: Mapping[str, Value], *, linking: bool = False) -> tuple[Diagnostic, ...]:
    """What is wrong with the law of a node whose definition states one as an energy (`judge` of `define kind`).

    `linking`: as bodies in the plane use it, otherwise in three dimensions.
    """
    if not any(is_energy(member) for member in node.members.values()):
        return ()
    return check_energy(node, fields, dimension=2 if linking else 3)


def check_energy(node: graph.Node, fields: Mapping[str, Value], *, dimension: int = 3) -> tuple[Diagnostic, ...]:
    """What is wrong with the energy that a node's definition states, for the given values of its fields.

    `fields` are concrete values by name, in internal units; where one that the energy mentions is missing, nothing is
    judged. `dimension` is 3, or 2 to judge the law as bodies in the plane use it.
    A definition with the member `strain = small` need not be objective.
    """
    energy = next((member for member in node.members.values() if is_energy(member)), None)
    if energy is None:
        raise TypeError(f"{node.name} states no energy")
    if not free_names(energy).variables.keys() <= fields.keys():
        return ()
    try:
        functions = energy_functions(node.definition.name, energy, fields)
        derivation = functions.space if dimension == 3 else functions.plane
    except DiagnosticError as problem:
        return problem.diagnostics
    values = {name: np.float64(fields[name]) for name in functions.parameter_names}
    check = _EnergyCheck(node, energy, derivation, values)
    with np.errstate(all="ignore"):
        return check.findings()


@dataclass(frozen=True)
class _EnergyCheck:
    node: graph.Node
    energy: graph.Function
    derivation: Derivation
    parameters: Mapping[str, np.float64]

    def value(self, order: int, F: np.ndarray) -> np.ndarray:
        return np.asarray(self.derivation.evaluate(np, order, F, tuple(self.parameters.values())), dtype=float)

    def findings(self) -> tuple[Diagnostic, ...]:
        identity = np.eye(self.derivation.dimension)
        energy, stress, tangent = (self.value(order, identity) for order in range(3))
        if not all(np.isfinite(part).all() for part in (energy, stress, tangent)):
            return (self._not_finite(energy, stress, tangent),)
        scale = max(float(np.abs(tangent).max()), float(np.abs(stress).max()), float(np.abs(energy)))
        found = []
        if abs(float(energy)) > TOLERANCE * scale:
            place = f"{float(energy):.6g} MPa at F = 1"
            found.append(self._finding("M0550", "is not zero in the undeformed state", place))
        if np.abs(stress).max() > TOLERANCE * scale:
            largest = float(stress.flat[np.abs(stress).argmax()])
            found.append(
                self._finding("M0551", "leaves a stress in the undeformed state", f"stress {largest:.6g} MPa at F = 1")
            )
        stiffness = _smallest_stiffness(tangent)
        # A residual stress makes the tangent meaningless: one mistake, one message.
        if not found and not stiffness > TOLERANCE * scale:
            found.append(
                self._finding("M0552", "makes the undeformed state unstable", f"smallest stiffness {stiffness:.6g} MPa")
            )
        if not self._small_strain() and not self._objective(scale):
            found.append(
                self._finding("M0553", "changes when the body is only rotated", "energy(Q*F) differs from energy(F)")
            )
        return tuple(found)

    def _not_finite(self, *derivatives: np.ndarray) -> Diagnostic:
        names = ("the energy itself", "its first derivative, the stress,", "its second derivative, the tangent,")
        first = next(name for name, part in zip(names, derivatives, strict=True) if not np.isfinite(part).all())
        found = self._finding("M0554", "is not a finite number in the undeformed state", f"{first} is infinite at F = 1")
        if "nu" in self.parameters and not self.parameters["nu"] < 0.5:
            return found
        help = (
            "roots, logarithms and quotients of what vanishes at F = 1 have no derivative there: avoid them; "
            "`metac doc material` lists laws of principal stretches"
        )
        return replace(found, help=help)

    def _small_strain(self) -> bool:
        member = self.node.members.get("strain")
        return isinstance(member, graph.Constant) and member.value == "small"

    def _objective(self, scale: float) -> bool:
        size = self.derivation.dimension
        random = np.random.default_rng(0)
        for _ in range(PROBES):
            F = np.eye(size) + 0.2 * random.uniform(-1, 1, (size, size))
            rotation, _ = np.linalg.qr(random.normal(size=(size, size)))
            if np.linalg.det(rotation) < 0:
                rotation[:, 0] *= -1
            difference = float(self.value(0, rotation @ F) - self.value(0, F))
            if abs(difference) > 1e3 * TOLERANCE * max(scale, abs(float(self.value(0, F)))):
                return False
        return True

    def _finding(self, code: str, message: str, place: str) -> Diagnostic:
        values = tuple(f"{name} = {float(value):.6g}" for name, value in self.parameters.items())
        return Diagnostic(
            code,
            f"the energy of `{self.node.definition.name}` {message}",
            (Label(self.energy.body.span, place), Label(self.node.span, "used here")),
            notes=(f"with {', '.join(values)} (MPa, mm, s)",) if values else (),
            help=_HELP[code],
        )


_HELP = {
    "M0550": "subtract the energy's value at F = 1",
    "M0551": "add what balances the stress, in a neo-Hookean law `- mu*log(det(F))`",
    "M0552": "choose values for which shear and bulk modulus are positive",
    "M0553": "write it in C = F.T*F and det(F), or state `strain = small` for a law of small strains",
    "M0554": "choose values for which every term is finite, `nu` below 0.5 for instance",
}


def _smallest_stiffness(tangent: np.ndarray) -> float:
    """Smallest eigenvalue of the tangent on symmetric strains of unit norm, MPa."""
    size = tangent.shape[0]
    basis = []
    for i, j in combinations_with_replacement(range(size), 2):
        strain = np.zeros((size, size))
        strain[i, j] += 0.5
        strain[j, i] += 0.5
        basis.append(strain / np.linalg.norm(strain))
    strains = np.array(basis)
    return float(np.linalg.eigvalsh(np.einsum("aij,ijkl,bkl->ab", strains, tangent, strains)).min())
