"""Draw docs/picture_outlines.png: the picture of a cell, and the outlines that are made of it.

python docs/draw_pictures.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from metac.stdlib.shapes.picture import PicturePores

FILE = Path(__file__).parents[1] / "specs/own/cell.png"
WIDTH = 10.0


def main() -> None:
    """Draw it."""
    pores = PicturePores(
        file=str(FILE),
        variable=None,
        width=WIDTH,
        values=None,
        solid="white",
        threshold=0.5,
        smoothing=1.0,
        periodic=True,
        tolerance=None,
        at=(0.5, 0.5),
    )
    figure = Figure(figsize=(5.0, 5.0), layout="constrained")
    axes = figure.subplots()
    half = WIDTH / 2
    axes.imshow(np.asarray(Image.open(FILE)), cmap="gray", extent=(-half, half, -half, half), alpha=0.6)
    for outline in pores.parts:
        axes.plot(*np.concatenate([outline.points, outline.points[:1]]).T, color="C1", linewidth=2)
    axes.set(xlim=(-half, half), ylim=(-half, half), aspect="equal", xlabel="x, mm", ylabel="y, mm")
    figure.savefig(Path(__file__).with_name("picture_outlines.png"), dpi=110)


if __name__ == "__main__":
    main()
