"""Constants of a sheet with a square pattern of round holes by complex stress functions, beside those of meshed cells.

In plane stress, displacement and forces are those of two analytic functions (Muskhelishvili, Some Basic Problems of the
Mathematical Theory of Elasticity, 1953, sections 31 to 33)

    2 G (u + i v) = κ φ − z conj φ' − conj ψ,    κ = (3 − ν)/(1 + ν)
    F             = φ + z conj φ' + conj ψ,      −i F: the force across a line, from its start to its end

In one cell around its hole both are Laurent series: those of the neighbours are singular in the neighbouring holes only,
farther away than the cell's corners. Coefficients are such that F is constant on the hole and that displacement and F jump
by constants between opposite edges, at points, by least squares. The misfit falls as a geometric series.

    python benchmarks/perforated_cell.py                                # the series, with more and more terms
    python benchmarks/perforated_cell.py docs/cell_constants.png RUN…    # and how far runs of the spec are off it

RUN: folders of runs of specs/own/cell_constants.meta, with `--set size="2 mm"`, `"0.5 mm"` and without.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from jaxtyping import Complex, Float

SIDE, RADIUS, YOUNG, POISSON = 10.0, 2.0, 210e3, 0.3
"""Of the spec, mm and MPa."""
SIZE = 0.125
"""Edge of the elements that the spec has by itself, mm."""
NAMES = ("E", "nu", "G")


class LaurentSeries:
    """Laurent series of φ and ψ, powers up to ± `terms`; columns: the real and imaginary parts of their coefficients."""

    def __init__(self, terms: int, radius: float, reach: float) -> None:
        self.powers = np.array([power for power in range(-terms, terms + 1) if power != 0])
        # Each power is at most one within the cell.
        self.scale = np.where(self.powers < 0, radius, reach)

    def field(self, z: Complex[np.ndarray, " point"], factor: float, sign: int) -> Complex[np.ndarray, "point column"]:
        """factor φ + sign (z conj φ' + conj ψ) at points, `[point, column]`."""
        value = (z[:, None] / self.scale) ** self.powers
        slope = np.conj(self.powers * value / z[:, None])
        phi = [factor * value + sign * z[:, None] * slope, 1j * (factor * value - sign * z[:, None] * slope)]
        return np.concatenate([*phi, sign * np.conj(value), -1j * sign * np.conj(value)], axis=1)


def effective_stiffness(
    terms: int, side: float = SIDE, radius: float = RADIUS, young: float = YOUNG, poisson: float = POISSON
) -> tuple[Float[np.ndarray, "3 3"], float]:
    """C of the endless sheet, MPa, in the order xx, yy, xy with engineering shear, and the relative misfit of the series."""
    series = LaurentSeries(terms, radius, side / np.sqrt(2))
    along = np.polynomial.legendre.leggauss(3 * terms)[0] * side / 2
    edges = [(side / 2 + 1j * along, -side / 2 + 1j * along), (along + 1j * side / 2, along - 1j * side / 2)]
    hole = radius * np.exp(1j * np.pi * (np.arange(6 * terms) + 0.5) / (3 * terms))
    kappa, shear = (3 - poisson) / (1 + poisson), young / (2 * (1 + poisson))
    # F on the hole and its jumps are constants, unknown too.
    rows = [_with_constant(series.field(hole, 1.0, 1), 0)]
    rows += [
        _with_constant(series.field(far, 1.0, 1) - series.field(near, 1.0, 1), 1 + axis)
        for axis, (far, near) in enumerate(edges)
    ]
    rows += [_with_constant(series.field(far, kappa, -1) - series.field(near, kappa, -1), None) for far, near in edges]
    together = np.concatenate(rows)
    matrix = np.concatenate([np.real(together), np.imag(together)])
    sizes = np.linalg.norm(matrix, axis=0)
    stiffness, misfits = [], []
    for gradient in ([[1, 0], [0, 0]], [[0, 0], [0, 1]], [[0, 0.5], [0.5, 0]]):
        jumps = [2 * shear * side * complex(*column) for column in np.transpose(gradient)]
        given = np.concatenate([np.zeros(12 * terms), *(np.full(3 * terms, jump) for jump in jumps)])
        given = np.concatenate([given.real, given.imag])
        found = np.linalg.lstsq(matrix / sizes, given, rcond=1e-14)[0]
        misfits.append(np.linalg.norm(matrix / sizes @ found - given) / np.linalg.norm(given))
        jump_x, jump_y = (found / sizes)[-4:].reshape(2, 2) @ [1, 1j]
        stiffness.append([(-1j * jump_y).real / side, (1j * jump_x).imag / side, (1j * jump_x).real / side])
    return np.array(stiffness).T, max(misfits)


def _with_constant(rows: Complex[np.ndarray, "point column"], number: int | None) -> Complex[np.ndarray, "point wider"]:
    """Columns for three unknown constants, of which the rows are less the one of that number."""
    constants = np.zeros((len(rows), 6), complex)
    if number is not None:
        constants[:, 2 * number : 2 * number + 2] = [-1, -1j]
    return np.concatenate([rows, constants], axis=1)


def constants(stiffness: Float[np.ndarray, "3 3"]) -> tuple[float, float, float]:
    """E and ν along x, and G in those axes."""
    compliance = np.linalg.inv(stiffness)
    return 1 / compliance[0, 0], -compliance[1, 0] / compliance[0, 0], 1 / compliance[2, 2]


def meshed(run: Path) -> dict[float, list[float]]:
    """E, ν and G of a run by size of the elements (mm): its own, and half of that on the fresh mesh."""
    overrides = json.loads((run / "run.json").read_text())["overrides"]
    reports = json.loads((run / "result.json").read_text())["reports"]
    size = float(overrides["size"]["text"].split()[0]) if overrides else SIZE
    own = [reports[name]["value"] for name in NAMES]
    return {size: own, size / 2: [reports[name]["fresh_mesh"]["value"] for name in NAMES]}


def draw(path: Path, sizes: Float[np.ndarray, " size"], off: Float[np.ndarray, "size constant"]) -> None:
    """How far meshes are off the series."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 3.2), layout="constrained")
    axes = figure.subplots()
    for values, name, mark in zip(off.T, ("E", "ν", "G"), "osD", strict=True):
        axes.loglog(sizes, values, mark + "-", label=name)
    axes.loglog(sizes, 1.5 * off[1, 2] * (sizes / sizes[1]) ** 4, ":", color="grey", label="fourth order")
    axes.axhline(5e-6, color="grey", linewidth=0.8, linestyle="--")
    axes.text(sizes[0], 5e-6, "five digits", ha="right", va="bottom", fontsize=8, color="grey")
    axes.set(xlabel="edge of the elements, mm", ylabel="relative difference to the series")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=120)


def main(path: Path | None, runs: list[Path]) -> None:
    """Print both, and draw."""
    for terms in (10, 20, 40, 60):
        stiffness, misfit = effective_stiffness(terms)
        young, ratio, shear = constants(stiffness)
        print(f"{terms} powers: E {young:.6f} MPa, nu {ratio:.11f}, G {shear:.6f} MPa, misfit {misfit:.1e}")
    if path is None:
        return
    exact = np.array(constants(effective_stiffness(60)[0]))
    found = {size: np.array(values) for run in runs for size, values in meshed(run).items()}
    sizes = np.array(sorted(found, reverse=True))
    off = np.array([abs(found[size] / exact - 1) for size in sizes])
    for size, shares in zip(sizes, off, strict=True):
        digits = ", ".join(f"{n} {v:.6f} ({o:.1e})" for n, v, o in zip(NAMES, found[size], shares, strict=True))
        print(f"{size} mm: {digits}")
    draw(path, sizes, off)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None, [Path(each) for each in sys.argv[2:]])
