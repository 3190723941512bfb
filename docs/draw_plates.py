"""Draw docs/plates.png: a dog bone of a perforated sheet, as it is meshed.

python docs/draw_plates.py
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from metac.stdlib.bodies.plate import Plate
from metac.stdlib.shapes.combined import Moved, Union
from metac.stdlib.shapes.motif import Circle
from metac.stdlib.shapes.polygons import RoundedRectangle
from metac.stdlib.shapes.tiled import Tiled
from metac.stdlib.symmetries.plane_group import PlaneGroup

AT = (0.0, 0.0)
COLOURS = {"left": "C0", "right": "C0", "bottom": "C3", "top": "C3", "pores": "black"}


def rectangle(width: float, height: float, y: float) -> Moved:
    """An upright rectangle around a point of the axis x = 0, mm."""
    return Moved(
        shape=RoundedRectangle(width=width, height=height, fillet=0.0, angle=0.0, at=AT), by=[0.0, y], angle=0.0, at=AT
    )


def main() -> None:
    """Draw it."""
    group = PlaneGroup(lattice="square", basis=[[10.0, 0.0], [0.0, 10.0]], operations=["x,y", "-y,x", "-x,-y", "y,-x"])
    bone = Union(of=[rectangle(20.0, 60.0, 0.0), rectangle(30.0, 10.0, 25.0), rectangle(30.0, 10.0, -25.0)], at=AT)
    pores = Tiled(motif=Circle(radius=1.8, at=(0.25, 0.25)), symmetry=group)
    mesh = Plate.build(bone, [pores], 1, 1.8, 2.0, "plain").mesh
    figure = Figure(figsize=(4.0, 7.0), layout="constrained")
    axes = figure.subplots()
    axes.triplot(*mesh.nodes.T, mesh.cells, color="0.75", linewidth=0.5)
    for part, edges in mesh.facets.items():
        for ends in mesh.nodes[edges]:
            axes.plot(*ends.T, color=COLOURS[part], linewidth=2.0 if part == "pores" else 4.0)
    axes.set(aspect="equal", xlabel="x, mm", ylabel="y, mm")
    figure.savefig(Path(__file__).with_name("plates.png"), dpi=110)


if __name__ == "__main__":
    main()
