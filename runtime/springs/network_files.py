"""Networks of springs in files: LAMMPS data, and numpy archives."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.regular_files import require_regular
from metac.runtime.springs.network import Connections, NetworkRefused, SpringNetwork, checked

STRESSED = 1e-6
"""By how much, of its length, a bond may differ from its rest length in a network that is free of stress."""
ATOM_COLUMNS = {"atomic": 2, "charge": 3, "bond": 3, "angle": 3, "molecular": 3, "full": 4}
"""By LAMMPS's atom style, the column of x."""
SECTIONS = ("Masses", "Atoms", "Velocities", "Bonds", "Angles", "Bond Coeffs", "Angle Coeffs", "Pair Coeffs")


@dataclass(frozen=True)
class ReadNetwork:
    """What a file holds."""

    positions: NDArray[np.float64]
    """`[node, 2]`."""
    connections: Connections
    factors: NDArray[np.float64]
    """`[bond]`: stiffness times length."""


def without_removed(network: SpringNetwork) -> ReadNetwork:
    """A concrete network as a file would hold it: with the bonds that are there, of a weight above ½."""
    there = np.asarray(network.weights) > 0.5
    positions = np.asarray(network.positions)
    bonds, images = np.asarray(network.bonds)[there], np.asarray(network.images)[there]
    connections = Connections(np.asarray(network.box), bonds, images, len(positions))
    return ReadNetwork(positions, connections, np.asarray(network.factors)[there])


def read_network(path: Path) -> ReadNetwork:
    """A network from a file, by what it is: an .npz archive, or LAMMPS data.

    Raises:
        OSError: where the file cannot be read.
        NetworkRefused: where it holds no network, or one under stress.
    """
    require_regular(path)
    content = path.read_bytes()
    found = _from_arrays(content) if content.startswith(b"PK") else _from_lammps(content)
    checked(found.positions, found.connections)
    if not (np.isfinite(found.factors).all() and (found.factors > 0).all()):
        raise NetworkRefused("a stiffness is not a positive number", remedy="look at the file's numbers")
    return found


def _from_arrays(content: bytes) -> ReadNetwork:
    try:
        with np.load(BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except (ValueError, zipfile.BadZipFile) as problem:
        raise NetworkRefused(f"this archive cannot be read: {problem}", remedy="write it with numpy.savez") from problem
    missing = [name for name in ("positions", "box", "bonds") if name not in arrays]
    if missing:
        raise NetworkRefused(f"the archive has no array `{missing[0]}`", remedy=f"it has {', '.join(arrays) or 'none'}")
    positions, box = _numbers(arrays, "positions", (-1, 2)), _numbers(arrays, "box", (2,))
    bonds = _numbers(arrays, "bonds", (-1, 2)).astype(np.int64)
    images = (
        _numbers(arrays, "images", (len(bonds), 2)).astype(np.int64)
        if "images" in arrays
        else nearest_images(positions, box, bonds)
    )
    connections = Connections(box, bonds, images, len(positions))
    lengths = bond_lengths(positions, connections)
    factors = _numbers(arrays, "stiffness", (len(bonds),)) * lengths if "stiffness" in arrays else np.ones(len(bonds))
    return ReadNetwork(positions, connections, factors)


def _numbers(arrays: dict[str, Any], name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    found = arrays[name]
    fits = found.ndim == len(shape) and all(want in (-1, have) for want, have in zip(shape, found.shape, strict=True))
    if not fits or found.dtype.kind not in "fiu":
        wanted = "[" + ", ".join("any" if size < 0 else str(size) for size in shape) + "]"
        message = f"`{name}` is an array {list(found.shape)} of {found.dtype}, not {wanted} of numbers"
        raise NetworkRefused(message, remedy="see docs/elastic_networks.md for the arrays of a network")
    return found.astype(np.float64)


def nearest_images(positions: NDArray[np.float64], box: NDArray[np.float64], bonds: NDArray[np.int64]) -> NDArray[np.int64]:
    """`[bond, 2]`: periods that bring second nodes nearest to first ones; zero where a node does not exist."""
    valid = ((bonds >= 0) & (bonds < len(positions))).all(axis=1)
    apart = np.zeros((len(bonds), 2))
    apart[valid] = (positions[bonds[valid, 1]] - positions[bonds[valid, 0]]) / box
    # What is no number is refused where the network is checked.
    return -np.round(np.nan_to_num(apart)).astype(np.int64)


def bond_lengths(positions: NDArray[np.float64], connections: Connections) -> NDArray[np.float64]:
    """`[bond]`; NaN for bonds between nodes that do not exist."""
    bonds, lengths = connections.bonds, np.full(len(connections.bonds), np.nan)
    valid = ((bonds >= 0) & (bonds < len(positions))).all(axis=1)
    known = replace(connections, bonds=bonds[valid], images=connections.images[valid])
    lengths[valid] = np.hypot(*known.vectors(positions).T)
    return lengths


def _from_lammps(content: bytes) -> ReadNetwork:
    sections, box, style = _sections(content.decode("utf-8", errors="replace"))
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
    return ReadNetwork(positions, connections, factors)


def _sections(text: str) -> tuple[dict[str, list[list[float]]], NDArray[np.float64], str]:
    """Rows of numbers by section, the box, and the style of atoms (`molecular` where the file does not say)."""
    rows: dict[str, list[list[float]]] = {}
    box, style, section = np.full(2, np.nan), "molecular", ""
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
