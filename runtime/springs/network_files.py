"""Networks of springs in files: numpy archives, and LAMMPS data (`lammps_files.py`)."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.regular_files import require_regular
from metac.runtime.springs.lammps_files import network_of_lammps
from metac.runtime.springs.network import Connections, NetworkRefused, SpringNetwork, checked
from metac.runtime.springs.read_network import ReadNetwork, bond_lengths, nearest_images


def without_removed(network: SpringNetwork) -> ReadNetwork:
    """A concrete network as a file would hold it: with the bonds that are there, of a weight above ½."""
    there = np.asarray(network.weights) > 0.5
    positions = np.asarray(network.positions)
    bonds, images = np.asarray(network.bonds)[there], np.asarray(network.images)[there]
    connections = Connections(np.asarray(network.box), bonds, images, len(positions))
    return ReadNetwork(positions, connections, np.asarray(network.factors)[there], network.stated_angle_stiffness)


def read_network(path: Path) -> ReadNetwork:
    """A network from a file, by what it is: an .npz archive, or LAMMPS data.

    Raises:
        OSError: where the file cannot be read.
        NetworkRefused: where it holds no network, or one under stress.
    """
    require_regular(path)
    content = path.read_bytes()
    found = (
        _from_arrays(content) if content.startswith(b"PK") else network_of_lammps(content.decode("utf-8", errors="replace"))
    )
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
