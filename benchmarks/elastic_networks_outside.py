"""What is measured for docs/results/elastic_networks.md of baths and rates that simulators have not learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from elastic_networks_rollouts import Record, scored, shipped, simulated, taken, tested
from elastic_networks_training import default_model

from metac.runtime.learn.simulators.rollout_scores import box_ratio, r_squared

LEARNED_AT = (1e-11, 1e-6)
"""Temperatures of baths that simulators learned in (Salman et al., Fig. 6)."""
BATHS = (1e-11, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
"""And of those that they are judged in."""
OTHERS = 8
"""Baths of other random numbers, whose mean is what a simulator without a bath can say at best."""
AFTER = (20, 100)
RATES = (1e-6, 3e-6, 1e-5, 3e-5, 1e-4)


def heat() -> Record:
    """The default form on twenty networks, learned in a cold bath and in a hot one."""
    return in_baths({f"{each:g}": default_model(4, temperature=each)[1].simulator for each in LEARNED_AT})


def in_baths(simulators: Mapping[str, Any]) -> Record:
    """R² of the box's ratio after `AFTER` snapshots, by the temperature of the bath that judges.

    `bath` is one bath, as the paper judges; `mean` is the mean of `OTHERS` further baths; `best` is that mean judged by the
    first bath: no simulator that does not know its random numbers can be better.
    """
    networks, found = tested(), {}
    count, baths, last = len(networks.nodes), 1 + OTHERS, max(AFTER)
    rest = networks._replace(positions=networks.positions[:, :1], box=networks.box[:, :1])
    # `[temperature, bath, network]`, all in one program.
    numbers = np.arange(len(BATHS) * baths * count).reshape(len(BATHS), baths, count)
    heated, kicked = np.repeat(BATHS, baths * count), np.tile(np.repeat(10**6 + np.arange(baths), count), len(BATHS))
    moved = simulated(taken(rest, numbers.ravel() % count), temperature=heated, seed=kicked, snapshots=last)
    ratios = _ratios(moved.box).reshape(len(AFTER), *numbers.shape)
    judge = taken(moved, numbers[:, 0].ravel())
    rolled = {
        name: _ratios(simulator.rolled_out(judge, last)[1]).reshape(len(AFTER), len(BATHS), count)
        for name, simulator in simulators.items()
    }
    for place, temperature in enumerate(BATHS):
        first, mean = ratios[:, place, 0], ratios[:, place, 1:].mean(axis=1)
        found[f"{temperature:g}"] = {
            "best": {"bath": _scores(first, mean)},
            **{
                name: {"bath": _scores(first, each[:, place]), "mean": _scores(mean, each[:, place])}
                for name, each in rolled.items()
            },
        }
    return {"after": list(AFTER), "baths": found}


def _ratios(boxes: np.ndarray) -> np.ndarray:
    """`[number of snapshots, network]`, of boxes `[network, snapshot, 2]`."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.stack([box_ratio(boxes, each) for each in AFTER])


def _scores(truth: np.ndarray, found: np.ndarray) -> list[float | None]:
    """R² after each of `AFTER` snapshots; None for what is no number."""
    values = [r_squared(each, other) for each, other in zip(truth, found, strict=True)]
    return [value if np.isfinite(value) else None for value in values]


def rates() -> Record:
    """The simulator that comes with metac, which learned at 1e-5, at other rates; both over 400 snapshots."""
    networks, simulator = tested(), shipped()
    return {
        f"{each:g}": scored(simulator.under(simulator.conditions.interval, each), simulated(networks, rate=each))
        for each in RATES
    }
