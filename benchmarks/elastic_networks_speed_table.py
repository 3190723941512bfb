"""What networks, their dynamics and LAMMPS cost, as docs/results/elastic_networks.md tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PAPER = 3500
"""Trajectories of the paper."""


def speed_text(found: Mapping[str, Any]) -> str:
    """A table, and the same network in LAMMPS."""
    own, steps = found["own"], found["steps"]
    each = found["data"]["seconds"] / found["data"]["trajectories"]
    rows = (
        ("jamming of 100 discs", f"{1e3 * found['jamming']:.0f} ms", "350 ms"),
        ("removal of a bond, eight tried", f"{1e3 * found['removal']:.1f} ms", "10 ms"),
        ("elastic constants in closed form", f"{1e3 * own['constants']:.2f} ms", ""),
        ("equilibrium at 0.1 %", f"{1e3 * own['equilibrium']:.1f} ms", ""),
        ("trajectory of 100 snapshots", f"{1e3 * own['trajectory']:.1f} ms", "40 ms"),
        ("the same without a bath", f"{1e3 * own['cold']:.1f} ms", ""),
        ("a time step", f"{1e6 * own['trajectory'] / steps:.1f} µs", "15 µs"),
        ("a time step and network, in batches of 16", f"{1e6 * own['batched'] / steps:.1f} µs", "15 µs"),
        (f"{PAPER:,} trajectories of 64 nodes, networks included", f"{PAPER * each / 60:.1f} min", "10 min"),
    )
    table = "\n".join(f"| {what} | {time} | {bar} |" for what, time, bar in rows)
    return f"""Processor time of one thread after compilation, 100 nodes and {own["bonds"]} bonds (`benchmarks/springs.py`).
{PAPER:,} trajectories are {each:.3f} s each, of a set of {found["data"]["trajectories"]}, jamming and pruning included.

| what | time | bar |
| --- | --- | --- |
{table}

{_lammps_text(found)}"""


def _lammps_text(found: Mapping[str, Any]) -> str:
    """The same network by the published recipe, which takes the shorter of the steps."""
    own, steps = found["pruned"], found["steps"]
    if not found["lammps"]:
        return "LAMMPS was not installed."
    each = own["trajectory"] / steps
    rows = [
        (
            f"LAMMPS, steps of {other['step']:g}",
            other["ratios"],
            f"{other['seconds']:.2f} s",
            f"{1e6 * other['seconds'] / other['steps']:.1f} µs",
            f"{other['seconds'] / other['steps'] / each:.1f}",
            f"{other['seconds'] / own['trajectory']:.0f}",
        )
        for other in found["lammps"]
    ]
    rows.insert(0, ("`compress`", own["ratios"], f"{own['trajectory']:.3f} s", f"{1e6 * each:.1f} µs", "1", "1"))
    lines = [
        f"| {name} | {', '.join(f'{ratio:.4f}' for ratio in ratios)} | " + " | ".join(rest) + " |"
        for name, ratios, *rest in rows
    ]
    return f"""A pruned network of {own["bonds"]} bonds, the same time in LAMMPS. Its published scripts take steps of
0.01; most of that row's last column is the time step, and LAMMPS could take longer ones too.

| | ratio after 20, 50, 100 snapshots | a trajectory | a step | ratio a step | ratio a trajectory |
| --- | --- | --- | --- | --- | --- |
""" + "\n".join(lines)
