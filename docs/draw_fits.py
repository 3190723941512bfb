"""Draw docs/fits.png: Ogden's law fitted to Treloar's rubber, beside the published coefficients, and two profiles.

python docs/draw_fits.py RUN

RUN is the folder of a run of specs/own/ogden_treloar.meta.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

OWN = Path(__file__).parents[1] / "specs" / "own"
PUBLISHED = (0.63, 0.0012, -0.01), (1.3, 5.0, -2.0)
"""μ (MPa) and α: Ogden, Proc. R. Soc. Lond. A 326, 1972."""
TESTS = {"uniaxial": ("simple tension", -0.5), "pure_shear": ("pure shear", -1.0), "equibiaxial": ("equibiaxial", -2.0)}
"""What they are called, and the power of the given stretch that a free one is where the volume is kept."""
SHOWN = ("mu1", "mu3")


def stress(stretch: np.ndarray, free: float, mu: tuple[float, ...], alpha: tuple[float, ...]) -> np.ndarray:
    """Nominal stress of Ogden's law, MPa, without change of volume."""
    terms = zip(mu, alpha, strict=True)
    return sum((m * (stretch ** (a - 1) - stretch ** (free * a - 1)) for m, a in terms), np.zeros_like(stretch))


def main(run: Path) -> None:
    """Draw it."""
    varied = {name: entry["value"] for name, entry in json.loads((run / "result.json").read_text())["varied"].items()}
    mu = varied["mu1"], 10 ** varied["lg2"], varied["mu3"]
    alpha = varied["alpha1"], varied["alpha2"], varied["alpha3"]
    figure = Figure(figsize=(9.0, 3.4), layout="constrained")
    left, *panels = figure.subplots(1, 3, width_ratios=(1.6, 1, 1))
    for number, (name, (label, free)) in enumerate(TESTS.items()):
        strain, measured = np.loadtxt(OWN / f"treloar_{name}.csv", delimiter=",", skiprows=3).T
        stretch = np.linspace(1, 1 + strain[-1], 300)
        left.plot(1 + strain, measured, "osD"[number], color=f"C{number}", markersize=3.5, label=label)
        left.plot(stretch, stress(stretch, free, mu, alpha), "-", color=f"C{number}", linewidth=1.2)
        left.plot(stretch, stress(stretch, free, *PUBLISHED), ":", color=f"C{number}", linewidth=1.2)
    left.plot([], [], "-", color="black", label="this fit")
    left.plot([], [], ":", color="black", label="published")
    left.set(xlabel="stretch", ylabel="nominal stress, MPa")
    left.legend(frameon=False, fontsize=8)
    profiles = np.load(run / "profiles.npz")
    for axes, name in zip(panels, SHOWN, strict=True):
        axes.plot(profiles[f"{name}/values"], profiles[f"{name}/rise"], "o-", markersize=3)
        axes.axhline(2.01, color="black", linewidth=0.7, linestyle="--")
        axes.locator_params(axis="x", nbins=3)
        axes.set(xlabel=f"{name}, MPa", ylim=(0, 3), ylabel="√(rise of sum of squares) / s")
    figure.savefig(Path(__file__).with_name("fits.png"), dpi=120)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
