"""What is trained for docs/results/elastic_networks.md: message passing, and the default form on other data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elastic_networks_rollouts import SNAPSHOTS, Record, objects, rolled, tested

from metac.runtime.learn.simulators.judgement import judgement_of
from metac.runtime.learn.simulators.rollout_scores import box_ratio

LEARNED = (
    "packings = {packings}, networks = 8, nodes = 64, snapshots = 100, {ratios}, validation = {validation}, test = 1, "
    "temperature = {temperature}, first_temperature = {hot}, seed = 5000"
)
"""What message passing learns from; the last packings choose its weights, and judge it."""
MESSAGES = (
    "inputs = {inputs}, history = {history}, layers = {layers}, width = 64, steps = {steps}, unrolled = {unrolled}, "
    "batch = {batch}, noise = {noise}, rate = 1e-3, last_rate = {last_rate}"
)


def messages_model(
    history: int = 3,
    steps: int = 4000,
    unrolled: Sequence[int] = (1,),
    noise: float = 0.0,
    packings: int = 16,
    inputs: str = "absolute",
    batch: int = 8,
    validation: int = 1,
    last_rate: str = "1e-5",
    temperature: float = 1e-11,
    hot: float | None = None,
    ratios: str = "lowest = -0.5",
    layers: int = 2,
) -> tuple[str, Any]:
    """Fields of message passing, and the model, trained on so many packings of eight networks.

    `temperature` is that of the baths, `hot` that of the velocities that what it learns from starts with.
    """
    shape = {"inputs": inputs, "history": history, "layers": layers, "steps": steps, "unrolled": list(unrolled)}
    fields = MESSAGES.format(**shape, batch=batch, noise=noise, last_rate=last_rate)
    counts = {"packings": packings + validation + 1, "validation": validation}
    learned = LEARNED.format(**counts, temperature=temperature, hot=temperature if hot is None else hot, ratios=ratios)
    model = f"message_passing {{ data = films, {fields} }}"
    made = objects(f"dataset films = trajectories {{ {learned} }}\nmodel sim = {model}\n")
    return fields, made("sim")


def messages(packings: int = 16, hot: float = 1e-11, **asked: Any) -> Record:
    """Message passing, judged on the networks that judge all; see `messages_model`."""
    truth, (fields, model) = tested(), messages_model(packings=packings, hot=hot, **asked)
    return {
        "fields": fields,
        "networks": 8 * packings,
        "seconds": model.card["seconds"],
        "parameters": model.card["parameters"],
        "radius": model.card["spectral_radius"],
        "hot": hot,
        **rolled(model.simulator, truth),
    }


RELATIVE: Record = {"inputs": "relative", "validation": 2, "last_rate": "1e-4", "packings": 20, "steps": 2000}
"""Message passing beside the box and since rest, trained on 160 networks of 20 packings."""


def relative(history: int, unrolled: Sequence[int] = (1,), **asked: Any) -> Record:
    """As `RELATIVE` has it, but for what is asked."""
    return messages(**{**RELATIVE, "history": history, "unrolled": unrolled, **asked})


def default_model(
    packings: int,
    seed: int = 0,
    ratios: str = "lowest = -0.4",
    window: int = 50,
    temperature: float = 1e-11,
    batch: int | None = None,
) -> tuple[Any, Any]:
    """What the default form learns from, five networks of each of so many packings, and the trained model.

    `batch` networks at once, by default all.
    """
    fields = (
        f"packings = {packings + 2}, networks = 5, nodes = 64, snapshots = 100, seed = {3000 + 100 * seed}, "
        f"temperature = {temperature}, {ratios}"
    )
    few = "" if batch is None else f", batch = {batch}"
    text = f"model sim = graph_simulator {{ data = films, seed = {seed}, window = {window}{few} }}"
    made = objects(f"dataset films = trajectories {{ {fields} }}\n{text}\n")
    return made("films"), made("sim")


def amount(packings: int, **asked: Any) -> Record:
    """The default form, judged on the networks that judge all; see `default_model`."""
    films, model = default_model(packings, **asked)
    judged = judgement_of(model.simulator, tested(), SNAPSHOTS)
    learned = films.samples()
    boxes = learned.box[learned.set == 0]
    known = [each for each in SNAPSHOTS if each < boxes.shape[1]]
    ranges = {str(each): [float(end(box_ratio(boxes, each))) for end in (min, max)] for each in known}
    return {
        "networks": 5 * packings,
        "seconds": model.card["seconds"],
        "scores": [each.describe() for each in judged.scores],
        "learned": ranges,
        "parity": {
            str(each): [judged.truth[:, place].tolist(), judged.rolled[:, place].tolist()]
            for place, each in enumerate(SNAPSHOTS)
        },
    }
