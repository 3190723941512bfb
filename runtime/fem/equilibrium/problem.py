"""A mesh, a law and what is prescribed: the static half of an equilibrium problem, and its assembled arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float, Int

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.assembly.mesh_fields import Extreme, element_tables, gather, scatter, smallest
from metac.runtime.fem.assembly.nodal_axes import NodalAxes
from metac.runtime.fem.assembly.sparsity import Assembly, assembly
from metac.runtime.fem.attachments import Attachments
from metac.runtime.fem.constitutive_law import HistoryDependentLaw, LawFunctions, Parameters
from metac.runtime.fem.dimension import determinant
from metac.runtime.fem.elements.tables import Tables, stiffness_pairs
from metac.runtime.fem.third_medium.filled_law import FilledFunctions
from metac.runtime.fem.third_medium.medium import Medium
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.quality import jacobian_ratio

_one_program = partial(jax.jit, static_argnames="self")
"""A method compiled as one: outside of a larger program each of its operations would be compiled by itself, inside one it
would be traced at each call."""


@dataclass(frozen=True)
class NewtonSettings:
    """When Newton's method has arrived and when it gives up."""

    tolerance: float = 1e-10
    """Out-of-balance forces on free nodes relative to all internal and external forces (Euclidean norms)."""
    maximum_iterations: int = 25
    maximum_cutbacks: int = 10
    """Halvings of one increment; afterwards it counts as failed."""
    maximum_step_halvings: int = 6
    """Halvings of one Newton step by the line search."""
    descent: float = 0.9
    """A step is taken when the residual's norm does not grow, or its work on the step falls below this part."""
    branch_resolution: float = 1 / 16
    """Part of an increment to which the first unstable equilibrium is closed in before its branch is left."""
    push: float = 1e-3
    """Largest displacement of the first push along the lowest mode, over the diagonal of the domain."""
    push_growth: float = 8.0
    """How much harder each further push is."""
    maximum_pushes: int = 3
    """In one increment; afterwards, and at once if 0, the path stays on its unstable branch."""
    shortened_boundary_steps: bool = False
    """Whether a step that carries the boundary may be shortened, so that it arrives in several: for gaps that close."""
    downhill: bool = False
    """Whether every step leads down in energy, with a positive definite neighbour of a tangent that is not: for media in
    gaps, whose modes turn soft on the way to a stable state."""
    nearly_balanced: float = 0.1
    """Out-of-balance forces, relative, from which on such a step may follow another."""
    descent_iterations: int = 80
    """Newton iterations, downhill, from a push to the stable branch."""


@dataclass(frozen=True)
class Problem:
    """Equality is that of the mesh, the fixed degrees of freedom (by content), the law, the settings, constraints,
    attachments and axes.

    A field `[point, d]` holds displacements or forces of *points*. They are the nodes of the mesh, unless nodes follow
    others by multi-point constraints, or have axes of their own, which components are then along: `nodal` gives the nodes'
    displacements along x and y. Use `make_problem`.
    """

    mesh: Mesh
    assembly: Assembly
    functions: LawFunctions
    settings: NewtonSettings = field(default_factory=NewtonSettings)
    constraints: MultiPointConstraints | None = None
    attachments: Attachments | None = None
    """Springs and the like. One value of each comes before the law's own among the `parameters` of all methods."""
    axes: NodalAxes | None = None
    """Of nodes that slide along inclined lines."""

    @property
    def tables(self) -> Tables:
        """The reference element with its quadrature."""
        return element_tables(self.mesh)

    @property
    def medium(self) -> Medium | None:
        """What fills its pores, and carries contact; None where they are empty."""
        return self.functions.medium if isinstance(self.functions, FilledFunctions) else None

    @property
    def size(self) -> float:
        """Diagonal of the domain, mm."""
        return self.mesh.domain.diagonal

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return self.mesh.dimension

    def nodal(self, field: Float[Array, "point d"]) -> Float[Array, "node d"]:
        """Displacements of the nodes `[node, d]` for those of the points `[point, d]`."""
        field = self._common(field)
        if self.extra_points:
            return field[: -self.extra_points]
        return field if self.constraints is None else self.constraints.nodal(field)

    def of_nodes(self, forces: Float[Array, "node d"]) -> Float[Array, "point d"]:
        """Forces on the nodes, along x and y, as those on the points: the transpose of `nodal`."""
        forces = self._own(forces)
        if self.extra_points:
            return jnp.pad(forces, ((0, self.extra_points), (0, 0)))
        return forces if self.constraints is None else self.constraints.conjugate(forces)

    def _common(self, field: Float[Array, "point d"]) -> Float[Array, "point d"]:
        """Along x and y, of a field along the points' own axes."""
        return field if self.axes is None else self.axes.common(field)

    def _own(self, field: Float[Array, "point d"]) -> Float[Array, "point d"]:
        """Along the points' own axes, of a field along x and y."""
        return field if self.axes is None else self.axes.own(field)

    @property
    def extra_points(self) -> int:
        """Points after those of the nodes that attachments bring."""
        return 0 if self.attachments is None else self.attachments.extra_points

    def gather(self, field: Float[Array, "point d"]) -> Float[Array, "d local cell"]:
        """Displacements of points `[point, d]` by element: `[d, node, cell]`."""
        return gather(self.mesh, self.nodal(field))

    def scatter(self, values: Float[Array, "d local cell"]) -> Float[Array, "point d"]:
        """Sum of element vectors `[d, node, cell]` at each point: `[point, d]`."""
        return self.of_nodes(scatter(self.mesh, values))

    @_one_program
    def geometry(self, coordinates: Float[Array, "node d"]) -> kernels.Geometry:
        """Shape gradients and weights for node positions `[node, d]`, mm."""
        local = gather(self.mesh, coordinates)
        shape = kernels.geometry(self.tables, local)
        if self.medium is not None:
            shape = shape._replace(medium=self.medium.geometry(local))
        if self.attachments is None:
            return shape
        return shape._replace(places=jnp.pad(coordinates, ((0, self.extra_points), (0, 0))))

    def split(self, parameters: Parameters) -> tuple[Parameters, Parameters]:
        """Values of the attachments, and parameters of the law."""
        count = 0 if self.attachments is None else len(self.attachments.each)
        return parameters[:count], parameters[count:]

    @_one_program
    def internal_force(
        self, parameters: Parameters, shape: kernels.Geometry, displacement: Float[Array, "point d"]
    ) -> Float[Array, "point d"]:
        """Assembled forces on the points per thickness, `[point, d]`, N/mm."""
        attached, law = self.split(parameters)
        local = self.gather(displacement)
        by_element = kernels.internal_force(self.tables, self.functions, law, shape, local)
        if self.medium is not None:
            by_element = self.medium.add(by_element, self.medium.internal_force(law, shape.medium, local))
        forces = self.scatter(by_element)
        if self.attachments is None or shape.places is None:
            return forces
        return forces + self.attached_force(attached, shape.places, displacement)

    def attached_force(
        self, attached: Parameters, places: Float[Array, "point d"], displacement: Float[Array, "point d"]
    ) -> Float[Array, "point d"]:
        """Forces on the points of what is attached to the body, N/mm; zero where nothing is."""
        if self.attachments is None:
            return jnp.zeros_like(displacement)
        return self._own(self.attachments.force(attached, places, self._common(displacement)))

    @_one_program
    def energy(
        self, parameters: Parameters, shape: kernels.Geometry, displacement: Float[Array, "point d"]
    ) -> Float[Array, ""]:
        """Stored energy per thickness, N (= N·mm/mm)."""
        attached, law = self.split(parameters)
        energy = jnp.sum(kernels.energy(self.tables, self.functions, law, shape, self.gather(displacement)))
        if self.attachments is None or shape.places is None:
            return energy
        return energy + self.attachments.energy(attached, shape.places, self._common(displacement))

    @_one_program
    def stiffness(
        self, parameters: Parameters, shape: kernels.Geometry, displacement: Float[Array, "point d"]
    ) -> Float[Array, " entry"]:
        """Values of the assembled tangent in the order of `assembly.matrix`, N/mm²."""
        attached, law = self.split(parameters)
        local = self.gather(displacement)
        entries = kernels.stiffness(self.tables, self.functions, law, shape, local)
        if self.medium is not None:
            entries = self.medium.add(entries, self.medium.stiffness(law, shape.medium, local))
        if self.axes is not None:
            pairs = stiffness_pairs(self.mesh.cells.shape[1], self.dimension)
            entries = self.axes.own_entries(entries, self.mesh.cells, pairs)
        # XLA would otherwise finish the products inside the scatter, entry by entry: eight times as slow.
        entries = lax.optimization_barrier(entries)
        count, constrained = len(self.assembly.matrix.indices), self.assembly.constrained
        # Computed once, not where each layer reads them.
        entries = lax.optimization_barrier(entries.ravel())
        values = jnp.zeros(count)
        for layer in self.assembly.layers:
            added = entries[layer.sources]
            values = values.at[layer.targets].add(added, unique_indices=True, indices_are_sorted=True)
        if self.attachments is not None and self.assembly.attached is not None and shape.places is not None:
            common, where = self._common(displacement), self.assembly.attached
            parts = self.attachments.stiffness(attached, shape.places, common, self.axes)
            values = values + jax.ops.segment_sum(parts[where.sources], where.targets, num_segments=count)
        if constrained is None:
            return values
        return values + jax.ops.segment_sum(
            constrained.weights * entries[constrained.sources], constrained.targets, num_segments=count
        )

    @_one_program
    def smallest_determinant(self, shape: kernels.Geometry, displacement: Float[Array, "point d"]) -> Extreme:
        """Smallest det F over the quadrature points; NaN counts as smaller than everything."""
        local = self.gather(displacement)
        found = smallest(determinant(kernels.deformation_gradient(self.tables, shape, local)))
        return found if self.medium is None else self.medium.smaller(found, shape.medium, local)

    def leaves_room(self, shape: kernels.Geometry, before: Float[Array, "point d"], after: Float[Array, "point d"]) -> Array:
        """bool: no gap that is filled closes by more than one step may close it; True where none is filled."""
        if self.medium is None:
            return jnp.ones((), dtype=bool)
        return self.medium.keeps_apart(shape.medium, self.gather(before), self.gather(after))

    @_one_program
    def smallest_jacobian(self, coordinates: Float[Array, "node d"], displacement: Float[Array, "point d"]) -> Extreme:
        """Smallest Jacobian of the deformed against the unloaded elements at `coordinates[node, d]`, nodes included."""
        moved = coordinates + self.nodal(displacement)
        ratio = jacobian_ratio(self.mesh, moved, coordinates)
        return smallest(ratio if self.medium is None else self.medium.at_its_points(ratio))

    @_one_program
    def virtual_work_gradient(
        self,
        parameters: Parameters,
        shape: kernels.Geometry,
        displacement: Float[Array, "point d"],
        virtual: Float[Array, "point d"],
    ) -> tuple[Float[Array, "node d"], Float[Array, "point d"], Parameters]:
        """Derivatives of `vdot(virtual, internal_force)`, the fields `[point, d]` given, `shape` that of the coordinates.

        With respect to the coordinates `[node, d]`, to the displacement of the points `[point, d]` and to the parameters.
        """
        attached, law = self.split(parameters)
        fields = self.gather(displacement), self.gather(virtual)
        by_coordinates, by_displacement, by_parameters = kernels.virtual_work_gradient(
            self.tables, self.functions, law, shape, *fields
        )
        if self.medium is not None:
            own = self.medium.virtual_work_gradient(law, shape.medium, *fields)
            by_coordinates = self.medium.add(by_coordinates, own[0])
            by_displacement = self.medium.add(by_displacement, own[1])
            by_parameters = (*by_parameters[:-2], *own[2])
        found = scatter(self.mesh, by_coordinates), self.scatter(by_displacement), by_parameters
        if self.attachments is None or shape.places is None:
            return found

        def work(places: Array, displacement: Array, attached: Parameters) -> Array:
            return jnp.vdot(virtual, self.attached_force(attached, places, displacement))

        by_places, by_field, by_values = jax.grad(work, argnums=(0, 1, 2))(shape.places, displacement, attached)
        by_places = by_places[: len(self.mesh.nodes)]
        return found[0] + by_places, found[1] + by_field, (*by_values, *found[2])

    def free(self, field: Float[Array, "point d"]) -> Float[Array, " free"]:
        """Values `[point, d]` at the free degrees of freedom, `[free]`."""
        return field.reshape(-1)[self.assembly.free]

    def prescribed(self, field: Float[Array, "point d"]) -> Float[Array, " fixed"]:
        """Values `[point, d]` at the prescribed degrees of freedom, `[fixed]`."""
        return field.reshape(-1)[self.assembly.fixed]

    def join(self, free: Float[Array, " free"], prescribed: Float[Array, " fixed"]) -> Float[Array, "point d"]:
        """A field `[point, d]` from its free and its prescribed values."""
        flat = jnp.zeros(self.dimension * self.assembly.point_count).at[self.assembly.free].set(free)
        return flat.at[self.assembly.fixed].set(prescribed).reshape(-1, self.dimension)


def make_problem(
    mesh: Mesh,
    fixed: Int[np.ndarray, " fixed"],
    functions: LawFunctions,
    settings: NewtonSettings | None = None,
    constraints: MultiPointConstraints | None = None,
    attachments: Attachments | None = None,
    axes: NodalAxes | None = None,
) -> Problem:
    """A problem with prescribed degrees of freedom `fixed` (`dimension · point + component`, along the points' own `axes`).

    Paths of bodies that flow are followed as they are unless `settings` say otherwise: a soft tangent is no buckling. Where
    pores are filled with a third medium, steps may be shortened and are many.
    """
    if settings is None:
        settings = default_settings(functions)
    if attachments is not None and (constraints is not None or isinstance(functions, HistoryDependentLaw)):
        raise ValueError("attachments go with bodies without constraints and internal variables")
    if axes is not None and constraints is not None:
        raise ValueError("axes of nodes go with bodies without constraints")
    assembled = assembly(mesh, fixed, constraints, attachments)
    return Problem(mesh, assembled, functions, settings, constraints, attachments, axes)


def default_settings(functions: LawFunctions) -> NewtonSettings:
    """Of a law: more and shorter steps, all of them downhill, where gaps close."""
    if isinstance(functions, HistoryDependentLaw):
        return NewtonSettings(maximum_pushes=0)
    if isinstance(functions, FilledFunctions):
        return NewtonSettings(
            maximum_iterations=100,
            maximum_cutbacks=20,
            maximum_step_halvings=20,
            shortened_boundary_steps=True,
            downhill=True,
        )
    return NewtonSettings()
