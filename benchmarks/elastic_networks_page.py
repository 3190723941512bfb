"""The page and the figures of docs/results/elastic_networks.md, from what benchmarks/elastic_networks.py recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from elastic_networks_outside_page import (
    amount_figure,
    heat_figure,
    heat_text,
    ratio_figure,
    ratio_text,
    trained_rows,
)
from elastic_networks_speed_table import speed_text
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metac.runtime.report.design_plots import QUIET, SOLID, blank, save, styled

BEGIN = "<!-- written by benchmarks/elastic_networks.py -->"
END = "<!-- end of what benchmarks/elastic_networks.py writes -->"
FADED = "#c44e52"
LOST = -100
"""R² below which nothing is left of a rollout."""
CELLS = "R² of the box's ratio, of that of the nodes, in brackets the largest error of the box's"
COMPLEXITY = """α of single steps, the mean over networks of a range of ratios. With a bath all fall to one value within some
twenty snapshots, as the paper finds; without one they go on falling to values of their own: the common one is the bath's.

![α of single steps over snapshots, at T = 1e-11 and T = 0](elastic_networks_complexity.png)"""
AMOUNTS = """What is missing to R² = 1: a point for each draw of packings and initial weights, bars for their standard
deviation where there are several draws.

![1 − R² over the number of networks](elastic_networks_amounts.png)"""
MESSAGES = """One network, that of the lowest ratio after 100 snapshots, and means over all 30, of simulators above; a
line ends where a rollout has left.

![Ratio over strain, its mean error over strain, and the error of places over snapshots](elastic_networks_messages.png)"""

Record = Mapping[str, Any]


def write_page(
    page: Path, known: Mapping[str, Record], spent: Mapping[str, float], missing: Sequence[str], strange: Mapping[str, str]
) -> None:
    """Figures beside the page, and between its marks the tables, and the names of experiments that were not made.

    `spent`: processor seconds of each; `strange`: commits that this history does not have.
    """
    parts = []
    if "rollouts" in known:
        found = known["rollouts"]
        _saved(page, "rollouts", _rollout_figure(found))
        _saved(page, "places", _places_figure(found["one"]))
        parts.append(_rollout_text(found))
    if "complexity" in known:
        _saved(page, "complexity", _complexity_figure(known["complexity"]))
        parts.append(COMPLEXITY)
    for name, title, heading in (
        ("sizes", "The same simulator on larger networks", "nodes"),
        ("temperatures", "Dynamics at other temperatures; the simulator has no bath", "T"),
        ("rates", "Other rates of strain; it learned at 1e-5", "rate"),
    ):
        if name in known:
            parts.append(_table(title, heading, known[name]))
    if "heat" in known:
        _saved(page, "heat", heat_figure(known["heat"]))
        parts.append(heat_text(known["heat"]))
    parts += _trained_tables(known, spent)
    _saved(page, "amounts", amount_figure(known))
    parts.append(AMOUNTS)
    if rows := trained_rows(known):
        _saved(page, "ratios", ratio_figure(rows))
        parts.append(ratio_text(rows))
    messages = {name: each for name, each in known.items() if name.startswith("messages")}
    if messages:
        parts.append(_messages_table(messages))
        if drawn := {name: each for name, each in messages.items() if "ratio errors" in each}:
            _saved(page, "messages", _messages_figure(drawn, known.get("rollouts")))
            parts.append(MESSAGES)
    if "speeds" in known:
        parts.append(speed_text(known["speeds"]))
    if strange:
        names = ", ".join(f"`{name}` ({commit[:7]})" for name, commit in strange.items())
        parts.append(f"The commits that these name are not in this history: {names}. Each is made again by its name.")
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        parts.append(f"Not made yet, each by `python benchmarks/elastic_networks.py NAME`: {names}.")
    text = page.read_text(encoding="utf-8")
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(f"{head}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{tail}", encoding="utf-8")


def _trained_tables(known: Mapping[str, Record], spent: Mapping[str, float]) -> list[str]:
    """Of the default form, trained on other data than the simulator that comes with metac; with the processor time of all,
    data, training and judgement."""

    def rows(names: Mapping[str, str]) -> dict[str, Sequence[Record]]:
        return {f"{told}; {spent[name]:.0f} s": known[name]["scores"] for name, told in names.items()}

    amounts = sorted((name for name in known if name.startswith("amount")), key=lambda name: known[name]["networks"])
    seeds = [name for name in ("amount_4", "seed_1", "seed_2") if name in known]
    fives = [name for name in known if name == "amount_1" or name.startswith("five")]
    others = [name for name in known if name.startswith("trained")]
    tables = (
        (
            "Trained on so many networks",
            "networks; processor time",
            {name: str(known[name]["networks"]) for name in amounts},
        ),
        (
            "Three seeds of packings and initial weights, 20 networks",
            "seed; processor time",
            {name: "0" if name == "amount_4" else name.removeprefix("seed_") for name in seeds},
        ),
        (
            "Draws of five networks and of initial weights",
            "draw; processor time",
            {name: "0" if name == "amount_1" else name.removeprefix("five_") for name in fives},
        ),
        (
            "Trained on less than what judges, 20 networks",
            "; processor time",
            {name: name.removeprefix("trained_").replace("_", " ") for name in others},
        ),
    )
    return [_table(title, heading, rows(names)) for title, heading, names in tables if names]


def _saved(page: Path, name: str, figure: Figure) -> None:
    save(figure, page.with_name(f"elastic_networks_{name}.png"))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.5f}" if abs(value) <= 1 else f"{value:.3g}"


def _error(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"


def _cells(scores: Sequence[Record]) -> list[str]:
    """R² of the ratio of box and nodes, and the largest error; of rollouts that leave where networks are, that they do."""
    lost = [each["r2"] is None or each["r2"] < LOST for each in scores]
    return [
        "diverged" if gone else f"{_number(each['r2'])}, {_number(each['node_r2'])} ({each['largest']:.2g})"
        for each, gone in zip(scores, lost, strict=True)
    ]


def _table(title: str, heading: str, rows: Mapping[str, Sequence[Record]]) -> str:
    snapshots = [each["snapshot"] for each in next(iter(rows.values()))]
    lines = [f"{title}: {CELLS}.", ""]
    lines += [f"| {heading} | " + " | ".join(f"{each} snapshots" for each in snapshots) + " | position MSE at the end |"]
    lines += ["| --- " * (len(snapshots) + 2) + "|"]
    for name, scores in rows.items():
        lines.append(f"| {name} | " + " | ".join(_cells(scores)) + f" | {scores[-1]['position_mse']:.2g} |")
    return "\n".join(lines)


def _messages_table(rows: Mapping[str, Record]) -> str:
    snapshots = [each["snapshot"] for each in next(iter(rows.values()))["scores"]]
    lines = [f"The paper's form, on the same test networks: {CELLS}.", ""]
    titles = [f"{each} snapshots" for each in snapshots]
    columns = "experiment | fields | networks; T they start at | seconds | radius"
    lines += [f"| {columns} | " + " | ".join(titles) + " | position MSE at 20, at the end |"]
    lines += ["| --- " * (len(snapshots) + 6) + "|"]
    for name, each in rows.items():
        radius = "infinite" if each["radius"] is None else f"{each['radius']:.3g}"
        errors = ", ".join(_error(each["scores"][place]["position_mse"]) for place in (0, -1))
        cells = " | ".join(_cells(each["scores"]))
        learned = f"{each['networks']}; {each.get('hot', 1e-11):g}"
        lines.append(
            f"| `{name}` | `{each['fields']}` | {learned} | {each['seconds']:.0f} | {radius} | {cells} | {errors} |"
        )
    return "\n".join(lines)


def _rollout_text(found: Record) -> str:
    one = found["one"]
    table = _table("The simulator that comes with metac, from rest", "", {"all": found["scores"]}).replace("| all |", "| |")
    persisting = ", ".join(_number(each) for each in found["persisting"].values())
    return f"""{table}

The ratio after three snapshots of the dynamics, taken for that after 20, 100 and 400, has R² = {persisting}.

![Poisson's ratio of rollouts over that of the dynamics, and errors over the length](elastic_networks_rollouts.png)

One network, that of the lowest ratio after 100 snapshots. After 400 (4.5 %) its nodes are off by
{one["error over length"]:.2g} (root mean square; a bond is about 1 long). Without what the box takes along, displacements
after 100 snapshots correlate with those of the dynamics by {one["correlation"]:.5f}.

![The network after 400 snapshots; its ratio over the strain; nodes in the first snapshots](elastic_networks_places.png)"""


def _rollout_figure(found: Record) -> Figure:
    with styled():
        figure = blank((11.0, 3.7))
        axes = figure.subplots(1, 3)
        for place, at in zip(axes[:2], ("20", "100"), strict=True):
            truth, rolled = found["parity"][at]
            _parity(place, truth, rolled, f"{at} snapshots")
        last: Axes = axes[2]
        lines = {**found["errors"], "another bath (floor)": found["floor"]}
        for name, color in zip(lines, (SOLID, FADED, QUIET), strict=True):
            values = np.asarray(lines[name])
            # A constant velocity is that of the first interval: it has no error there.
            at = np.flatnonzero(values > 1e-20)
            last.loglog(at + 1, values[at], color=color, label=name)
        last.set(xlabel="snapshots", ylabel="mean squared error of places")
        last.legend()
    return figure


def _messages_figure(rows: Mapping[str, Record], default: Record | None) -> Figure:
    """Of all simulators by message passing whose lines were recorded."""
    with styled():
        figure = blank((12.0, 4.2))
        ratio, error, places = figure.subplots(1, 3)
        first = next(iter(rows.values()))
        ratio.plot(100 * np.asarray(first["strain"]), first["dynamics"], color=SOLID, linewidth=2, label="dynamics")
        low, high = min(first["dynamics"]), max(first["dynamics"])
        for name, each in rows.items():
            given = each["given"]
            strain = 100 * np.asarray(each["strain"])[given:]
            lines = {key: np.asarray(each[key], float)[given:] for key in ("rollout", "ratio errors", "errors")}
            color = ratio.plot(strain, lines["rollout"], linewidth=1, label=name.removeprefix("messages_"))[0].get_color()
            error.semilogy(strain, lines["ratio errors"], color=color)
            places.loglog(np.arange(given, len(each["errors"])) + 1, lines["errors"], color=color)
        ratio.set(xlabel="strain, %", ylabel="Poisson's ratio", ylim=(low - 0.3, high + 0.3))
        ratio.legend()
        error.set(xlabel="strain, %", ylabel="mean error of the ratio", ylim=(1e-3, 2))
        if default is not None:
            velocity, floor = np.asarray(default["errors"]["constant velocity"]), np.asarray(default["floor"])
            at = np.flatnonzero(velocity > 1e-20)
            places.loglog(at + 1, velocity[at], color=QUIET, linestyle="--", label="constant velocity")
            places.loglog(np.arange(len(floor)) + 1, floor, color=QUIET, label="another bath (floor)")
            places.legend()
        places.set(xlabel="snapshots", ylabel="mean squared error of places")
    return figure


def _parity(axes: Axes, truth: Sequence[float], rolled: Sequence[float], title: str) -> None:
    ends = [min(*truth, *rolled), max(*truth, *rolled)]
    axes.plot(ends, ends, color=QUIET, linewidth=0.8)
    axes.plot(truth, rolled, ".", color=SOLID, markersize=5)
    axes.set(xlabel="Poisson's ratio, dynamics", ylabel="rollout", title=title)


def _places_figure(one: Record) -> Figure:
    with styled():
        figure = blank((11.0, 4.0))
        left, middle, right = figure.subplots(1, 3)
        box = np.asarray(one["box"])
        for places, color, width in zip(one["places"], (SOLID, FADED), (2.0, 0.8), strict=True):
            nodes = np.asarray(places)
            for (first, second), image in zip(one["bonds"], one["images"], strict=True):
                ends = np.stack([nodes[first], nodes[second] + np.asarray(image) * box])
                left.plot(*ends.T, color=color, linewidth=width)
        left.set(aspect="equal", title="after 400: dynamics, rollout on top")
        left.axis("off")
        strain = 100 * np.asarray(one["strain"])
        middle.plot(strain, one["dynamics"], color=SOLID, linewidth=2, label="dynamics")
        middle.plot(strain, one["rollout"], color=FADED, linewidth=1, label="rollout")
        middle.plot(100 * np.asarray(one["quasi-static"][0]), one["quasi-static"][1], ".", color=QUIET, label="quasi-static")
        middle.set(xlabel="strain, %", ylabel="Poisson's ratio")
        middle.legend()
        truth, rolled = (np.asarray(each)[:, :, 1] for each in one["nodes"])
        right.plot(truth, color=SOLID, linewidth=1.6)
        right.plot(rolled, color=FADED, linewidth=0.8, linestyle="--")
        right.set(xlabel="snapshot", ylabel="y beside the box's movement", title="12 nodes; dashed: rollout")
    return figure


def _complexity_figure(found: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    with styled():
        figure = blank((8.0, 3.6))
        for axes, (temperature, bands) in zip(figure.subplots(1, 2, sharey=True), found.items(), strict=True):
            for name, values in bands.items():
                axes.semilogy(values, label=f"ν {name}")
            axes.set(xlabel="snapshot", title=f"T = {temperature}")
            axes.legend()
        figure.axes[0].set_ylabel("α")
    return figure
