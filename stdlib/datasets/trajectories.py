"""Trajectories of networks of springs: taken from the cache, or made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.dimensions import PLANE
from metac.stdlib.generators.discs import checked_discs
from metac.stdlib.loads.compression_limits import check_rate, check_steps, substeps_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.dataset import MadeByRecipe, TrajectoryDataset
    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.datasets.trajectories.trajectories import Trajectories, TrajectoryRecipe

FORMAT = 1
"""A change of meaning that the hashes of code do not show gives trajectories new keys."""
TRAJECTORIES = "trajectories.npz"
MOST_STRAIN = 0.3
"""As `compress` has it."""
MOST_NUMBERS = 2_000_000_000
"""Coordinates in all: 16 GB."""


class TrajectoryData:
    """Data set of trajectories; fields as in `trajectories.meta`. Nothing is made before it is asked for.

    Raises `FieldError`: M0560 for discs that make no packing, M0561 for a compression that networks cannot be put to,
    M0591 where no packings are left to learn from, or there would be too many numbers.
    """

    def __init__(
        self,
        *,
        packings: int,
        networks: int,
        nodes: int,
        more_nodes: Sequence[int] | None,
        sizes: Sequence[float],
        pressure: float,
        lowest: float,
        highest: float | None,
        least_degree: int,
        angle_stiffness: float,
        mass: float,
        snapshots: int,
        rate: float,
        interval: float,
        temperature: float,
        first_temperature: float | None,
        damping: float,
        substeps: int | None,
        validation: int,
        test: int,
        seed: int,
    ) -> None:
        self._fields: dict[str, Any] = {
            "packings": int(packings),
            "networks": int(networks),
            "nodes": int(nodes),
            "more_nodes": tuple(int(each) for each in more_nodes or ()),
            "sizes": tuple(float(size) for size in sizes),
            "pressure": float(pressure),
            "lowest": float(lowest),
            "highest": None if highest is None else float(highest),
            "least_degree": int(least_degree),
            "angle_stiffness": float(angle_stiffness),
            "mass": float(mass),
            "snapshots": int(snapshots),
            "substeps": None if substeps is None else int(substeps),
            "rate": float(rate),
            "interval": float(interval),
            "temperature": float(temperature),
            "first_temperature": None if first_temperature is None else float(first_temperature),
            "damping": float(damping),
            "validation": int(validation),
            "test": int(test),
            "seed": int(seed),
        }
        self._check_compression()
        self._check_count()

    def _check_compression(self) -> None:
        """M0560 and M0561: networks that cannot be made, or cannot follow the compression."""
        given = self._fields
        turns = (given["nodes"], *given["more_nodes"])
        # Time is cut by the smallest box, which changes most.
        edge = min(_edge("more_nodes" if place else "nodes", each, given["sizes"]) for place, each in enumerate(turns))
        mass, interval, snapshots, substeps = (given[name] for name in ("mass", "interval", "snapshots", "substeps"))
        check_rate(given["rate"], mass)
        check_steps(snapshots, substeps_for(substeps, interval, given["rate"] * edge, mass))
        if (strain := interval * snapshots / edge) > MOST_STRAIN:
            message = (
                f"{snapshots:,} snapshots compress the box by up to {100 * strain:.3g} %, more than {100 * MOST_STRAIN:g} %"
            )
            raise FieldError("snapshots", message, code="M0561", help="take fewer, or a smaller `interval`")

    def _check_count(self) -> None:
        """M0591: packings for every purpose, and not more numbers than a machine holds."""
        given = self._fields
        packings, validation, test = (given[name] for name in ("packings", "validation", "test"))
        lowest, highest = given["lowest"], given["highest"]
        if highest is not None and not highest > lowest:
            message = f"ratios go down from {highest:g} to {lowest:g}: they cannot"
            raise FieldError("highest", message, code="M0591", help="take more than `lowest`")
        if packings - validation - test < 1:
            message = f"of {packings} packings {validation} and {test} are held back: none is left to learn from"
            raise FieldError("packings", message, code="M0591", help=f"take {validation + test + 1} at least")
        nodes = max((given["nodes"], *given["more_nodes"]))
        count = packings * given["networks"] * (given["snapshots"] + 1) * nodes * PLANE
        if count > MOST_NUMBERS:
            message = f"these are {count:,} coordinates, more than {MOST_NUMBERS:,}"
            raise FieldError("packings", message, code="M0591", help="take fewer packings, networks or snapshots")

    @property
    def title(self) -> str:
        """For people."""
        count = self.recipe.packings * self.recipe.networks
        discs = ", ".join(str(each) for each in self.recipe.turns)
        return f"trajectories of {count:,} networks ({self.recipe.packings:,} packings of {discs} discs)"

    @property
    def content(self) -> dict[str, Any]:
        """What the trajectories depend on."""
        return {"trajectories": self.key}

    @property
    def asked(self) -> dict[str, Any]:
        """As the recipe describes itself; known without JAX."""
        return {**self._fields, "sizes": list(self._fields["sizes"]), "more_nodes": list(self._fields["more_nodes"])}

    @cached_property
    def recipe(self) -> TrajectoryRecipe:
        """How trajectories are made."""
        from metac.runtime.datasets.trajectories.trajectories import TrajectoryRecipe

        return TrajectoryRecipe(**self._fields)

    @cached_property
    def key(self) -> str:
        """Of the trajectories in the cache: everything that they depend on; not how many threads make them."""
        from metac.runtime.datasets.trajectories import pruned_networks, trajectories
        from metac.runtime.optimise import greedy_removal
        from metac.runtime.springs import (
            dynamics,
            forces,
            highest_eigenvalue,
            jamming,
            network,
            response,
            status,
            time_steps,
        )

        modules = (
            *(dynamics, forces, highest_eigenvalue, jamming, network, response, status, time_steps),
            *(greedy_removal, pruned_networks, trajectories),
        )
        code, versions = code_of(module.__file__ for module in modules), series("numpy", "jax")
        return key_of({"format": FORMAT, "recipe": self.recipe.describe(), "code": code, "versions": versions})

    def prepare(self) -> None:
        """Make the trajectories if they are not in the cache. Raises Interrupted, CacheUnusable, SamplingFailed."""
        _ = self._made

    def samples(self) -> Trajectories:
        """All trajectories, packing by packing; raises what `prepare` raises."""
        return self._made

    def figure(self, title: str) -> Figure:
        """Poisson's ratios over strain."""
        from metac.runtime.datasets.trajectories.trajectory_table import draw_trajectories

        return draw_trajectories(self._made, title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All trajectories, to be saved with the figure."""
        return self._made._asdict()

    def files(self) -> dict[str, bytes]:
        """Poisson's ratios of each network as CSV."""
        from metac.runtime.datasets.trajectories.trajectory_table import ratio_table

        return {"-ratios.csv": ratio_table(self._made)}

    @cached_property
    def _made(self) -> Trajectories:
        from metac.runtime.datasets.trajectories.trajectories import Trajectories

        folder = Store().entry("trajectories", self.key, self.title, self._make)
        with np.load(folder / TRAJECTORIES, allow_pickle=False) as file:
            return Trajectories(**{name: file[name] for name in Trajectories._fields})

    def _make(self, folder: Path) -> None:
        """Into a folder of the cache."""
        from metac.runtime.datasets.failures import written
        from metac.runtime.datasets.trajectories.trajectories import trajectories
        from metac.runtime.datasets.trajectories.trajectory_table import draw_trajectories
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays, write_json

        made = trajectories(self.recipe, folder, self.title)
        with written(self.title):
            save_arrays(folder / TRAJECTORIES, made._asdict())
            write_json(folder / "recipe.json", {"title": self.title, "recipe": self.recipe.describe()})
            save(draw_trajectories(made, self.title), folder / "ratios.png")
        present_watch().note(f"{self.title} are made; `metac cache` shows where")


def _edge(field: str, nodes: int, sizes: Sequence[float]) -> float:
    """Of the box, as `checked_discs` has it. Raises `FieldError` M0560 on `field` for too few discs."""
    try:
        return checked_discs(nodes, sizes)[1]
    except FieldError as problem:
        if problem.field != "nodes":
            raise
        raise FieldError(field, problem.message, code="M0560", help=problem.help) from problem


if TYPE_CHECKING:
    Satisfies[MadeByRecipe](TrajectoryData)
    Satisfies[TrajectoryDataset[TrajectoryRecipe, Trajectories]](TrajectoryData)
    Satisfies[Exported](TrajectoryData)
    Satisfies[Prepared](TrajectoryData)
