"""Cells of a grid as exact superelements: all pixels of a cell condensed to the nodes of its edges.

A cell that both mid-lines mirror falls into four problems of a quarter, one for each way in which a displacement can answer
the two mirrors (Bossavit, Comput. Methods Appl. Mech. Eng. 56, 1986): each has a quarter of the unknowns, half of the band.
The four condensed matrices are the whole cell's in an orthogonal basis; nothing is approximated.

Fields of cells are `[cell, row, column, component]` at nodes, row 0 at the top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, Int8
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.grid.element import strain_operator
from metac.runtime.multiscale.pixel_block import FIXED, INTERIOR, KEPT, BlockFactor, PixelBlock

Array = NDArray[np.float64]
Unit = tuple[tuple[float, float, float], ...]

PARITIES = ((1, 1), (1, -1), (-1, 1), (-1, -1))
"""How a field answers the mirror of x and that of y: unchanged or reversed."""


@dataclass(frozen=True)
class CellShape:
    """`rows` by `columns` square pixels; `unit[3, 3]`, N/mm: stiffness times thickness for the modulus 1 (Voigt form).

    `mirrored`: both mid-lines mirror the moduli, which are then those of the upper left quarter; rows and columns are even.
    `split`: each modulus is that of so many by so many pixels.
    """

    rows: int
    columns: int
    unit: Unit
    mirrored: bool
    split: int = 1

    @property
    def stored(self) -> tuple[int, int]:
        """Rows and columns of moduli that make a cell."""
        each = 2 * self.split if self.mirrored else self.split
        return self.rows // each, self.columns // each

    @property
    def unsplit(self) -> CellShape:
        """One pixel for each modulus."""
        return replace(self, rows=self.rows // self.split, columns=self.columns // self.split, split=1)

    @cached_property
    def element(self) -> Float[np.ndarray, "8 8"]:
        """Matrix of a pixel with the modulus 1; of a square, the same for any side."""
        return element_matrix(np.array(self.unit))

    @cached_property
    def edge(self) -> Int[np.ndarray, " edge"]:
        """Degrees of freedom at the nodes of the cell's edges: all of the left one downwards, of the right one, then what is
        left of the top and of the bottom one to the right."""
        node = np.arange((self.rows + 1) * (self.columns + 1)).reshape(self.rows + 1, self.columns + 1)
        order = np.concatenate([node[:, 0], node[:, -1], node[0, 1:-1], node[-1, 1:-1]])
        return (PLANE * order[:, None] + np.arange(PLANE)).ravel()

    @cached_property
    def parts(self) -> tuple[_Whole | _Quarter, ...]:
        """The independent problems of a cell."""
        if self.mirrored:
            return tuple(_Quarter(self, parity) for parity in PARITIES)
        return (_Whole(self),)

    @cached_property
    def matrix_bytes(self) -> int:
        """Of one `Superelement` whose inside was not asked for."""
        rows, columns = self.stored
        return 8 * (self.edge.size**2 + rows * columns)

    @cached_property
    def factor_bytes(self) -> int:
        """Of one whose inside is factorised."""
        return self.matrix_bytes + sum(part.block.factor_bytes for part in self.parts)

    def condense(self, moduli: Float[np.ndarray, "row column"]) -> Superelement:
        """The superelement of positive moduli `[row, column]`; raises SingularBlock."""
        found = Superelement(self, np.array(moduli, float))
        assert found.stiffness.size
        return found

    def condensed(self, moduli: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "edge edge"]:
        """The matrix of a superelement alone, N/mm; raises SingularBlock."""
        return self.condense(moduli).stiffness


@dataclass(frozen=True, eq=False)
class Superelement:
    """One condensed cell, of moduli as its shape stores them. What is inside is factorised when that is asked for."""

    shape: CellShape
    moduli: Float[np.ndarray, "row column"]

    @cached_property
    def stiffness(self) -> Float[np.ndarray, "edge edge"]:
        """N/mm; raises SingularBlock."""
        found = np.zeros((self.shape.edge.size,) * 2)
        for part in self.shape.parts:
            found += part.whole_matrix(part.block.factor(self._pixels).condensed())
        found.flags.writeable = False  # it is shared
        return found

    @cached_property
    def factors(self) -> tuple[BlockFactor, ...]:
        """Of the independent problems; raises SingularBlock."""
        return tuple(part.block.factor(self._pixels) for part in self.shape.parts)

    @property
    def _pixels(self) -> Float[np.ndarray, "row column"]:
        return np.kron(self.moduli, np.ones((self.shape.split,) * 2))

    @property
    def bytes(self) -> int:
        """Memory that it holds by now."""
        return self.shape.factor_bytes if "factors" in self.__dict__ else self.shape.matrix_bytes

    def passed_on(self, forces: Float[np.ndarray, "cell row column 2"]) -> Float[np.ndarray, "cell edge"]:
        """What forces inside of cells of this kind do to their edges; those at the edges do not count."""
        found = np.zeros((len(forces), forces[0].size))
        for part, factor in zip(self.shape.parts, self.factors, strict=True):
            block, folded = part.block, part.fold(forces).reshape(len(forces), -1)
            response = np.zeros_like(folded)
            response[:, block.kept] = factor.passed_on(folded[:, block.interior].T).T
            # Forces transform as the transpose of how displacements unfold: four images share a quarter's force.
            found += part.unfold_forces(response).reshape(len(forces), -1)
        return found[:, self.shape.edge]

    def displacement(
        self, edge: Float[np.ndarray, "cell edge"], forces: Float[np.ndarray, "cell row column 2"]
    ) -> Float[np.ndarray, "cell row column 2"]:
        """Of all nodes, from those of the edges and forces inside."""
        given = np.zeros((len(forces), forces[0].size))
        given[:, self.shape.edge] = edge
        given = given.reshape(forces.shape)
        found = np.zeros_like(given)
        for part, factor in zip(self.shape.parts, self.factors, strict=True):
            block = part.block
            folded = part.fold(forces).reshape(len(forces), -1)
            values = part.fold_displacement(given).reshape(len(forces), -1)
            values[:, block.interior] = factor.inside(values[:, block.kept].T, folded[:, block.interior].T).T
            found += part.unfold(values.reshape(len(forces), *part.nodes, PLANE))
        return found


class _Whole:
    """A cell without symmetry: one block."""

    def __init__(self, shape: CellShape) -> None:
        self.nodes = (shape.rows + 1, shape.columns + 1)
        roles = _roles(_on_edges(shape.rows, shape.columns, four=True))
        self.block = PixelBlock(shape.rows, shape.columns, shape.element, roles)
        self._order = np.searchsorted(self.block.kept, shape.edge)

    def fold(self, field: Array) -> Array:
        return field

    fold_displacement = unfold = fold

    def unfold_forces(self, forces: Array) -> Array:
        return forces

    def whole_matrix(self, condensed: Array) -> Array:
        return condensed[np.ix_(self._order, self._order)]


class _Quarter:
    """The upper left quarter of a mirrored cell, for displacements of one parity under both mirrors."""

    def __init__(self, shape: CellShape, parity: tuple[int, int]) -> None:
        rows, columns = shape.rows // 2, shape.columns // 2
        self.nodes = (rows + 1, columns + 1)
        # The mirror of x reverses u_x, that of y reverses u_y.
        self._across = parity[0] * np.array([-1.0, 1.0])
        self._up = parity[1] * np.array([1.0, -1.0])
        roles = _roles(_on_edges(rows, columns, four=False)).reshape(*self.nodes, PLANE)
        # On a mid-line what the mirror reverses vanishes.
        roles[:, -1, self._across < 0] = FIXED
        roles[-1, :, self._up < 0] = FIXED
        self.block = PixelBlock(rows, columns, shape.element, roles.ravel())
        images = self.unfold(self._unit_fields()).reshape(len(self.block.kept), -1)
        images = images[:, shape.edge]
        # Each degree of freedom of the cell's edges is an image of one kept one at most; over how many images that has.
        self._origin = np.abs(images).argmax(axis=0)
        share = images / np.sum(images**2, axis=1, keepdims=True)
        self._share = share[self._origin, np.arange(len(self._origin))]

    def _unit_fields(self) -> Array:
        fields = np.zeros((len(self.block.kept), *self.nodes, PLANE))
        fields.reshape(len(fields), -1)[np.arange(len(fields)), self.block.kept] = 1
        return fields

    def fold(self, forces: Array) -> Array:
        """A quarter's share of forces on whole cells."""
        return self._folded(forces) / 4

    def fold_displacement(self, field: Array) -> Array:
        """The part of this parity of a displacement, on the quarter."""
        folded = self._folded(field) / 4
        folded[:, :, -1] *= 2
        folded[:, -1] *= 2
        return folded

    def _folded(self, field: Array) -> Array:
        """The sum over the images of each node, those on mid-lines once."""
        rows, columns = self.nodes
        half = field[:, :, :columns] + self._across * field[:, :, : columns - 2 : -1]
        half[:, :, -1] /= 2
        folded = half[:, :rows] + self._up * half[:, : rows - 2 : -1]
        folded[:, -1] /= 2
        return folded

    def unfold(self, field: Array) -> Array:
        """The whole cell's displacement."""
        field = field.reshape(len(field), *self.nodes, PLANE)
        half = np.concatenate([field, self._across * field[:, :, -2::-1]], axis=2)
        return np.concatenate([half, self._up * half[:, -2::-1]], axis=1)

    def unfold_forces(self, forces: Array) -> Array:
        """Forces on the whole cell that do the work of those on the quarter, in displacements of this parity."""
        forces = forces.reshape(len(forces), *self.nodes, PLANE).copy()
        forces[:, :, -1] *= 2
        forces[:, -1] *= 2
        return self.unfold(forces)

    def whole_matrix(self, condensed: Array) -> Array:
        """The condensed matrix on the whole cell's edges: 4 S in the basis of images, each over how many images it has."""
        return 4 * condensed[self._origin][:, self._origin] * self._share * self._share[:, None]


def element_matrix(unit: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "8 8"]:
    """Matrix of a square pixel of stiffness `unit` (times thickness), nodes row by row from the lower left."""
    operator = strain_operator(1.0, 1.0, 1)
    return np.einsum("q,qsk,st,qtl->kl", operator.weights, operator.matrix, unit, operator.matrix)


def _on_edges(rows: int, columns: int, *, four: bool) -> NDArray[np.bool_]:
    """`[node]`: those on all four edges, or on the top and the left one."""
    on = np.zeros((rows + 1, columns + 1), bool)
    on[0], on[:, 0] = True, True
    if four:
        on[-1], on[:, -1] = True, True
    return on.ravel()


def _roles(kept: NDArray[np.bool_]) -> Int8[np.ndarray, " degree"]:
    return np.repeat(np.where(kept, KEPT, INTERIOR), PLANE).astype(np.int8)
