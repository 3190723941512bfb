"""What an exact solve takes, from shapes, against what the machine has: refused before anything is allocated."""

from __future__ import annotations

import os
from pathlib import Path

from metac.runtime.dimensions import PLANE
from metac.runtime.errors import RuntimeFailure
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.dissection import BYTES, front_memory

_LOCAL = 40
"""Numbers a pixel that products with the matrix hold at once: displacements and forces of four corners, padded, summed."""

_MULTIGRID = 90
"""Numbers a pixel that multigrid holds at once: those products, fields of the iteration, matrices of coarse pixels."""


class SystemTooLarge(RuntimeFailure):
    """The exact solve of a system of cells needs more memory than the machine has left."""

    code = "M0635"

    def __init__(self, needed: int, available: int, what: str) -> None:
        self.needed, self.available = needed, available
        super().__init__(
            f"the exact solve of {what} needs {_readable(needed)} of memory, {_readable(available)} are free",
            remedy="verify the homogenised cells only, `verify = coarse`, or a part that symmetry leaves",
        )


def estimated_bytes(grid: CellGrid, kinds: int) -> int:
    """The most that factorisation and solves hold at once, from shapes alone, for so many kinds of cells."""
    shape, pixels = grid.shape, grid.pixels[0] * grid.pixels[1]
    numbers = BYTES * (grid.rows * grid.columns) * 4 * PLANE * 2 * (shape.rows + shape.columns)
    own = kinds * shape.factor_bytes + BYTES * _LOCAL * pixels + numbers
    if shape.split > 1:  # it is solved with the factorisation of the grid before
        return estimated_bytes(grid.unsplit, kinds) + own
    return front_memory(grid.extent, (shape.rows, shape.columns), PLANE).peak + own


def require_memory(grid: CellGrid, kinds: int) -> None:
    """Raise SystemTooLarge where the estimate exceeds what is free."""
    _require(estimated_bytes(grid, kinds), grid)


def require_multigrid_memory(grid: CellGrid) -> None:
    """Raise SystemTooLarge where multigrid would need more than is free."""
    rows, columns = grid.pixels
    _require(BYTES * _MULTIGRID * rows * columns, grid)


def _require(needed: int, grid: CellGrid) -> None:
    available = available_bytes()
    if needed > available:
        rows, columns = grid.pixels
        raise SystemTooLarge(needed, available, f"{grid.rows} × {grid.columns} cells, {rows * columns:,} pixels")


def available_bytes() -> int:
    """Free memory of the machine, or of the control group that the process is confined to."""
    found = [_free_of_machine()]
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    try:
        text = limit.read_text().strip()
        if text != "max":
            found.append(int(text) - int(used.read_text()))
    except (OSError, ValueError):
        pass  # no control group, or one of another version: the machine's own memory counts
    return max(min(found), 0)


def _free_of_machine() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    except OSError:
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _readable(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
