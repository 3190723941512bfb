"""Draw docs/curves.png: one table of points with the three ways between them.

python docs/draw_curves.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from metac.compiler.interfaces.given_curve import INTERPOLATIONS, GivenCurve

STRAIN = (0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1)
STRESS = (0.0, 0.5, 1.0, 1.05, 1.05, 1.1, 1.6)


def main() -> None:
    """Draw it."""
    figure = Figure(figsize=(7.0, 3.2), layout="constrained")
    axes = figure.add_subplot()
    along = np.linspace(STRAIN[0], STRAIN[-1], 401)
    for name, style in zip(INTERPOLATIONS, ("--", "-", ":"), strict=True):
        axes.plot(100 * along, GivenCurve(STRAIN, STRESS, name)(along), style, label=name)
    axes.plot(100 * np.array(STRAIN), STRESS, "o", color="black", label="points")
    axes.set_xlabel("strain, %")
    axes.set_ylabel("stress, MPa")
    axes.legend(frameon=False)
    figure.savefig(Path(__file__).with_name("curves.png"), dpi=120)


if __name__ == "__main__":
    main()
