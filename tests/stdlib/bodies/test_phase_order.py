"""Phases that go from stiff to soft are told, where their stiffness is known."""

from __future__ import annotations

import pytest

from metac.compiler.interfaces.attainability import Facts
from metac.stdlib.bodies.phase_order import softening


def body(*materials):
    return Facts("cell", "pixels", {"materials": tuple(materials)})


def elastic(name, modulus):
    return Facts(name, "linear_elastic", {} if modulus is None else {"E": modulus})


def test_the_order_is_told_with_the_one_that_is_meant():
    doubt = softening(body(elastic("steel", 2e5), elastic("void", 1e-3)), {})
    assert doubt is not None and doubt.field == "materials"
    assert "200000 to 0.001 MPa" in doubt.message and doubt.help == "from soft to stiff it reads `[void, steel]`"


@pytest.mark.parametrize(
    "materials",
    [
        (elastic("soft", 1.0), elastic("stiff", 2.0)),
        (elastic("same", 1.0), elastic("other", 1.0)),
        (elastic("soft", 1.0), elastic("stiff", 3.0), elastic("between", 2.0)),
        (elastic("unknown", None), elastic("stiff", 2.0)),
        (elastic("stiff", 2.0), elastic("unknown", None)),
        (elastic("stiff", 2.0), Facts("rubber", "neo_hookean", {"E": 1.0})),
        (elastic("stiff", 2.0), None),
        (),
    ],
)
def test_what_is_in_order_or_not_known_is_left_alone(materials):
    assert softening(body(*materials), {}) is None
