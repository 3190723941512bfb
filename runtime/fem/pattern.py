"""Where the stiffness matrix of a mesh with prescribed nodes is non-zero, and where each element's entries go.

Made once for each topology on the host: found again by content, so that bodies which are made anew in every trace share it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.solvers.checked import CheckedAnalysis
from metac.runtime.solvers.interface import SymmetricPattern

if TYPE_CHECKING:
    from metac.runtime.fem.mesh import Mesh

CACHED = 16
"""Topologies that are remembered."""


@dataclass(frozen=True, eq=False)
class Assembly:
    """Degrees of freedom are numbered `2 node + component`; free ones are unknowns, fixed ones are prescribed."""

    cells: NDArray[np.int32]
    """`[cell, node]`."""
    node_count: int
    free: NDArray[np.int32]
    """Free degrees of freedom, ascending; the matrix has their order."""
    fixed: NDArray[np.int32]
    """Prescribed degrees of freedom, ascending."""
    local_rows: NDArray[np.int32]
    """`[pair]`: local row (`component · nodes + node`) of each entry of an element's upper triangle."""
    local_columns: NDArray[np.int32]
    """`[pair]`: local column."""
    targets: NDArray[np.int32]
    """`[pair, cell]`: index among the matrix's values; the number of values where the entry belongs to a prescribed one."""
    matrix: SymmetricPattern
    analysis: CheckedAnalysis
    """Solves with matrices of this pattern; holds what the solver learnt from it."""


def assembly(mesh: Mesh, fixed: NDArray[np.int32]) -> Assembly:
    """The assembly of a mesh for prescribed degrees of freedom `fixed`; the same one for equal content."""
    fixed = np.unique(np.asarray(fixed, dtype=np.int32))
    digest = hashlib.sha256(np.array([len(mesh.nodes), *mesh.cells.shape]).tobytes())
    digest.update(np.ascontiguousarray(mesh.cells).tobytes())
    digest.update(fixed.tobytes())
    key = digest.hexdigest()
    with _lock:
        if key not in _cache:
            _cache[key] = _make(mesh.cells, len(mesh.nodes), fixed)
        _cache.move_to_end(key)
        while len(_cache) > CACHED:
            _cache.popitem(last=False)
        return _cache[key]


_cache: OrderedDict[str, Assembly] = OrderedDict()
_lock = threading.Lock()


def _make(cells: NDArray[np.int32], node_count: int, fixed: NDArray[np.int32]) -> Assembly:
    total = 2 * node_count
    if len(fixed) and (fixed[0] < 0 or fixed[-1] >= total):
        raise ValueError(f"prescribed degrees of freedom outside 0 .. {total - 1}")
    used = np.zeros(total, dtype=bool)
    used[2 * cells], used[2 * cells + 1] = True, True
    used[fixed] = True
    if not used.all():
        raise ValueError(f"{int((~used[::2]).sum())} nodes belong to no element")
    free = np.setdiff1d(np.arange(total, dtype=np.int32), fixed)
    number = np.full(total, -1, dtype=np.int64)
    number[free] = np.arange(len(free))

    nodes = cells.shape[1]
    rows, columns = np.triu_indices(2 * nodes)
    degrees = np.concatenate([2 * cells.T, 2 * cells.T + 1])  # [component · nodes + node, cell]
    first, second = number[degrees[rows]], number[degrees[columns]]
    row, column = np.minimum(first, second), np.maximum(first, second)
    is_free = row >= 0
    keys, inverse = np.unique(column[is_free] * len(free) + row[is_free], return_inverse=True)
    targets = np.full(row.shape, len(keys), dtype=np.int32)
    targets[is_free] = inverse
    indptr = np.searchsorted(keys, np.arange(len(free) + 1) * len(free)).astype(np.int32)
    matrix = SymmetricPattern(len(free), indptr, (keys % max(len(free), 1)).astype(np.int32))
    return Assembly(
        cells=cells,
        node_count=node_count,
        free=free,
        fixed=fixed,
        local_rows=rows.astype(np.int32),
        local_columns=columns.astype(np.int32),
        targets=targets,
        matrix=matrix,
        analysis=CheckedAnalysis(matrix),
    )
