"""Structured meshes, hand-written laws and a plain body: what mechanics is tested with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from metac.runtime.fem.elements.known import ELEMENTS
from metac.runtime.geometry.rectangle import Box, Rectangle
from metac.runtime.grid.mesh import grid_mesh
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.loads.continuum import Continuum

UNIT = Rectangle(0.0, 0.0, 1.0, 1.0)
SIDES_IN_SPACE = ("left", "right", "front", "back", "bottom", "top")
"""At the least and the greatest x, then y, then z."""


def rectangle(
    columns: int, rows: int, order: int, domain: Rectangle = UNIT, distort: float = 0.0, hole: bool = False
) -> Mesh:
    """Triangulated rectangle; `distort` moves inner vertices by that share of a cell, `hole` leaves out the middle."""
    width, height = columns * order + 1, rows * order + 1
    grid = np.arange(width * height).reshape(height, width)
    x, y = np.meshgrid(np.linspace(domain.x0, domain.x1, width), np.linspace(domain.y0, domain.y1, height))
    nodes = np.stack([x.ravel(), y.ravel()], axis=1)
    cells, skipped = [], (columns // 2, rows // 2) if hole else None
    for row in range(rows):
        for column in range(columns):
            if (column, row) == skipped:
                continue
            j, i = row * order, column * order
            a, b, c, d = (j, i), (j, i + order), (j + order, i + order), (j + order, i)
            # Alternating diagonals, so that no direction is preferred.
            corners = ((a, b, c), (a, c, d)) if (row + column) % 2 else ((a, b, d), (b, c, d))
            for triangle in corners:
                middles = [tuple(np.add(triangle[k], triangle[(k + 1) % 3]) // 2) for k in range(3)] if order == 2 else []
                cells.append([grid[point] for point in [*triangle, *middles]])
    edges = {"bottom": grid[0], "top": grid[-1], "left": grid[:, 0], "right": grid[:, -1]}
    facets = {
        name: np.stack([line[:-order:order], line[order::order], *([line[1::2]] if order == 2 else [])], axis=1)
        for name, line in edges.items()
    }
    cells = np.array(cells)
    used, renumbered = np.unique(cells, return_inverse=True)
    number = np.full(len(nodes), -1)
    number[used] = np.arange(len(used))
    if distort:
        rng = np.random.default_rng(0)
        inner = np.setdiff1d(np.unique(cells[:, :3]), np.concatenate(list(edges.values())))
        cell = np.array([domain.width / columns, domain.height / rows])
        nodes[inner] += distort * cell * rng.uniform(-1, 1, (len(inner), 2))
        for k in range(3) if order == 2 else ():
            nodes[cells[:, 3 + k]] = (nodes[cells[:, k]] + nodes[cells[:, (k + 1) % 3]]) / 2
    return Mesh(nodes[used], renumbered.reshape(cells.shape), {n: number[f] for n, f in facets.items()}, domain)


def quadrilaterals(columns: int, rows: int, order: int, domain: Rectangle = UNIT, distort: float = 0.0) -> Mesh:
    """Rectangle of quadrilaterals; `distort` moves inner corners by that share of a cell."""
    mesh = grid_mesh(rows, columns, domain.width, domain.height, order)
    nodes = mesh.nodes + np.array([domain.x0, domain.y0])
    if distort:
        corners = np.array(mesh.element.corners)
        inner = np.setdiff1d(mesh.cells[:, corners], np.concatenate([mesh.nodes_on(part) for part in mesh.facets]))
        cell = np.array([domain.width / columns, domain.height / rows])
        nodes[inner] += distort * cell * np.random.default_rng(0).uniform(-1, 1, (len(inner), 2))
        # Nodes in between stand where a bilinear map of the corners has them.
        straight = ELEMENTS[2, 4].shape(mesh.element.nodes)
        nodes[mesh.cells] = np.einsum("an,cai->cni", straight, nodes[mesh.cells[:, corners[[0, 1, 3, 2]]]])
    return Mesh(nodes, mesh.cells, mesh.facets, domain)


def box(counts: tuple[int, int, int], nodes: int, distort: float = 0.0, domain: Box | None = None) -> Mesh:
    """Hexahedra (8 `nodes`), or as many cubes of six tetrahedra (4); `distort` moves inner nodes by that share of a cell."""
    domain = domain or Box(0.0, 0.0, 1.0, 1.0, 0.0, 1.0)
    numbers = np.arange(np.prod(np.add(counts, 1))).reshape(*np.add(counts, 1)[::-1])  # [z, y, x]
    z, y, x = np.meshgrid(*(np.linspace(0, 1, count + 1) for count in counts[::-1]), indexing="ij")
    places = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1)
    k, j, i = (index.ravel() for index in np.indices(counts[::-1]))
    cells = np.stack([numbers[k + c, j + b, i + a] for c in (0, 1) for b in (0, 1) for a in (0, 1)], axis=1)
    if nodes == 4:
        cells = cells[:, np.array(ELEMENTS[3, 8].simplices)].reshape(-1, 4)
    facets = cells[:, np.array(ELEMENTS[3, nodes].facets)].reshape(-1, 4 if nodes == 8 else 3)
    parts = {
        side: facets[(np.abs(places[facets][:, :, number // 2] - number % 2) < 1e-12).all(axis=1)]
        for number, side in enumerate(SIDES_IN_SPACE)
    }
    inner = ((places > 0) & (places < 1)).all(axis=1)
    places[inner] += distort * np.random.default_rng(0).uniform(-1, 1, (inner.sum(), 3)) / np.array(counts)
    return Mesh(domain.lower + domain.extents * places, cells, parts, domain)


def _determinant(F):
    return jnp.linalg.det(jnp.moveaxis(F, (0, 1), (-2, -1)))


def _inverse_transposed(F):
    inverse = jnp.linalg.inv(jnp.moveaxis(F, (0, 1), (-2, -1)))
    return jnp.moveaxis(inverse, (-1, -2), (0, 1))


def _identity(F):
    return jnp.eye(len(F)).reshape(len(F), len(F), *(1,) * (F.ndim - 2))


class NeoHookean:
    """W = μ/2 (tr FᵀF − d − 2 ln J) + λ/2 (ln J)² in d dimensions, plane strain for two; parameters (μ, λ)."""

    def energy2(self, F, parameters):
        mu, lam = parameters
        log = jnp.log(_determinant(F))
        return mu / 2 * (jnp.sum(F * F, axis=(0, 1)) - len(F) - 2 * log) + lam / 2 * log**2

    def stress2(self, F, parameters):
        mu, lam = parameters
        return mu * F + (lam * jnp.log(_determinant(F)) - mu) * _inverse_transposed(F)

    def tangent2(self, F, parameters):
        mu, lam = parameters
        inverse = _inverse_transposed(F)
        outer = inverse[:, :, None, None] * inverse
        one = _identity(F)
        return (
            mu * one[:, None, :, None] * one[None, :, None, :]
            + lam * outer
            - (lam * jnp.log(_determinant(F)) - mu) * jnp.swapaxes(outer, 1, 3)
        )


class LinearElastic:
    """σ = λ* tr ε + 2 μ ε; parameters (μ, λ*), with λ* = λ (space, plane strain) or 2λμ/(λ + 2μ) (plane stress)."""

    def _strain(self, F):
        return (F + jnp.swapaxes(F, 0, 1)) / 2 - _identity(F)

    def energy2(self, F, parameters):
        mu, lam = parameters
        strain = self._strain(F)
        return mu * jnp.sum(strain**2, axis=(0, 1)) + lam / 2 * jnp.trace(strain) ** 2

    def stress2(self, F, parameters):
        mu, lam = parameters
        strain = self._strain(F)
        return 2 * mu * strain + lam * jnp.trace(strain) * _identity(F)

    def tangent2(self, F, parameters):
        mu, lam = parameters
        one = _identity(F)
        ik_jl = one[:, None, :, None] * one[None, :, None, :]
        il_jk = one[:, None, None, :] * one[None, :, :, None]
        fourth = mu * (ik_jl + il_jk) + lam * one[:, :, None, None] * one[None, None]
        return jnp.broadcast_to(fourth, (len(F),) * 4 + F.shape[2:])


for _law in (NeoHookean, LinearElastic):
    # Their formulas hold in two and in three dimensions.
    _law.energy, _law.stress, _law.tangent = _law.energy2, _law.stress2, _law.tangent2

NEO_HOOKEAN, LINEAR_ELASTIC = NeoHookean(), LinearElastic()


def lame(E: float, nu: float) -> tuple[float, float]:
    """(μ, λ) of plane strain."""
    return E / (2 * (1 + nu)), E * nu / ((1 + nu) * (1 - 2 * nu))


@dataclass
class Material:
    functions: Any = NEO_HOOKEAN
    parameters: tuple = field(default_factory=partial(lame, 50.0, 0.46))


class Block(Continuum):
    """A body that no generator moves."""

    def __init__(self, mesh: Mesh, material: Material | None = None, coordinates=None, thickness=1.0) -> None:
        self.mesh, self.domain = mesh, mesh.domain
        self.material = material or Material()
        self.coordinates = jnp.asarray(mesh.nodes if coordinates is None else coordinates)
        self.thickness = jnp.asarray(thickness)


def degrees(nodes, components=(0, 1), dimension=2) -> np.ndarray:
    """Degrees of freedom of nodes."""
    return np.concatenate([dimension * np.asarray(nodes) + component for component in components])


@lru_cache(maxsize=2)
def _value_and_gradient(function):
    """One program gives values and gradients: a second one for the values alone costs more compilation than its runs save.

    Tests that follow each other and vary one argument of the same function after the other share it.
    """
    import jax

    return jax.jit(jax.value_and_grad(function))


def taylor_remainders(function, at, direction, steps):
    """|f(x + h d) − f(x) − h f′(x) d| for each h, and the derivative along d by central differences of the best h."""
    import jax

    value_and_gradient = _value_and_gradient(function)
    # Strong types from the start: `at` with weak ones would be a second program.
    at = jax.tree.map(lambda x: jnp.asarray(np.asarray(x)), at)
    value, gradient = value_and_gradient(at)
    slope = sum(jnp.vdot(g, d) for g, d in zip(jax.tree.leaves(gradient), jax.tree.leaves(direction), strict=True))

    def moved(h):
        return value_and_gradient(jax.tree.map(lambda x, d: x + h * d, at, direction))[0]

    remainders = np.array([abs(moved(h) - value - h * slope) for h in steps])
    differences = np.array([(moved(h) - moved(-h)) / (2 * h) for h in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)])
    return remainders, float(slope), float(differences[np.argmin(abs(differences - slope))])
