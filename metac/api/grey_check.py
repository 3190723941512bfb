"""Densities that a study leaves grey, so that there is no structure: reported, since their numbers may look well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.body import Graded
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph

NEAR = 0.1
"""Densities this close to 0 or 1 are taken for black and white."""
GREY = 0.05
"""A share of black and white pixels below which a body is reported to be grey."""


def grey_warnings(graph: DesignGraph, objects: Mapping[str, Any], bodies: list[str]) -> list[Diagnostic]:
    """A warning for each of these bodies whose density a study varies and leaves grey (host, concrete values)."""
    from metac.compiler.plan import reached, references

    varied = {name for study in graph.studies for name in references(graph.nodes[study])}
    found = []
    for name in bodies:
        body = objects[name]
        if not isinstance(body, Graded) or not reached(graph, {name}) & varied & _free(graph):
            continue
        density = np.asarray(body.density)
        share = float(np.mean((density <= NEAR) | (density >= 1 - NEAR)))
        if share >= GREY:
            continue
        least, largest = float(density.min()), float(density.max())
        found.append(
            Diagnostic(
                "M0619",
                f"`{name}` ends in grey: densities {least:.3g} … {largest:.3g}, binarity {share:.2g}",
                (Label(graph.nodes[name].span, "no structure"),),
                notes=(f"{100 * share:.2g} % of its pixels lie within {NEAR:g} of 0 or 1; grey pixels are no composite",),
                help="start further from even grey (`spread = 2, grain = 4`, or `start_field`), make grey poor value "
                "(`exponent = 3`), and raise `sharpness` by a stage",
                severity="warning",
            )
        )
    return found


def _free(graph: DesignGraph) -> set[str]:
    return {name for name, node in graph.nodes.items() if node.definition.kind.free}
