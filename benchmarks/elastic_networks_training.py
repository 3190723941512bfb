"""What is trained for docs/results/elastic_networks.md: message passing, and the default form on other data."""

from __future__ import annotations

from collections.abc import Sequence

from elastic_networks_rollouts import Record, objects, rolled, scored, tested

LEARNED = (
    "packings = {packings}, networks = 8, nodes = 64, snapshots = 100, lowest = -0.5, validation = {validation}, test = 1, "
    "temperature = 1e-11, first_temperature = {hot}, seed = 5000"
)
"""What message passing learns from; the last packings choose its weights, and judge it."""
MESSAGES = (
    "inputs = {inputs}, history = {history}, layers = 2, width = 64, steps = {steps}, unrolled = {unrolled}, "
    "batch = {batch}, noise = {noise}, rate = 1e-3, last_rate = {last_rate}"
)


def messages(
    history: int = 3,
    steps: int = 4000,
    unrolled: Sequence[int] = (1,),
    noise: float = 0.0,
    packings: int = 16,
    inputs: str = "absolute",
    batch: int = 8,
    validation: int = 1,
    last_rate: str = "1e-5",
    hot: float = 1e-11,
) -> Record:
    """Message passing, trained on so many packings and judged on those that judge all.

    `hot` is the temperature of the velocities that what it learns from starts with; all baths are at 1e-11.
    """
    shape = {"inputs": inputs, "history": history, "steps": steps, "unrolled": list(unrolled), "batch": batch}
    fields = MESSAGES.format(**shape, noise=noise, last_rate=last_rate)
    learned = LEARNED.format(packings=packings + validation + 1, validation=validation, hot=hot)
    model = f"message_passing {{ data = films, {fields} }}"
    truth, model = tested(), objects(f"dataset films = trajectories {{ {learned} }}\nmodel sim = {model}\n")("sim")
    return {
        "fields": fields,
        "networks": 8 * packings,
        "seconds": model.card["seconds"],
        "parameters": model.card["parameters"],
        "radius": model.card["spectral_radius"],
        "hot": hot,
        **rolled(model.simulator, truth),
    }


def relative(history: int, unrolled: Sequence[int] = (1,), steps: int = 2000, hot: float = 1e-11) -> Record:
    """Message passing beside the box and since rest, trained on 160 networks of 20 packings."""
    shape = {"inputs": "relative", "validation": 2, "last_rate": "1e-4"}
    return messages(history, steps, unrolled, packings=20, hot=hot, **shape)


def amount(packings: int, seed: int = 0, ratios: str = "lowest = -0.4", window: int = 50) -> Record:
    """The default form, trained on five networks of each of so many packings, their ratios over a range."""
    number = 3000 + 100 * seed
    fields = f"packings = {packings + 2}, networks = 5, nodes = 64, snapshots = 100, seed = {number}, {ratios}"
    text = f"model sim = graph_simulator {{ data = films, seed = {seed}, window = {window} }}"
    model = objects(f"dataset films = trajectories {{ {fields} }}\n{text}\n")("sim")
    return {"networks": 5 * packings, "seconds": model.card["seconds"], "scores": scored(model.simulator, tested())}
