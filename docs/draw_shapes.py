"""Draw docs/shapes.png: a pore of each shape of the library.

python docs/draw_shapes.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metac.stdlib.shapes.combined import Difference, Intersection, Moved, Offset, Union
from metac.stdlib.shapes.drawing import DrawnPores
from metac.stdlib.shapes.level_set import LevelSet
from metac.stdlib.shapes.motif import Circle, Ellipse, Motif, Polygon
from metac.stdlib.shapes.overvelde import Overvelde
from metac.stdlib.shapes.polygons import RegularPolygon, RoundedRectangle, Star


def trefoil(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Negative inside of three lobes."""
    return np.hypot(x, y) - 0.9 - 0.25 * np.cos(3 * np.arctan2(y, x))


AT = (0.0, 0.0)
PORES = Path(__file__).parents[1] / "specs/own/pores.svg"
ROUND = Circle(radius=0.8, at=AT)
BESIDE = Moved(shape=ROUND, by=[0.7, 0.0], angle=0.0, at=AT)
STAR = Star(points=5, outer=1.0, inner=0.45, angle=np.pi / 2, at=AT)
SHAPES: dict[str, Motif] = {
    "circle": ROUND,
    "ellipse": Ellipse(radii=[1.0, 0.5], angle=0.5, at=AT),
    "polygon": Polygon(points=[[-0.9, -0.8], [0.9, -0.5], [0.1, 0.9]], at=AT),
    "overvelde": Overvelde(pitch=2.0, porosity=0.4, c1=0.25, c2=0.0, ligament=0.0, at=AT),
    "regular_polygon": RegularPolygon(sides=6, radius=1.0, angle=0.0, at=AT),
    "rectangle": RoundedRectangle(width=1.8, height=1.2, fillet=0.3, angle=0.0, at=AT),
    "star": STAR,
    "moved": BESIDE,
    "union": Union(of=[ROUND, BESIDE], at=AT),
    "intersection": Intersection(of=[ROUND, BESIDE], at=AT),
    "difference": Difference(of=[ROUND, BESIDE], at=AT),
    "offset": Offset(of=STAR, by=0.15, at=AT),
    "drawing": DrawnPores(file=str(PORES), layer="pores", unit=None, around=None, tolerance=None, at=AT),
    "level_set": LevelSet(
        of=lambda x, y: np.hypot(x, y) - 0.9 - 0.25 * np.cos(3 * np.arctan2(y, x)), window=[3.0, 3.0], tolerance=None, at=AT
    ),
}


def main() -> None:
    """Draw it."""
    figure = Figure(figsize=(14.0, 4.2), layout="constrained")
    for axes, (name, shape) in zip(figure.subplots(2, 7).flat, SHAPES.items(), strict=True):
        scale = min(1.0, 1.3 / shape.reach)
        for outline in shape.parts:
            axes.fill(*(scale * outline.points.T), color="0.85", edgecolor="black", linewidth=1.2)
            axes.plot(*(scale * outline.points[list(outline.corners)].T), "o", color="C1", markersize=3)
        axes.plot(0, 0, "+", color="black")
        axes.set(title=name, aspect="equal", xlim=(-1.3, 1.6), ylim=(-1.2, 1.2))
        axes.set_axis_off()
    figure.savefig(Path(__file__).with_name("shapes.png"), dpi=110)


if __name__ == "__main__":
    main()
