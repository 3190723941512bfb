"""The card of a trained network: what it is and how it was trained, as JSON beside its weights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metac.runtime.artefacts.keys import file_hash
from metac.runtime.learn.diffusion.network_configuration import UNetConfiguration
from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule
from metac.runtime.learn.failures import BadWeights
from metac.runtime.runs.atomic import write_json

WEIGHTS, CARD = "weights.npz", "model.json"
FORMAT = 1


def write_description(folder: Path, description: Mapping[str, Any]) -> None:
    """Describe the network whose weights are in `folder`, by plain values. Raises OSError."""
    write_json(folder / CARD, {"format": FORMAT, "sha256": file_hash(folder / WEIGHTS), **description})


@contextmanager
def description_of(folder: Path) -> Iterator[dict[str, Any]]:
    """What `write_description` wrote, with the hash of the weights as `sha256`.

    Raises BadWeights where there is no card that can be read, and where the block finds that it describes something else
    (KeyError, TypeError, ValueError, AttributeError).
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BadWeights(
            "unreadable",
            f"{folder} is no folder of a trained network: its {CARD} cannot be read",
            help=f"such a folder holds {WEIGHTS} and {CARD}; `metac cache` shows where trained networks are",
        ) from error
    try:
        if card["format"] != FORMAT:
            raise ValueError("another format")
        yield card
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadWeights("unreadable", f"{folder / CARD} does not describe a network that this version can read") from error


def write_card(folder: Path, shape: UNetConfiguration, schedule: LinearNoiseSchedule, record: Mapping[str, Any]) -> None:
    """Describe the denoiser whose weights are in `folder`; `record` says how it was trained. Raises OSError."""
    steps = {"steps": schedule.steps, "first": schedule.first, "last": schedule.last}
    write_description(folder, {"shape": shape.describe(), "schedule": steps, **record})


def read_card(folder: Path) -> tuple[UNetConfiguration, LinearNoiseSchedule, str]:
    """Shape, schedule, and hash of the weights of a denoiser. Raises BadWeights where there is no card that can be read."""
    with description_of(folder) as card:
        return UNetConfiguration.read(card["shape"]), LinearNoiseSchedule(**card["schedule"]), str(card["sha256"])
