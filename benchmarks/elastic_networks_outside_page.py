"""For docs/results/elastic_networks.md: what simulators have not learned from, and how much they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metac.runtime.report.design_plots import QUIET, SOLID, blank, styled

Record = Mapping[str, Any]

FADED = "#c44e52"
BIN = 0.1
"""Of Poisson's ratio."""
TRAINED = {"ordinary": "trained_on_ordinary_networks", "auxetic": "trained_on_auxetic_networks"}


def heat_text(found: Record) -> str:
    """Table of all baths, after the last of the numbers of snapshots, and the figure."""
    after = found["after"]
    names = [name for name in next(iter(found["baths"].values())) if name != "best"]
    titles = [f"learned at {name}, {judge}" for name in names for judge in ("one bath", "mean of eight")]
    lines = ["| T, snapshots | eight baths beside another one | " + " | ".join(titles) + " |"]
    lines += ["| --- " * (len(titles) + 2) + "|"]
    for temperature, rows in found["baths"].items():
        for place, snapshots in enumerate(after):
            values = [rows["best"]["bath"][place]]
            values += [rows[name][judge][place] for name in names for judge in ("bath", "mean")]
            lines.append(f"| {temperature}, {snapshots} | " + " | ".join(_r2(each) for each in values) + " |")
    table = "\n".join(lines)
    return f"""Learned in a cold bath, and in a hot one (Salman et al., Fig. 6): R² of the box's ratio, on the same test
networks in baths of other temperatures. "One bath" judges as the paper does. No simulator can know the random numbers of
a bath: what the mean of eight other baths says of it is nearly the best there can be (it has an eighth of a bath's
variance itself). "Mean of eight" judges by that mean.

{table}

![1 − R² over the temperature of the bath](elastic_networks_heat.png)"""


def heat_figure(found: Record) -> Figure:
    """1 − R² over the temperature, a panel for each number of snapshots."""
    baths = found["baths"]
    temperatures = [float(each) for each in baths]
    names = [name for name in next(iter(baths.values())) if name != "best"]
    with styled():
        figure = blank((9.0, 3.6))
        for place, axes in enumerate(figure.subplots(1, 2, sharey=True)):
            best = [_miss(rows["best"]["bath"][place]) for rows in baths.values()]
            axes.loglog(temperatures, best, color=QUIET, label="mean of eight other baths")
            for name, color in zip(names, (SOLID, FADED), strict=False):
                for judge, style in (("bath", "-"), ("mean", "--")):
                    values = [_miss(rows[name][judge][place]) for rows in baths.values()]
                    label = f"learned at {name}, {'one bath' if judge == 'bath' else 'mean'}"
                    axes.loglog(temperatures, values, style, color=color, label=label)
            axes.set(xlabel="T of the bath", title=f"{found['after'][place]} snapshots")
        figure.axes[0].set_ylabel("1 − R² of the ratio")
        figure.axes[1].legend()
    return figure


def trained_rows(known: Mapping[str, Record]) -> dict[str, Record]:
    """Those trained on ordinary and on auxetic networks alone whose ratios were recorded."""
    return {told: known[name] for told, name in TRAINED.items() if "parity" in known.get(name, {})}


def ratio_text(rows: Mapping[str, Record], snapshot: str = "100") -> str:
    """Errors of the ratio in bins of it (Salman et al., Fig. 7)."""
    binned = {name: _binned(*each["parity"][snapshot]) for name, each in rows.items()}
    bins = sorted({low for each in binned.values() for low in each})
    heads = [f"learned from {name}, {_range(each['learned'][snapshot])}" for name, each in rows.items()]
    lines = ["| ratio of the dynamics | networks | " + " | ".join(heads) + " |", "| --- " * (len(heads) + 2) + "|"]
    for low in bins:
        count = max(len(each.get(low, ())) for each in binned.values())
        cells = " | ".join(_errors(each.get(low, ())) for each in binned.values())
        lines.append(f"| {_range((low * BIN, (low + 1) * BIN), 1)} | {count} | {cells} |")
    table = "\n".join(lines)
    return f"""Trained on ordinary or on auxetic networks alone (Salman et al., Fig. 7): mean error of the box's ratio
after {snapshot} snapshots in bins of the ratio, in brackets the largest. The head says which ratios it learned from.

{table}

![Errors of the ratio over the ratio; grey: what it learned from](elastic_networks_ratios.png)"""


def ratio_figure(rows: Mapping[str, Record]) -> Figure:
    """A row for each number of snapshots, a column for what was learned from; grey: the range that was learned from."""
    with styled():
        figure = blank((4.4 * len(rows), 5.6))
        panels = figure.subplots(2, len(rows), sharey=True, squeeze=False)
        for line, snapshot in zip(panels, ("20", "100"), strict=True):
            for axes, (name, each) in zip(line, rows.items(), strict=True):
                _draw_errors(axes, each, snapshot)
                axes.set_title(f"from {name} networks, {snapshot} snapshots")
            line[0].set_ylabel("|Δν|")
        for axes in panels[-1]:
            axes.set_xlabel("ratio of the dynamics")
    return figure


def _draw_errors(axes: Axes, each: Record, snapshot: str) -> None:
    truth, found = (np.asarray(values) for values in each["parity"][snapshot])
    axes.axvspan(*each["learned"][snapshot], color="0.9")
    axes.semilogy(truth, np.abs(found - truth), ".", color=SOLID, markersize=4)
    for low, errors in _binned(truth, found).items():
        axes.semilogy([low * BIN, (low + 1) * BIN], [np.mean(errors)] * 2, color=FADED)


def _binned(truth: Iterable[float], found: Iterable[float]) -> dict[int, list[float]]:
    """Errors by the number of the bin."""
    bins: dict[int, list[float]] = {}
    for each, other in zip(truth, found, strict=True):
        bins.setdefault(int(np.floor(each / BIN)), []).append(abs(other - each))
    return bins


def amount_figure(known: Mapping[str, Record]) -> Figure:
    """1 − R² after 20 and 400 snapshots over the number of networks; a point for each draw of packings and first weights."""
    trials = ("amount", "seed", "five")
    rows = [each for name, each in known.items() if name.split("_")[0] in trials]
    with styled():
        figure = blank((5.4, 3.6))
        axes = figure.subplots()
        for place, color in ((0, SOLID), (-1, FADED)):
            counts = np.asarray([each["networks"] for each in rows])
            misses = np.asarray([1 - each["scores"][place]["r2"] for each in rows])
            axes.loglog(counts, misses, ".", color=color, markersize=5)
            several = [each for each in sorted(set(counts)) if (counts == each).sum() > 1]
            means = [misses[counts == each].mean() for each in several]
            spread = [misses[counts == each].std() for each in several]
            label = f"{rows[0]['scores'][place]['snapshot']} snapshots"
            axes.errorbar(several, means, yerr=spread, fmt="_", color=color, capsize=4, label=label)
        amounts = sorted({int(each["networks"]) for each in rows})
        axes.set_xticks(amounts, [str(each) for each in amounts])
        axes.minorticks_off()
        axes.set(xlabel="networks that it learned from", ylabel="1 − R²", ylim=(1e-6, 1e-3))
        axes.legend()
    return figure


def _miss(value: float | None) -> float:
    return float("nan") if value is None else 1 - value


def _r2(value: float | None) -> str:
    return "–" if value is None else f"{value:.5f}" if abs(value) <= 1 else f"{value:.3g}"


def _range(ends: Sequence[float], digits: int = 2) -> str:
    return " … ".join(f"{each:.{digits}f}".replace("-0.0", "0.0") if digits == 1 else f"{each:.{digits}f}" for each in ends)


def _errors(values: Sequence[float]) -> str:
    return f"{np.mean(values):.2g} ({max(values):.2g})" if len(values) else "–"
