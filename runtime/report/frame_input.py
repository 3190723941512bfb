"""Frames as input files of finite element programs: Abaqus, and CalculiX, which reads the same.

Every load is applied to a copy of the frame of its own, all in one step: CalculiX cannot take back what it has prescribed
for the rotation of a node. Beams are linear elements, enough of them for bending. What the beam theory leaves out is left
out here too: Poisson's ratio is 0, so that CalculiX, which makes solids of beams, lets them contract; Abaqus takes the shear
stiffness K_s G A from the section.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metac.runtime.beams.beam_element import SHEAR_CORRECTION
from metac.runtime.dimensions import PLANE
from metac.runtime.report.frame_export import DrawnFrame

DIVISIONS = 16
"""Linear elements that a beam is divided into: bending is off by about 1 / (4 · 16²)."""
ROTATION = 6
"""The degree of freedom that turns about z, there."""
DEGREES = (1, 2, ROTATION)
RIGID = 1e4
"""Shear stiffness of beams that do not shear, over that of those that do."""
COPY_GAP = 0.5
"""Between copies, over the height of the frame."""


@dataclass(frozen=True, eq=False)
class AppliedLoad:
    """One load on the frame, small displacements."""

    name: str
    prescribed: NDArray[np.float64]
    """`[node, 3]`, mm and radian: displacements that are prescribed, NaN where none is; of sheets `[node, 2]`, mm."""
    forces: NDArray[np.float64]
    """`[node, 3]`, N and N·mm; of sheets `[node, 2]`, N."""

    def at(self, nodes: NDArray[np.int64]) -> AppliedLoad:
        """The load on some of the nodes."""
        return replace(self, prescribed=self.prescribed[nodes], forces=self.forces[nodes])


def input_file(frame: DrawnFrame, loads: Sequence[AppliedLoad], notes: Sequence[str] = ()) -> bytes:
    """Nodes, beams, material, and a step with all loads; `notes` are added to the comments at its head."""
    lines = ["*HEADING", "made by metac; mm, N, MPa", *(f"** {line}" for line in (*_CONVENTIONS, *notes))]
    size = _copy_size(frame)
    height = float(np.ptp(frame.nodes[:, 1]))
    copies = range(max(len(loads), 1))
    for copy in copies:
        name = loads[copy].name if loads else "no load"
        lines.append(f"** copy {copy + 1}: {name}; numbers from {copy * size + 1}")
    lines.append("*NODE")  # one block without comments: some readers know no other
    for copy in copies:
        lines += _nodes(frame, copy * size, copy * (1 + COPY_GAP) * height)
    for copy in copies:
        lines += _elements(frame, copy, copy * size)
    lines += _material(frame)
    for copy, load in enumerate(loads):
        lines += _sets(frame, load, copy, copy * size)
    if loads:
        lines += ["*STEP, NLGEOM=NO", "*STATIC"]
        for copy, load in enumerate(loads):
            lines += _applied(frame, load, copy * size)
        for copy in range(len(loads)):
            lines += [f"*NODE PRINT, NSET=PRESCRIBED{copy + 1}, TOTALS=YES", "U, RF"]
            lines += [f"*EL PRINT, ELSET=FRAME{copy + 1}, TOTALS=ONLY", "ELSE"]
        lines += ["*NODE FILE", "U, RF", "*EL FILE", "S", "*END STEP"]
    return "".join(f"{line}\n" for line in lines).encode()


_CONVENTIONS = (
    "nodes are numbered from 1 as in the table of nodes; elements of beam n begin at (n - 1) * divisions + 1",
    "a load has a copy of the frame of its own; its numbers are shifted, and it stands above the one before",
    "Poisson's ratio 0: beams contract freely; shear stiffness as given with the sections",
)


def _copy_size(frame: DrawnFrame) -> int:
    """A power of ten above all numbers of one copy, so that a node is found again by its last digits."""
    most = max(len(frame.nodes) + len(frame.edges) * (DIVISIONS - 1), len(frame.edges) * DIVISIONS)
    return 10 ** len(str(most))


def _inner_numbers(frame: DrawnFrame) -> NDArray[np.int64]:
    """`[beam, inner node]`: numbers of the nodes within beams."""
    count = DIVISIONS - 1
    return len(frame.nodes) + 1 + np.arange(len(frame.edges) * count).reshape(len(frame.edges), count)


def _nodes(frame: DrawnFrame, offset: int, up: float) -> list[str]:
    """Of those that beams touch, and those within beams."""
    used = np.unique(frame.edges)
    share = np.arange(1, DIVISIONS)[None, :, None] / DIVISIONS
    first, second = frame.nodes[frame.edges].swapaxes(0, 1)
    between = (first[:, None] * (1 - share) + second[:, None] * share).reshape(-1, PLANE)
    places = [*zip(used + 1, frame.nodes[used], strict=True)]
    places += zip(_inner_numbers(frame).ravel(), between, strict=True)
    return [f"{offset + number}, {x:.12g}, {y + up:.12g}, 0." for number, (x, y) in places]


def _elements(frame: DrawnFrame, copy: int, offset: int) -> list[str]:
    """With sections, a set for each width."""
    lines, inner = [], _inner_numbers(frame)
    chains = np.concatenate([frame.edges[:, :1] + 1, inner, frame.edges[:, 1:] + 1], axis=1) + offset
    for group, width in enumerate(np.unique(frame.widths), start=1):
        name = f"WIDTH{group}" if copy == 0 else f"WIDTH{group}COPY{copy + 1}"
        lines.append(f"*ELEMENT, TYPE=B21, ELSET={name}")
        for beam in np.flatnonzero(frame.widths == width):
            numbers = offset + beam * DIVISIONS + np.arange(1, DIVISIONS + 1)
            lines += [f"{n}, {a}, {b}" for n, a, b in zip(numbers, chains[beam], chains[beam, 1:], strict=False)]
        shear = SHEAR_CORRECTION * frame.young / (2 * (1 + frame.poisson)) * width * frame.depth
        shear *= 1 if frame.shear else RIGID
        lines += [f"*BEAM SECTION, SECTION=RECT, ELSET={name}, MATERIAL=BULK", f"{frame.depth:.12g}, {width:.12g}"]
        lines += ["0., 0., -1.", "*TRANSVERSE SHEAR STIFFNESS", f"{shear:.12g}, {shear:.12g}"]
    lines += [f"*ELSET, ELSET=FRAME{copy + 1}, GENERATE", f"{offset + 1}, {offset + len(frame.edges) * DIVISIONS}, 1"]
    return lines


def _material(frame: DrawnFrame) -> list[str]:
    return ["*MATERIAL, NAME=BULK", "*ELASTIC", f"{frame.young:.12g}, 0."]


def _sets(frame: DrawnFrame, load: AppliedLoad, copy: int, offset: int) -> list[str]:
    held = np.intersect1d(np.flatnonzero(~np.isnan(load.prescribed).all(axis=1)), frame.edges)
    return [f"*NSET, NSET=PRESCRIBED{copy + 1}", *(str(offset + node + 1) for node in held)]


def _applied(frame: DrawnFrame, load: AppliedLoad, offset: int) -> list[str]:
    """Of nodes that beams touch."""
    lines = [f"** {load.name}", "*BOUNDARY"]
    forces = []
    for node in np.unique(frame.edges):
        for degree, value in zip(DEGREES, load.prescribed[node], strict=True):
            if not np.isnan(value):
                lines.append(f"{offset + node + 1}, {degree}, {degree}, {value:.12g}")
        for degree, value in zip(DEGREES, load.forces[node], strict=True):
            if value:
                forces.append(f"{offset + node + 1}, {degree}, {value:.12g}")
    return [*lines, *(["*CLOAD", *forces] if forces else [])]
