"""What is drawn beside a body so that its figure can be read alone: a scale bar, supports, and forces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Field = NDArray[np.float64]
INK = "#2b333b"
FORCE, LABEL = "#c8553d", "force on the body"
SUPPORT = "#3b6ea5"
SPRING_LENGTH = 0.09
"""Of a spring to the ground, over the size of what is drawn."""
ZIGZAGS = 10
SUPPORTS_APART = 0.05
"""Least distance of the marks of supports, over the size of what is drawn."""
BAR_SHARE = 0.3
"""Greatest length of a scale bar, over the width of what is drawn."""
ARROW_SHARE = 0.12
"""Length of the arrow of the largest force, over the size of what is drawn."""
LEAST_FORCE = 1e-3
"""Forces smaller than this share of the largest are not drawn."""
NEAR = 0.02
"""Forces on nodes that are nearer than this share of the size belong to one grip."""


def round_length(most: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above `most`, mm."""
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(factor * power for factor in (1, 2, 5) if factor * power <= most * (1 + 1e-9)))


def scale_bar(axes: Axes, low: Field, high: Field) -> float:
    """A bar of a round length under a drawing between the corners `low` and `high`; the space that it takes, mm."""
    width, height = high - low
    length = round_length(BAR_SHARE * width)
    depth = 0.04 * max(width, height)
    y = low[1] - depth
    axes.plot([low[0], low[0] + length], [y, y], color=INK, linewidth=2.2, solid_capstyle="butt", clip_on=False)
    axes.text(low[0] + length / 2, y - 0.4 * depth, f"{length:g} mm", ha="center", va="top", fontsize=8, color=INK)
    return 3.2 * depth


def draw_forces(axes: Axes, places: Field, forces: Field, *, largest: float | None = None) -> None:
    """Arrows of forces `[node, 2]`, N, at `places[node, 2]`, mm, those on one grip as their sum.

    The longest stands for the force `largest`, N, that of the figure by default. Pushing arrows end where the force acts,
    pulling ones begin there.
    """
    at, sums = resultants(places, forces)
    if not len(at):
        return
    size = float(np.ptp(places, axis=0).max())
    arrows = ARROW_SHARE * size * sums / (largest or np.linalg.norm(sums, axis=1).max())
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    outward = np.einsum("fi,fi->f", arrows, at - middle) >= 0
    start = np.where(outward[:, None], at, at - arrows)
    options: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.008, "zorder": 5}
    drawn = axes.quiver(*start.T, *arrows.T, color=FORCE, label=LABEL, clip_on=False, **options)
    drawn.set_in_layout(False)
    # Arrows are no part of what axes scale themselves to.
    axes.update_datalim(np.concatenate([start, start + arrows]))


def draw_supports(axes: Axes, places: Field, held: Field) -> None:
    """Marks of what is `held[node, 2]` at `places[node, 2]`, mm: not more than can be told apart.

    1 along an axis holds the node along it; anything else is the unit normal of a line on which it slides.
    """
    firm, along = (held == 1).all(axis=1), np.linalg.norm(held, axis=1) > 0
    kinds: list[tuple[str, Any, NDArray[np.bool_]]] = [("held", "s", firm)]
    for normal in np.unique(held[along & ~firm], axis=0):
        chosen = (held == normal).all(axis=1)
        label = {(1.0, 0.0): "held along x", (0.0, 1.0): "held along y"}.get(tuple(normal.tolist()), "slides along a line")
        # A mark points along the axis, or into the body.
        inward = (places.mean(axis=0) - places[chosen].mean(axis=0)) @ normal >= 0 or (normal == 1).any()
        x, y = normal if inward else -normal
        kinds.append((label, (3, 0, float(np.degrees(np.arctan2(-x, y)))), chosen))
    apart, known = SUPPORTS_APART * float(np.ptp(places, axis=0).max()), set[str]()
    for label, marker, chosen in kinds:
        shown, text = thinned(places[chosen], apart), "_" if label in known else label
        if len(shown):
            known.add(label)
            options: dict[str, Any] = {"color": SUPPORT, "edgecolor": "white", "linewidth": 0.5, "zorder": 6}
            axes.scatter(*shown.T, s=26, marker=marker, label=text, **options)


def draw_springs(
    axes: Axes, rest: Field, places: Field, nodes: NDArray[Any], weights: Field, axis: NDArray[np.int64]
) -> None:
    """Zigzag lines of springs whose ends `[spring, end, local]` are shared by nodes, at `places[node, 2]`, mm.

    One along an `axis` (−1: between two points) ends at the ground, which stands outside of the body at `rest[node, 2]`.
    """
    size = float(np.ptp(rest, axis=0).max())
    middle = (rest.min(axis=0) + rest.max(axis=0)) / 2
    label = "spring"
    for own, parts, along in zip(nodes, weights, axis, strict=True):
        first, second = (parts[end] @ places[own[end]] for end in (0, 1))
        if along >= 0:
            still = parts[0] @ rest[own[0]]
            outward = 1.0 if still[along] >= middle[along] else -1.0
            second = still + np.eye(PLANE)[along] * outward * SPRING_LENGTH * size
            ground = second + np.eye(PLANE)[1 - along] * 0.5 * SPRING_LENGTH * size * np.array([[-1.0], [1.0]])
            axes.plot(*ground.T, color=SUPPORT, linewidth=2.2, zorder=4, clip_on=False)
            axes.update_datalim(ground)
        line = zigzag(first, second, 0.2 * SPRING_LENGTH * size)
        axes.plot(*line.T, color=SUPPORT, linewidth=1.2, zorder=4, label=label, clip_on=False)
        label = "_"


def zigzag(first: Field, second: Field, width: float) -> Field:
    """`[point, 2]`: a line between two points that swings by `width` to both sides, straight at its ends."""
    along = second - first
    across = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-300)
    share = np.concatenate([[0.0], np.linspace(0.2, 0.8, ZIGZAGS), [1.0]])
    swing = np.concatenate([[0.0, 0.0], np.where(np.arange(ZIGZAGS - 2) % 2, 1.0, -1.0), [0.0, 0.0]])
    return first + share[:, None] * along + width * swing[:, None] * across


def thinned(places: Field, apart: float) -> Field:
    """Some of the places `[place, 2]`, at least `apart` from each other, the first of them among these."""
    order = places[np.lexsort((places[:, 0], places[:, 1]))]
    shown: list[Field] = []
    for place in order:
        if all(np.linalg.norm(place - other) >= apart for other in shown):
            shown.append(place)
    return np.array(shown).reshape(-1, PLANE)


def largest_resultant(places: Field, forces: Field | None) -> float:
    """The size of the largest arrow, N; zero where nothing acts at nodes."""
    sums = np.zeros((0, PLANE)) if forces is None else resultants(places, forces)[1]
    return float(np.linalg.norm(sums, axis=1).max(initial=0.0))


def resultants(places: Field, forces: Field) -> tuple[Field, Field]:
    """Where forces act `[force, 2]`, mm, and how large they are `[force, 2]`, N.

    Forces of nodes on one straight edge of the drawing's box act together, at their middle; others by themselves.
    """
    size = np.linalg.norm(forces, axis=1)
    loaded = np.flatnonzero(size > LEAST_FORCE * size.max(initial=0.0))
    if not len(loaded):
        return np.zeros((0, PLANE)), np.zeros((0, PLANE))
    low, high = places.min(axis=0), places.max(axis=0)
    near = NEAR * float((high - low).max())
    groups: dict[tuple[int, int] | int, list[int]] = {}
    for node in loaded:
        sides = [
            (axis, side) for axis in (1, 0) for side, end in enumerate((low, high)) if _at(places[node], end, axis, near)
        ]
        groups.setdefault(sides[0] if sides else int(node), []).append(int(node))
    at = np.array([places[nodes].mean(axis=0) for nodes in groups.values()])
    sums = np.array([forces[nodes].sum(axis=0) for nodes in groups.values()])
    kept = np.linalg.norm(sums, axis=1) > LEAST_FORCE * np.linalg.norm(sums, axis=1).max()
    return at[kept], sums[kept]


def _at(place: Field, end: Field, axis: int, near: float) -> bool:
    return bool(abs(place[axis] - end[axis]) < near)
