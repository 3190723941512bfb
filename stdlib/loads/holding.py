"""What holds a body and where it is moved: the degrees of freedom that are prescribed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.action import PrescribedMotion
from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.mechanical_response import SpringEnds
from metac.compiler.interfaces.support import ElasticSupport, InclinedSupport, PointSupport
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly.nodal_axes import NodalAxes
from metac.stdlib.supports.held import NoSuchNode

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

    from metac.runtime.fem.attachments import SpringAttachment

RIGID_MOTIONS = 3
PARALLEL = 1e-9
"""Sine of the angle between two lines below which they are one direction."""
PRESCRIBED_TWICE, TAKEN_BY_A_SUPPORT, NOT_HELD = "M0602", "M0603", "M0604"


@dataclass(frozen=True, eq=False)
class Holding:
    """Degrees of freedom `2 node + component` of a mesh that supports hold and that actions move."""

    mesh: Any
    held: Int[np.ndarray, " held"]
    """Ascending: those that do not move."""
    motions: Sequence[PrescribedMotion]
    springs: Sequence[ElasticSupport] = ()
    axes: NodalAxes | None = None
    """Of nodes that slide along inclined lines: of these, `2 node` is the degree of freedom across the line."""

    @property
    def moved(self) -> NDArray[np.int64]:
        """Those that actions move, ascending."""
        parts = [motion.degrees(self.mesh) for motion in self.motions]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)

    @cached_property
    def attached(self) -> tuple[SpringAttachment, ...]:
        """The springs, as they join nodes."""
        return tuple(each.attached(self.mesh) for each in self.springs)

    @property
    def stiffnesses(self) -> tuple[Array, ...]:
        """Of the springs, N/mm."""
        return tuple(jnp.asarray(each.stiffness, float) for each in self.springs)

    @property
    def spring_ends(self) -> SpringEnds | None:
        """Where springs end; None without springs."""
        if not self.attached:
            return None
        size = max(len(end) for one in self.attached for end in (one.first, one.second))
        nodes, weights = np.zeros((len(self.attached), 2, size), int), np.zeros((len(self.attached), 2, size))
        for index, one in enumerate(self.attached):
            for end, shares in enumerate((one.first, one.second)):
                for place, (node, weight) in enumerate(shares):
                    nodes[index, end, place], weights[index, end, place] = node, weight
        axes = [-1 if one.axis is None else one.axis for one in self.attached]
        return SpringEnds(jnp.asarray(nodes), jnp.asarray(weights), jnp.asarray(axes))

    @property
    def sprung(self) -> NDArray[np.int64]:
        """Degrees of freedom that springs to the ground act on."""
        grounded = [(one, one.axis) for one in self.attached if one.axis is not None]
        return np.array([PLANE * node + axis for one, axis in grounded for node, _ in one.first], dtype=np.int64)

    def ground_forces(self, displacement: Float[Array, "increment node 2"]) -> Float[Array, "increment node 2"]:
        """Forces of the springs to the ground on the nodes `[increment, node, 2]`, N, of small elongations or large ones."""
        forces = jnp.zeros_like(displacement)
        for one, stiffness in zip(self.attached, self.stiffnesses, strict=True):
            if one.axis is None:
                continue
            nodes, weights = (np.array(part) for part in zip(*one.first, strict=True))
            pull = -stiffness * (displacement[:, nodes, one.axis] @ weights)
            forces = forces.at[:, nodes, one.axis].add(pull[:, None] * weights)
        return forces

    @property
    def fixed(self) -> NDArray[np.int64]:
        """All of them, ascending."""
        return np.union1d(self.held, self.moved)

    @property
    def values(self) -> Array:
        """`[fixed]`, mm, at load factor 1."""
        field = jnp.zeros(PLANE * len(self.mesh.nodes))
        for motion in self.motions:
            field = field.at[motion.degrees(self.mesh)].set(motion.values(self.mesh))
        return field[self.fixed]

    def held_part(self, field: Float[Array, "... node 2"]) -> Float[Array, "... node 2"]:
        """Of a field along x and y, `[…, node, 2]`, what lies in prescribed directions; zero elsewhere."""
        prescribed = self.is_prescribed(self.fixed)
        if self.axes is None:
            return jnp.where(prescribed, field, 0.0)
        across = jnp.moveaxis(jnp.asarray(field), (-2, -1), (0, 1))
        chosen = jnp.where(prescribed.reshape(*prescribed.shape, *(1,) * (across.ndim - 2)), self.axes.own(across), 0.0)
        return jnp.moveaxis(self.axes.common(chosen), (0, 1), (-2, -1))

    def acts_along(self, degrees: Int[np.ndarray, " degree"]) -> Bool[np.ndarray, "node 2"]:
        """`[node, 2]`: where forces along x and along y hold the degrees of freedom; on an inclined line both."""
        found = self.is_prescribed(degrees)
        if self.axes is not None:
            nodes = np.array(self.axes.nodes)
            found[nodes] |= found[nodes, :1]
        return found

    @property
    def marks(self) -> Float[np.ndarray, "node 2"]:
        """`[node, 2]`: 1 along each axis in which supports hold a node; the unit normal of an inclined line it slides on."""
        found = self.is_prescribed(self.held).astype(float)
        if self.axes is not None:
            found[np.array(self.axes.nodes)] = self.axes.normals
        return found

    def is_prescribed(self, degrees: Int[np.ndarray, " degree"]) -> Bool[np.ndarray, "node 2"]:
        """`[node, 2]`: which components `degrees` are."""
        found = np.zeros(PLANE * len(self.mesh.nodes), bool)
        found[degrees] = True
        return found.reshape(-1, PLANE)


def held_by(mesh: Any, supports: Sequence[Any], actions: Sequence[Any]) -> Holding:
    """What supports hold and actions move of a mesh.

    Raises:
        FieldError: on `supports`, where no node is at one, or the body can still move or turn (M0604); of an action that
            moves what is held or moved by another one too (M0602).
    """
    try:
        held = np.unique(np.concatenate([support.degrees(mesh) for support in supports]))
        sliding = [each for one in supports if isinstance(one, InclinedSupport) for each in one.sliding(mesh)]
    except NoSuchNode as problem:
        raise FieldError("supports", str(problem), help="supports hold corners of elements") from None
    motions = [each for each in actions if isinstance(each, PrescribedMotion)]
    springs = [each for each in supports if isinstance(each, ElasticSupport)]
    firm, axes = _with_sliding(held, sliding)
    holding = Holding(mesh, firm, motions, springs, axes)
    _require_once(holding)
    _require_held(holding)
    return holding


def require_felt(holding: Holding, nodes: NDArray[np.int64], place: Sequence[float], of: object | None) -> None:
    """`FieldError` M0603 on `at` of the object `of` for a force on nodes that cannot move at all."""
    if holding.is_prescribed(holding.fixed)[nodes].all():
        where = f"({place[0]:.6g}, {place[1]:.6g}) mm"
        raise FieldError(
            "at",
            f"the force at {where} does nothing: the body's displacement is prescribed there",
            code=TAKEN_BY_A_SUPPORT,
            help="move the force or the support",
            of=of,
        )


def support_places(supports: Sequence[Any]) -> list[Sequence[float]]:
    """Points at which something is held, mm."""
    return [point for each in supports if isinstance(each, PointSupport) for point in each.places]


def _with_sliding(
    held: NDArray[np.int64], sliding: Sequence[tuple[int, tuple[float, float]]]
) -> tuple[NDArray[np.int64], NodalAxes | None]:
    """What is held, ascending, and the axes of nodes that slide; where two lines meet, or a support holds one, none does."""
    firm, normals = set(held.tolist()), dict[int, tuple[float, float]]()
    for node, normal in sliding:
        own = {PLANE * node, PLANE * node + 1}
        x, y = normals.get(node, normal)
        if own & firm or abs(x * normal[1] - y * normal[0]) > PARALLEL:
            firm |= own
            normals.pop(node, None)
        else:
            normals[node] = normal
    if not normals:
        return np.array(sorted(firm), dtype=np.int64), None
    axes = NodalAxes(tuple(sorted(normals)), tuple(normals[node] for node in sorted(normals)))
    return np.array(sorted(firm | {PLANE * node for node in normals}), dtype=np.int64), axes


def _require_once(holding: Holding) -> None:
    known = set(holding.held.tolist())
    for node in () if holding.axes is None else holding.axes.nodes:
        known |= {PLANE * node, PLANE * node + 1}
    for motion in holding.motions:
        degrees = motion.degrees(holding.mesh)
        twice = [degree for degree in degrees.tolist() if degree in known]
        if twice:
            node, component = divmod(twice[0], PLANE)
            x, y = holding.mesh.nodes[node]
            axis = "xy"[component]
            raise FieldError(
                axis,
                f"at ({x:.6g}, {y:.6g}) mm the displacement along {axis} is prescribed by a support or another action too",
                code=PRESCRIBED_TWICE,
                help=f"what does not move along {axis} is for a support; leave `{axis}` out here, or there",
                of=motion,
            )
        known.update(degrees.tolist())


def _require_held(holding: Holding) -> None:
    mesh = holding.mesh
    x, y = mesh.nodes.T / max(mesh.domain.width, mesh.domain.height)
    motions = np.stack([np.stack([1 + 0 * x, 0 * x], 1), np.stack([0 * x, 1 + 0 * x], 1), np.stack([-y, x], 1)], axis=-1)
    plain = motions
    if holding.axes is not None:
        motions = np.einsum("noi,nir->nor", holding.axes.directions(len(motions)), motions)
    directions = [motions.reshape(-1, RIGID_MOTIONS)[holding.fixed]]
    for one in holding.attached:
        if one.axis is not None:
            parts = [weight * plain[node, one.axis] for node, weight in one.first]
            directions.append(np.sum(parts, axis=0)[None])
    if np.linalg.matrix_rank(np.concatenate(directions), tol=1e-9) < RIGID_MOTIONS:
        raise FieldError(
            "supports",
            "the body can move or turn without resistance",
            code=NOT_HELD,
            help="hold an edge, or one point and another across: three directions at least",
        )
