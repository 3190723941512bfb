"""Where the stiffness matrix of a mesh with prescribed points is non-zero, and where each element's entries go.

Made once for each topology on the host: found again by content, so that bodies which are constructed again in every trace
share it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int, Int32
from numpy.typing import NDArray

from metac.runtime.fem.attachments import AttachedEntries, Attachments
from metac.runtime.fem.elements.tables import stiffness_pairs
from metac.runtime.fem.numbering import degrees_of_freedom
from metac.runtime.linear_solvers.backend import solver_name
from metac.runtime.linear_solvers.interface import SymmetricSparsity
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

if TYPE_CHECKING:
    from metac.runtime.fem.assembly.constraints import MultiPointConstraints
    from metac.runtime.mesh.mesh import Mesh

CACHED = 16
"""Topologies that are cached."""


@dataclass(frozen=True, eq=False)
class Layer:
    """Entries of elements that go to different values of the matrix: added without looking for others of the same value."""

    sources: Int32[np.ndarray, " entry"]
    """`[entry]`: index into the packed element matrices `[pair, cell]`, flattened."""
    targets: Int32[np.ndarray, " entry"]
    """`[entry]`, ascending: index among the matrix's values."""


@dataclass(frozen=True, eq=False)
class ConstrainedEntries:
    """Entries of elements with constrained nodes: each is a weighted part of one entry of the matrix."""

    sources: Int[np.ndarray, " entry"]
    """`[entry]`: index into the packed element matrices `[pair, cell]`, flattened."""
    weights: Float[np.ndarray, " entry"]
    """`[entry]`."""
    targets: Int32[np.ndarray, " entry"]
    """`[entry]`: index among the matrix's values."""


@dataclass(frozen=True, eq=False)
class Assembly:
    """Degrees of freedom are numbered `dimension · point + component`; free ones are unknowns, fixed ones are prescribed.

    Points are the nodes of the mesh, unless some are constrained (`runtime/fem/assembly/constraints.py`).
    """

    cells: Int32[np.ndarray, "cell node"]
    """`[cell, node]`."""
    point_count: int
    free: NDArray[np.int32]
    """Free degrees of freedom, ascending; the matrix has their order."""
    fixed: NDArray[np.int32]
    """Prescribed degrees of freedom, ascending."""
    layers: tuple[Layer, ...]
    """Every entry of an element's upper triangle, pairs in the order of `stiffness_pairs`, but for those that belong to a
    prescribed degree of freedom and those of `constrained`. Most values of the matrix take one entry or two."""
    constrained: ConstrainedEntries | None
    """Further entries, of elements with constrained nodes."""
    attached: AttachedEntries | None
    """Further entries, of what is attached to the body; None where nothing is."""
    matrix: SymmetricSparsity
    analysis: VerifiedAnalysis
    """Solves with matrices of this sparsity pattern; holds what the solver learnt from it."""


def assembly(
    mesh: Mesh,
    fixed: Int[np.ndarray, " fixed"],
    constraints: MultiPointConstraints | None = None,
    attachments: Attachments | None = None,
) -> Assembly:
    """The assembly of a mesh for prescribed degrees of freedom `fixed`; the same one for equal content and solver."""
    fixed = np.unique(np.asarray(fixed, dtype=np.int32))
    digest = hashlib.sha256(np.array([*mesh.nodes.shape, *mesh.cells.shape]).tobytes())
    digest.update(np.ascontiguousarray(mesh.cells).tobytes())
    if constraints is not None:
        digest.update(constraints.points.tobytes() + constraints.arms.tobytes())
    if attachments is not None:
        digest.update(b"attached" + attachments.digest)
    digest.update(fixed.tobytes())
    digest.update(solver_name().encode())
    key = digest.hexdigest()
    with _lock:
        if key not in _cache:
            _cache[key] = _make(mesh, fixed, constraints, attachments)
        _cache.move_to_end(key)
        while len(_cache) > CACHED:
            _cache.popitem(last=False)
        return _cache[key]


_cache: OrderedDict[str, Assembly] = OrderedDict()
_lock = threading.Lock()


def _make(
    mesh: Mesh, fixed: NDArray[np.int32], constraints: MultiPointConstraints | None, attachments: Attachments | None
) -> Assembly:
    cells, node_count, dimension = mesh.cells, len(mesh.nodes), mesh.dimension
    used = np.zeros(dimension * node_count, dtype=bool)
    used[degrees_of_freedom(np.unique(cells), range(dimension), dimension)] = True
    extra = 0 if attachments is None else attachments.extra_points
    point_count = (node_count if constraints is None else constraints.point_count) + extra
    total = dimension * point_count
    used = np.concatenate([used, np.zeros(dimension * extra, dtype=bool)])
    if len(fixed) and (fixed[0] < 0 or fixed[-1] >= total):
        raise ValueError(f"prescribed degrees of freedom outside 0 .. {total - 1}")
    if constraints is None:
        used[fixed] = True
    if not used.all():
        raise ValueError(f"{int((~used[::dimension]).sum())} nodes belong to no element")
    free = np.setdiff1d(np.arange(total, dtype=np.int32), fixed)
    number = np.full(total, -1, dtype=np.int64)
    number[free] = np.arange(len(free))

    nodes = cells.shape[1]
    rows, columns = stiffness_pairs(nodes, dimension)
    points = cells if constraints is None else constraints.points[cells]
    degrees = degrees_of_freedom(points.T, range(dimension), dimension)  # [component · nodes + node, cell]
    first, second = number[degrees[rows]], number[degrees[columns]]
    row, column = np.minimum(first, second), np.maximum(first, second)
    is_plain = row >= 0
    if constraints is not None:
        is_plain &= ~_is_constrained(cells, constraints)
    plain_keys = column[is_plain] * len(free) + row[is_plain]
    sources, weights, constrained_keys = _constrained(cells, constraints, number, len(free))
    attached_sources, attached_keys = (attachments or Attachments()).keys(number, len(free), dimension)
    keys, inverse = np.unique(np.concatenate([plain_keys, constrained_keys, attached_keys]), return_inverse=True)
    after = len(plain_keys) + len(constrained_keys)
    indptr = np.searchsorted(keys, np.arange(len(free) + 1) * len(free)).astype(np.int32)
    matrix = SymmetricSparsity(len(free), indptr, (keys % max(len(free), 1)).astype(np.int32))
    return Assembly(
        cells=cells,
        point_count=point_count,
        free=free,
        fixed=fixed,
        layers=_layers(np.flatnonzero(is_plain), inverse[: len(plain_keys)]),
        constrained=None
        if constraints is None
        else ConstrainedEntries(sources, weights, inverse[len(plain_keys) : after].astype(np.int32)),
        attached=None if attachments is None else AttachedEntries(attached_sources, inverse[after:].astype(np.int32)),
        matrix=matrix,
        analysis=VerifiedAnalysis(matrix),
    )


def _layers(sources: NDArray[np.int64], targets: NDArray[np.int64]) -> tuple[Layer, ...]:
    """The first entries of all values, the second ones, and so on."""
    order = np.argsort(targets, kind="stable")
    from_where, to = sources[order].astype(np.int32), targets[order].astype(np.int32)
    turn = np.arange(len(to)) - np.searchsorted(to, to)
    return tuple(Layer(from_where[turn == k], to[turn == k]) for k in range(int(turn.max(initial=-1)) + 1))


def _is_constrained(cells: NDArray[np.int32], constraints: MultiPointConstraints) -> Bool[np.ndarray, " cell"]:
    """`[cell]`: whether an element has a node with an arm; all others have one degree of freedom for each of their own."""
    return (constraints.arms != 0).any(axis=1)[cells].any(axis=1)


def _constrained(
    cells: NDArray[np.int32], constraints: MultiPointConstraints | None, number: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Sources, weights and keys (column · size + row) of the entries of TᵀKT, K those of constrained elements."""
    if constraints is None:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, np.zeros(0), nothing
    chosen = np.flatnonzero(_is_constrained(cells, constraints))
    points, arms = constraints.points[cells[chosen]], constraints.arms[cells[chosen]]  # [cell, node], [cell, node, control]
    controls = np.broadcast_to(constraints.point_count - arms.shape[2] + np.arange(arms.shape[2]), arms.shape)
    # Each local degree of freedom is a sum over its point and the control points: [cell, local, term].
    terms = np.concatenate([points[:, :, None], controls], axis=2)
    dimension = arms.shape[2]
    degrees = number[np.moveaxis(degrees_of_freedom(np.moveaxis(terms, 1, 0), range(dimension), dimension), 0, 1)]
    parts = np.concatenate([np.ones((*points.shape, 1)), arms], axis=2)
    parts = np.where(degrees >= 0, np.concatenate([parts] * dimension, axis=1), 0.0)
    cell, local, term = np.nonzero(parts)
    # All pairs of terms of one element: the columns of element c start at starts[c].
    counts = np.bincount(cell, minlength=len(chosen))
    starts = np.cumsum(counts) - counts
    left = np.repeat(np.arange(len(cell)), counts[cell])
    offsets = np.arange(len(left)) - np.repeat(np.cumsum(counts[cell]) - counts[cell], counts[cell])
    right = starts[cell[left]] + offsets
    degree, part = degrees[cell, local, term], parts[cell, local, term]
    upper = degree[left] <= degree[right]
    left, right = left[upper], right[upper]
    rows, columns = stiffness_pairs(cells.shape[1], dimension)
    packed = np.empty((dimension * cells.shape[1],) * 2, dtype=np.int64)
    packed[rows, columns] = packed[columns, rows] = np.arange(len(rows))
    sources = packed[local[left], local[right]] * len(cells) + chosen[cell[left]]
    return sources, part[left] * part[right], degree[right] * size + degree[left]
