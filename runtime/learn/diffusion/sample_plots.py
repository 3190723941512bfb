"""Plots of a training: its loss, and what the trained network makes of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metac.runtime.report.design_plots import save

COLUMNS = 8


def plot_step_losses(path: Path, losses: NDArray[np.float32], steps_per_epoch: int, title: str) -> None:
    """The loss of every step, and its mean over each epoch of `steps_per_epoch` steps, as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 3.6), layout="constrained")
    axes = figure.add_subplot()
    steps = np.arange(1, len(losses) + 1)
    axes.semilogy(steps, losses, color="#b9c3cf", linewidth=0.6, label="a step")
    whole = len(losses) // steps_per_epoch
    if whole > 1:
        means = losses[: whole * steps_per_epoch].reshape(whole, steps_per_epoch).mean(axis=1)
        axes.semilogy(
            (np.arange(whole) + 0.5) * steps_per_epoch, means, color="#c8553d", linewidth=1.4, label="mean of an epoch"
        )
    axes.set(xlabel="step", ylabel="mean squared error of the noise", title=title)
    axes.legend(frameon=False)
    save(figure, path)


def write_samples(path: Path, images: NDArray[np.float32]) -> None:
    """Images `[image, row, column]`, -1 black to 1 white, side by side as PNG, four screen pixels for each of theirs."""
    from PIL import Image

    from metac.runtime.runs.atomic import replacing

    count, rows, columns = images.shape
    lines = -(-count // COLUMNS)
    sheet = np.ones((lines, COLUMNS, rows + 2, columns + 2), np.float32)
    sheet.reshape(-1, rows + 2, columns + 2)[:count, 1:-1, 1:-1] = images
    flat = sheet.transpose(0, 2, 1, 3).reshape(lines * (rows + 2), COLUMNS * (columns + 2))
    grey = np.round(127.5 * (np.clip(flat, -1, 1) + 1)).astype(np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    with replacing(path) as temporary:
        Image.fromarray(grey).save(temporary, format="PNG")
