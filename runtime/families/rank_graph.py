"""Shortest paths from cells of low to cells of high rank (Wang et al., section 4.3).

Nodes are cells in the order of a property. An edge leads from each to its nearest in the latent space among those of higher
rank; so there are no cycles. A path begins at one of the first nodes and ends at one of the last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Integers = NDArray[np.int64]
Array = NDArray[np.float64]

WINDOW = 5000
"""Ranks above a node's own among which its neighbours are looked for: time and memory grow with the number of nodes, not its
square, and no edge skips more. Without effect on fewer nodes."""
ROWS_AT_ONCE = 256


class RankGraph(NamedTuple):
    """Edges to nodes of higher rank."""

    sources: Integers
    """`[edge]`."""
    targets: Integers
    """`[edge]`: of higher rank."""
    lengths: Array
    """`[edge]`: distances in the latent space."""
    nodes: int

    @classmethod
    def of(cls, latents: NDArray[np.floating], neighbours: int, window: int = WINDOW) -> RankGraph:
        """Of `latents[node, latent]` in the order of rank: each node's nearest among the `window` ranks above."""
        places = np.asarray(latents, np.float32)
        squares = np.einsum("ij,ij->i", places, places)
        sources, targets = [], []
        for start in range(0, len(places) - 1, ROWS_AT_ONCE):
            rows = np.arange(start, min(start + ROWS_AT_ONCE, len(places) - 1))
            columns = np.arange(start + 1, min(int(rows[-1]) + window, len(places) - 1) + 1)
            found = squares[columns] - 2 * places[rows] @ places[columns].T
            ahead = columns - rows[:, None]
            found[(ahead < 1) | (ahead > window)] = np.inf
            count = min(neighbours, len(columns))
            chosen = np.argpartition(found, count - 1, axis=1)[:, :count]
            real = np.isfinite(np.take_along_axis(found, chosen, axis=1))
            sources.append(np.broadcast_to(rows[:, None], chosen.shape)[real])
            targets.append(columns[chosen][real])
        nothing = np.zeros(0, np.int64)
        source, target = np.concatenate([nothing, *sources]), np.concatenate([nothing, *targets])
        exact = np.asarray(latents, float)
        return cls(source, target, np.linalg.norm(exact[source] - exact[target], axis=1), len(exact))

    def shortest(self, ends: int, power: float) -> Integers | None:
        """`[node]`, rising: the path from one of the first `ends` nodes to one of the last whose lengths, each to this
        power, sum up to the least; None where there is none.

        The paper's length itself makes few, long edges: by the triangle inequality no detour is shorter.
        """
        edges = csr_array((self.lengths**power, (self.sources, self.targets)), shape=(self.nodes, self.nodes))
        cost, before, _ = dijkstra(edges, directed=True, indices=np.arange(ends), return_predecessors=True, min_only=True)
        last = self.nodes - ends + int(np.argmin(cost[self.nodes - ends :]))
        if not np.isfinite(cost[last]):
            return None
        path = [last]
        while (previous := int(before[path[-1]])) >= 0:
            path.append(previous)
        return np.array(path[::-1])


class FoundPaths(NamedTuple):
    """Paths that share no node."""

    paths: tuple[Integers, ...]
    """`[node]` each, in the order in which they were found."""
    left: int
    """Nodes that were left after the last of them."""


def different_paths(
    latents: NDArray[np.floating], count: int, neighbours: int, ends: int, power: float, apart: float
) -> FoundPaths:
    """Up to `count` shortest paths over `latents[node, latent]`, in the order of rank.

    After each, its nodes are taken out, and all that lie within `apart` of one of them in the latent space: what is left is
    linked anew. The search ends where fewer than twice `ends` nodes are left, or no path.
    """
    kept, paths = np.arange(len(latents)), []
    while len(paths) < count and len(kept) >= 2 * ends:
        found = RankGraph.of(latents[kept], neighbours).shortest(ends, power)
        if found is None:
            break
        paths.append(kept[found])
        kept = kept[~_near(latents[kept], latents[paths[-1]], apart)]
    return FoundPaths(tuple(paths), len(kept))


def _near(latents: NDArray[np.floating], path: NDArray[np.floating], apart: float) -> NDArray[np.bool_]:
    """`[node]`: whether it is one of a path, or as near to one."""
    found = np.zeros(len(latents), bool)
    for place in path.astype(float):
        found |= np.linalg.norm(latents - place, axis=1) <= apart
    return found
