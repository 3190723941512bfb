"""Networks of springs as LAMMPS data: read, and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.springs.network import Connections, NetworkRefused
from metac.runtime.springs.read_network import ReadNetwork, bond_lengths, nearest_images

STRESSED = 1e-6
"""By how much, of its length, a bond may differ from its rest length in a network that is free of stress."""
TURNED = 1e-3
"""By how much, in degrees, an angle may differ from that at rest."""
ALIKE = 1e-9
"""Relative difference of the stiffness of angles that is none."""
ATOM_COLUMNS = {"atomic": 2, "charge": 3, "bond": 3, "angle": 3, "molecular": 3, "full": 4}
"""By LAMMPS's atom style, the column of x."""
SECTIONS = ("Masses", "Atoms", "Velocities", "Bonds", "Angles", "Bond Coeffs", "Angle Coeffs", "Pair Coeffs")

Rows = Sequence[Sequence[float]]


def network_of_lammps(text: str) -> ReadNetwork:
    """The network of a data file. Raises NetworkRefused where it holds none, or one under stress."""
    sections, box, style = _sections(text)
    for name in ("Atoms", "Bonds"):
        if name not in sections:
            raise NetworkRefused(f"the file has no section `{name}`", remedy="write it with LAMMPS's `write_data`")
    x = ATOM_COLUMNS.get(style)
    if x is None:
        raise NetworkRefused(f"atoms of style `{style}` cannot be read", remedy=f"take {', '.join(ATOM_COLUMNS)}")
    atoms = sorted(sections["Atoms"], key=lambda row: row[0])
    numbers = {int(row[0]): place for place, row in enumerate(atoms)}
    try:
        positions = np.array([row[x : x + 2] for row in atoms], float)
        ends = [[numbers[int(row[2])], numbers[int(row[3])]] for row in sections["Bonds"]]
        kinds = [int(row[1]) for row in sections["Bonds"]]
    except (KeyError, IndexError, ValueError) as problem:
        raise NetworkRefused(f"atoms or bonds are incomplete: {problem}", remedy="see LAMMPS's `read_data`") from problem
    bonds = np.array(ends, np.int64).reshape(-1, 2)
    connections = Connections(box, bonds, nearest_images(positions, box, bonds), len(positions))
    lengths = bond_lengths(positions, connections)
    coefficients = {int(row[0]): row[1:] for row in sections.get("Bond Coeffs", [])}
    factors = np.ones(len(bonds))
    for bond, kind in enumerate(kinds):
        if kind in coefficients:
            stiffness, rest = coefficients[kind][:2]
            if not abs(lengths[bond] - rest) <= STRESSED * rest:
                first, second = bonds[bond] + 1
                message = f"the bond of atoms {first} and {second} is {lengths[bond]:.6g} long, at rest {rest:.6g}"
                raise NetworkRefused(message, remedy="let the network come to rest first: it must be free of stress")
            factors[bond] = stiffness * lengths[bond]
    return ReadNetwork(positions, connections, factors, _angle_stiffness(sections, numbers, positions, connections))


def _angle_stiffness(
    sections: Mapping[str, Rows], numbers: Mapping[int, int], positions: NDArray[np.float64], connections: Connections
) -> float | None:
    """That of all angles; None where the file gives none. Raises NetworkRefused for angles that this family has not."""
    if not sections.get("Angles") or "Angle Coeffs" not in sections:
        return None
    coefficients = {int(row[0]): row[1:] for row in sections["Angle Coeffs"]}
    try:
        given = [coefficients[int(row[1])][:2] for row in sections["Angles"]]
        first, middle, last = ([numbers[int(row[place])] for row in sections["Angles"]] for place in (2, 3, 4))
        stiffness, rest = np.array(given, float).reshape(-1, 2).T
    except (KeyError, IndexError, ValueError) as problem:
        raise NetworkRefused(f"angles are incomplete: {problem}", remedy="see LAMMPS's `read_data`") from problem
    if np.ptp(stiffness) > ALIKE * np.abs(stiffness).max():
        message = f"angles have stiffnesses from {stiffness.min():g} to {stiffness.max():g}, and here all have the same"
        raise NetworkRefused(message, remedy="give all angles one stiffness")
    pairs = np.bincount(connections.bonds[(connections.bonds >= 0) & (connections.bonds < len(positions))])
    expected = int((pairs * (pairs - 1) // 2).sum())
    if len(stiffness) != expected:
        message = f"the file has {len(stiffness)} angles, and {expected} pairs of bonds meet at nodes: all resist here"
        raise NetworkRefused(message, remedy="give every pair of bonds at a node an angle, or leave all angles out")
    turned = np.abs(_between(positions, connections.box, first, middle, last) - rest)
    if not (turned <= TURNED).all():
        worst = int(np.argmax(np.where(np.isnan(turned), np.inf, turned)))
        message = f"angle {worst + 1} of the file is {turned[worst]:.3g}° away from what it is at rest"
        raise NetworkRefused(message, remedy="let the network come to rest first: it must be free of stress")
    return float(stiffness[0])


def _between(
    positions: NDArray[np.float64],
    box: NDArray[np.float64],
    first: Sequence[int],
    middle: Sequence[int],
    last: Sequence[int],
) -> NDArray[np.float64]:
    """`[angle]`: in degrees, between nearest images."""
    one, other = (positions[list(end)] - positions[list(middle)] for end in (first, last))
    one, other = (way - np.round(way / box) * box for way in (one, other))
    cosine = (one * other).sum(axis=1) / np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _sections(text: str) -> tuple[dict[str, list[list[float]]], NDArray[np.float64], str]:
    """Rows of numbers by section, the box, and the style of atoms (`molecular` where the file does not say)."""
    rows: dict[str, list[list[float]]] = {}
    box, style, section = np.full(PLANE, np.nan), "molecular", ""
    for number, line in enumerate(text.splitlines()[1:], start=2):
        words, _, remark = line.partition("#")
        words = words.strip()
        if words in SECTIONS:
            section, rows[words] = words, []
            if words == "Atoms" and remark.strip():
                style = remark.split()[0]
            continue
        parts = words.split()
        if not parts:
            continue
        if section:
            try:
                rows[section].append([float(part) for part in parts])
            except ValueError as problem:
                message = f"line {number}, in `{section}`, is no row of numbers"
                raise NetworkRefused(message, remedy="see LAMMPS's `read_data`") from problem
        elif parts[2:] in (["xlo", "xhi"], ["ylo", "yhi"]):
            box["xy".index(parts[2][0])] = float(parts[1]) - float(parts[0])
        elif parts[3:] == ["xy", "xz", "yz"] and any(float(part) for part in parts[:3]):
            raise NetworkRefused("the box is not rectangular", remedy="take a network in a rectangular box")
    if not np.isfinite(box).all():
        raise NetworkRefused("the file does not say how large the box is", remedy="this is no LAMMPS data file")
    return rows, box, style


def lammps_data(found: ReadNetwork, angle_stiffness: float, mass: float) -> bytes:
    """A data file for `units lj`, `atom_style molecular`, `bond_style harmonic`, `angle_style harmonic`.

    Every bond and every pair of bonds at a node has a type of its own, with its stiffness and what it is at rest.
    """
    positions, connections = found.positions, found.connections
    bonds, box = connections.bonds, connections.box
    vectors = connections.vectors(positions)
    lengths = np.hypot(*vectors.T)
    angles = _angles(connections, vectors) if angle_stiffness > 0 else []
    wrapped = np.floor(positions / box)
    lines = ["network of springs, Lennard-Jones units", ""]
    lines += [f"{len(positions)} atoms", f"{len(bonds)} bonds", f"{len(angles)} angles", "1 atom types"]
    lines += [f"{len(bonds)} bond types", f"{len(angles)} angle types", ""]
    lines += [
        f"0 {box[0]:.17g} xlo xhi",
        f"0 {box[1]:.17g} ylo yhi",
        "-0.5 0.5 zlo zhi",
        "",
        "Masses",
        "",
        f"1 {mass:.17g}",
        "",
    ]
    lines += ["Bond Coeffs", ""]
    lines += [
        f"{number} {factor / length:.17g} {length:.17g}"
        for number, (factor, length) in enumerate(zip(found.factors, lengths, strict=True), start=1)
    ]
    if angles:
        lines += ["", "Angle Coeffs", ""]
        lines += [f"{number} {angle_stiffness:.17g} {angle[3]:.17g}" for number, angle in enumerate(angles, start=1)]
    lines += ["", "Atoms # molecular", ""]
    lines += [
        f"{number} 1 1 {x:.17g} {y:.17g} 0 {i:.0f} {j:.0f} 0"
        for number, (x, y, i, j) in enumerate(np.hstack([positions - wrapped * box, wrapped]), start=1)
    ]
    lines += ["", "Bonds", ""]
    lines += [f"{number} {number} {first + 1} {second + 1}" for number, (first, second) in enumerate(bonds, start=1)]
    if angles:
        lines += ["", "Angles", ""]
        lines += [f"{number} {number} {a + 1} {b + 1} {c + 1}" for number, (a, b, c, _) in enumerate(angles, start=1)]
    return ("\n".join(lines) + "\n").encode()


def _angles(connections: Connections, vectors: NDArray[np.float64]) -> list[tuple[int, int, int, float]]:
    """First, middle and last node, and the angle at rest in degrees, of all pairs of bonds at a node."""
    at: list[list[tuple[int, NDArray[np.float64]]]] = [[] for _ in range(connections.nodes)]
    for (first, second), vector in zip(connections.bonds, vectors, strict=True):
        at[first].append((int(second), vector))
        at[second].append((int(first), -vector))
    found = []
    for middle, ends in enumerate(at):
        for place, (one, way) in enumerate(ends):
            for other, other_way in ends[:place]:
                cosine = way @ other_way / np.sqrt((way @ way) * (other_way @ other_way))
                found.append((one, middle, other, float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))))
    return found
