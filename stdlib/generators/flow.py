"""Divergence-free flows with the symmetry of a plane group, parametrised by a small network.

The construction of Mirramezani et al. (ICLR 2025, section 3) with the envelope on the stream function, so that areas are
kept up to the sheet's edge, and an integrator that keeps them exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.runtime.flows.envelope import envelope
from metac.runtime.flows.midpoint import midpoint
from metac.runtime.flows.stream import GroupWaves, rotated, stream
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.symmetries.plane_group import PlaneGroup

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import Composable, MeshGenerator
    from metac.compiler.interfaces.geometry import Domain
    from metac.compiler.interfaces.satisfies import Satisfies


FEATURES = 5
"""Of a point and a time: sines and cosines of both lattice coordinates, and the time."""
TOLERANCE = 1e-13
"""Residual of the implicit midpoint rule over the edge of the cell."""
BLOCK = 512
"""Points that are taken through all time steps together: their hidden layers stay in the processor's cache."""
SAME_PLACE = 1e-9
"""Lattice coordinates this close are the same."""
GAUGE_GRID = 8
"""Points in each direction of the cell over which the stream function's mean and the initial speed are taken."""


class LayerKeys:
    """Random keys of one layer, which follow from its number alone: the same starts whatever else a network has."""

    def __init__(self, key: Array, layer: int) -> None:
        self._key, self._layer, self._count = key, layer, 0

    def params(self) -> Array:
        """The key of the layer's next array."""
        self._count += 1
        digest = sha1(f"ColumnDense_{self._layer}".encode() + bytes([self._count]), usedforsecurity=False).digest()
        return jax.random.fold_in(self._key, np.uint32(int.from_bytes(digest[:4], "big")))


class ColumnDense(nnx.Module):
    """A dense layer on `[feature, point]`; points run along the last axis, which is what vector units want."""

    def __init__(self, inputs: int, width: int, *, use_bias: bool = True, keys: LayerKeys) -> None:
        self.kernel = nnx.Param(nnx.initializers.lecun_normal()(keys.params(), (inputs, width), float))
        # Not zero: without biases a tanh network is odd, and a centred group averages odd functions away.
        bias = nnx.initializers.normal(0.5)
        self.bias = nnx.data(nnx.Param(bias(keys.params(), (width,), float)) if use_bias else None)

    def __call__(self, features: Array) -> Array:
        """`[feature, point] -> [width, point]`."""
        values = self.kernel[...].T @ features
        return values if self.bias is None else values + self.bias[...][:, None]


class StreamNetwork(nnx.Module):
    """A multilayer perceptron from torus features and time `[5, point]` to a stream function `[point]`.

    No bias at the end: a constant does not move anything.
    """

    def __init__(self, hidden: tuple[int, ...], key: Array) -> None:
        widths, keys = (FEATURES, *hidden), [LayerKeys(key, number) for number in range(len(hidden) + 1)]
        layers = [ColumnDense(widths[n], width, keys=keys[n]) for n, width in enumerate(hidden)]
        self.layers = nnx.List([*layers, ColumnDense(widths[-1], 1, use_bias=False, keys=keys[-1])])

    def __call__(self, features: Array, activation: Callable[[Array], Array]) -> Array:
        """`[5, point] -> [point]`."""
        *hidden, last = self.layers
        for layer in hidden:
            features = activation(layer(features))
        return last(features)[0]


@cache
def _graph(hidden: tuple[int, ...]) -> Any:
    """A stream network without its weights."""
    return nnx.split(nnx.eval_shape(lambda: StreamNetwork(hidden, jax.random.key(0))))[0]


class Flow:
    """Generator: free parameters are a `StreamNetwork`'s weights; `at(theta)` moves points along the flow from time 0 to 1.

    `symmetry`: its group. `hidden`: widths of the hidden layers. `activation`: elementwise. `steps`: time steps.
    `envelope`: width (mm) over which the flow fades towards a sheet's edge; by default half the spacing of the group's
    images, but no less than a quarter of the cell. `start`: root mean square speed of the initial flow, cell edges per unit
    of time: small, so that designs begin near the reference, and not zero, so that restarts differ.

    Raises `FieldError`: M0547 on `hidden`, M0548 on the other numbers.
    """

    def __init__(
        self,
        *,
        symmetry: PlaneGroup,
        hidden: Sequence[int],
        activation: Callable[[Array], Array],
        steps: int,
        envelope: float | None,
        start: float,
    ) -> None:
        self.symmetry, self.steps, self.start = symmetry, int(steps), start
        self.hidden = tuple(int(width) for width in hidden)
        if not self.hidden or min(self.hidden) < 1:
            raise FieldError(
                "hidden",
                f"a flow needs one hidden layer at least, each of one unit at least, found {list(self.hidden)}",
                code="M0547",
                help="the paper's networks have `hidden = [10, 10]`",
            )
        if self.steps < 1:
            raise FieldError("steps", f"a flow needs one time step at least, found {self.steps}", code="M0548")
        if envelope is not None and not envelope > 0:
            raise FieldError("envelope", f"the width must be positive, found {envelope:g} mm", code="M0548")
        if not (math.isfinite(start) and start > 0):
            raise FieldError("start", f"the initial speed must be positive, found {start:g}", code="M0548")
        edge = math.sqrt(symmetry.area)
        self.envelope = max(edge / math.sqrt(symmetry.order) / 2, edge / 4) if envelope is None else envelope
        self._activation = activation
        self.waves = GroupWaves.of(symmetry.basis, symmetry.rotations, symmetry.translations, symmetry.determinants)

    def init(self, key: Array) -> Any:
        """Random weights (LeCun normal, hidden biases 0.5 normal), the last layer scaled for the speed `start`."""
        theta = nnx.to_pure_dict(nnx.state(StreamNetwork(self.hidden, key)))
        flow, grid = self.at(theta), jnp.asarray(self.grid)
        speeds = jnp.stack([flow.velocity(grid, time) for time in (0.0, 0.5, 1.0)])
        root_mean_square = jnp.sqrt(jnp.mean(jnp.sum(speeds**2, axis=-1)))
        factor = self.start * math.sqrt(self.symmetry.area) / root_mean_square
        return self._with_last(theta, lambda leaf: leaf * factor)

    def at_rest(self, theta: Any) -> Any:
        """The same hidden layers, the last layer zero: nothing moves, and the loss has a gradient in the last layer."""
        return self._with_last(theta, jnp.zeros_like)

    def _with_last(self, theta: Any, change: Callable[[Array], Array]) -> Any:
        """The weights with those of the last layer changed."""
        layers, last = theta["layers"], len(self.hidden)
        return {"layers": {**layers, last: jax.tree.map(change, layers[last])}}

    def network(self, theta: Any, features: Array) -> Array:
        """`[5, point] -> [point]`: the stream function in units of `scale`."""
        return nnx.merge(_graph(self.hidden), theta)(features, self._activation)

    def at(self, theta: Any) -> FlowMap:
        """The flow for given weights."""
        return FlowMap(self, theta)

    @cached_property
    def grid(self) -> np.ndarray:
        """`[point, 2]`: a regular grid over one cell, mm."""
        fractions = (np.arange(GAUGE_GRID) + 0.5) / GAUGE_GRID
        return self.symmetry.cartesian(np.stack(np.meshgrid(fractions, fractions), axis=-1).reshape(-1, PLANE))

    @property
    def scale(self) -> float:
        """Stream function per unit of the network's output, mm²: weights of order one move points by part of a cell."""
        return self.symmetry.area / (4 * math.pi**2)


class FlowMap:
    """The flow for fixed weights `theta`; points are `[point, 2]` in mm, time runs from 0 to 1."""

    def __init__(self, flow: Flow, theta: Any) -> None:
        self.flow, self.theta = flow, theta

    def stream(self, points: Array, time: Any, domain: Rectangle | None = None) -> Array:
        """Stream function `[point]` (mm²), with the envelope of `domain` if there is one."""
        return self._stream(points, time, domain)[0]

    def velocity(self, points: Array, time: Any, domain: Rectangle | None = None) -> Array:
        """Velocities `[point, 2]` (mm per unit of time), zero on the edge of `domain`."""
        return rotated(self._stream(points, time, domain)[1]).T

    def move(self, points: Array, domain: Domain | None = None) -> Array:
        """Where points `[point, 2]` are carried from time 0 to 1 (mm); the edge of `domain` stays in place.

        Not a number where a time step could not be solved (a velocity gradient of more than about 2·steps).
        """
        points = jnp.asarray(points)
        extent = None if domain is None else Rectangle(domain.x0, domain.y0, domain.x1, domain.y1)
        return _moved(self.flow, extent, self.theta, points) if len(points) else points

    def repeats(self, translation: np.ndarray) -> bool:
        """Whether points a `translation[2]` (mm) apart are moved alike, on the plane without an edge."""
        group = self.flow.symmetry
        pure = group.translations[(group.rotations == np.eye(PLANE)).all(axis=(1, 2))]
        steps = group.fractional(np.asarray(translation)) - pure
        return bool((np.abs(steps - np.round(steps)) < SAME_PLACE).all(axis=1).any())

    def _stream(self, points: Array, time: Any, domain: Rectangle | None) -> tuple[Array, Array]:
        gauge = 0.0 if domain is None else _mean(self.flow, self.theta, time)
        return _enveloped_stream(self.flow, domain, (self.theta, time, gauge), jnp.asarray(points).T)


@partial(jax.jit, static_argnums=(0, 1))
def _moved(flow: Flow, domain: Rectangle | None, theta: Any, points: Array) -> Array:
    """All time steps for `points[point, 2]`, block by block."""
    times = (jnp.arange(flow.steps) + 0.5) / flow.steps
    gauges = jnp.zeros(flow.steps) if domain is None else jax.vmap(partial(_mean, flow, theta))(times)
    blocks = -(-len(points) // BLOCK)
    length = -(-len(points) // blocks)
    padded = jnp.pad(points, ((0, blocks * length - len(points)), (0, 0)), mode="edge")
    step, tolerance = 1.0 / flow.steps, TOLERANCE * math.sqrt(flow.symmetry.area)
    field = partial(_velocity, flow, domain)

    def advance(state: tuple[Array, Array], now: tuple[Array, Array]) -> tuple[tuple[Array, Array], None]:
        here, guess = state
        middle = midpoint(field, step, tolerance, (theta, *now), here, guess)
        there = 2 * middle - here
        return (there, jax.lax.stop_gradient((there - here) / step)), None

    def carry(block: Array) -> Array:
        (moved, _), _ = jax.lax.scan(advance, (block, jnp.zeros_like(block)), (times, gauges))
        return moved

    moved = jax.lax.map(carry, padded.reshape(blocks, length, PLANE).swapaxes(1, 2))
    return moved.swapaxes(1, 2).reshape(-1, PLANE)[: len(points)]


def _mean(flow: Flow, theta: Any, time: Any) -> Array:
    """Mean of the stream function over a cell, mm²: subtracted where an envelope follows.

    Without an envelope a constant moves nothing; with one it would drive a current along the sheet's edge.
    """
    return _enveloped_stream(flow, None, (theta, time, 0.0), jnp.asarray(flow.grid).T)[0].mean()


@partial(jax.jit, static_argnums=(0, 1))  # the same for every stage of every step: traced once
def _enveloped_stream(flow: Flow, domain: Rectangle | None, parameters: Any, points: Array) -> tuple[Array, Array]:
    """Stream function `[point]` (mm²) and gradient `[2, point]` (mm) of `(theta, time, gauge)` at `points[2, point]`."""
    theta, time, gauge = parameters
    value, gradient = stream(partial(flow.network, theta), flow.waves, points, time)
    value, gradient = flow.scale * value - gauge, flow.scale * gradient
    if domain is None:
        return value, gradient
    factor, slope = envelope(points, domain, flow.envelope)
    return factor * value, factor * gradient + value * slope


def _velocity(flow: Flow, domain: Rectangle | None, parameters: Any, points: Array) -> Array:
    return rotated(_enveloped_stream(flow, domain, parameters, points)[1])


if TYPE_CHECKING:
    Satisfies[MeshGenerator](Flow)
    Satisfies[Composable](Flow)
