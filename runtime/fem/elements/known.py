"""The elements that meshes may be made of."""

from __future__ import annotations

from metac.runtime.fem.elements.hexahedron import HEXAHEDRON_Q1
from metac.runtime.fem.elements.quadrilateral import QUADRILATERAL_Q1, QUADRILATERAL_Q2
from metac.runtime.fem.elements.reference import ReferenceElement
from metac.runtime.fem.elements.tetrahedron import TETRAHEDRON_P1
from metac.runtime.fem.elements.triangle import TRIANGLE_P1, TRIANGLE_P2, TRIANGLE_P2_BUBBLE

ELEMENTS: dict[tuple[int, int], ReferenceElement] = {
    (element.dimension, len(element.nodes)): element
    for element in (
        TRIANGLE_P1,
        QUADRILATERAL_Q1,
        TRIANGLE_P2,
        TRIANGLE_P2_BUBBLE,
        QUADRILATERAL_Q2,
        TETRAHEDRON_P1,
        HEXAHEDRON_Q1,
    )
}
"""Reference elements by dimension and number of nodes."""
