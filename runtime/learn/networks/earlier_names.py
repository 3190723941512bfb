"""Names of weights in files of earlier versions, which named layers by their kind and number in the order of calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from metac.runtime.learn.diffusion.network_configuration import UNetConfiguration

RESIDUAL = {
    "norm_in": "GroupNorm_0",
    "convolution": "Convolution_0",
    "modulation": "Dense_0",
    "norm_out": "GroupNorm_1",
    "closing": "closing",
    "shortcut": "Dense_1",
}
ATTENTION = {"norm": "GroupNorm_0", "projections": "Dense_0", "closing": "closing"}


def dense_name(name: str) -> str:
    """Of a dense network's weights: `layers/0/kernel` was `layer_0/kernel`."""
    return re.sub(r"layers/(\d+)", r"layer_\1", name)


def unet_name(configuration: UNetConfiguration) -> Callable[[str], str]:
    """Of a U-Net's weights: `down/0/blocks/0/residual/norm_in/scale` was `Residual_0/GroupNorm_0/scale`."""
    layers = _unet_layers(configuration)

    def earlier_name(name: str) -> str:
        layer, _, leaf = name.rpartition("/")
        return f"{layers[layer]}/{leaf}"

    return earlier_name


def _unet_layers(configuration: UNetConfiguration) -> dict[str, str]:
    found: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for place, kind in _layers(configuration):
        number, counts[kind] = counts[kind], counts[kind] + 1
        inside = {"Residual": RESIDUAL, "Attention": ATTENTION}.get(kind)
        if inside is None:
            found[place] = f"{kind}_{number}"
        else:
            found |= {f"{place}/{layer}": f"{kind}_{number}/{old}" for layer, old in inside.items()}
    return {**found, "norm": "GroupNorm_0", "closing": "closing"}


def _layers(configuration: UNetConfiguration) -> Iterator[tuple[str, str]]:
    """Place and kind in the order of calls."""
    levels, blocks = len(configuration.channels), configuration.blocks
    yield from (("time/0", "Dense"), ("time/1", "Dense"), ("entry", "Convolution"))
    for level in range(levels):
        yield from _blocks(f"down/{level}", blocks, level in configuration.attention)
        if level + 1 < levels:
            yield f"down/{level}/resize", "Dense"
    yield from (("middle/first", "Residual"), ("middle/attention", "Attention"), ("middle/second", "Residual"))
    for place, level in enumerate(reversed(range(levels))):
        yield from _blocks(f"up/{place}", blocks + 1, level in configuration.attention)
        if level > 0:
            yield f"up/{place}/resize", "Convolution"


def _blocks(level: str, count: int, attention: bool) -> Iterator[tuple[str, str]]:
    for number in range(count):
        yield f"{level}/blocks/{number}/residual", "Residual"
        if attention:
            yield f"{level}/blocks/{number}/attention", "Attention"
