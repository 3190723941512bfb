"""Composites: Hashin's bulk modulus, agreement with a specimen and with a file, flows, what does not go together."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.mixed.mixed_law import MixedFunctions
from metac.runtime.mesh.quality import area
from metac.runtime.report.mesh_export import write_vtu
from metac.stdlib.bodies.deformed import Deformed
from metac.stdlib.shapes.tiled import Tiled
from tests.library import constructor, make
from tests.mechanics import LINEAR_ELASTIC, Material, lame
from tests.stdlib import made
from tests.stdlib.groups import flow_of, group

Circle = constructor("shape", "circle")
HARD, SOFT = (60.0, 0.25), (4.0, 0.4)
"""E (MPa) and ν."""


def elastic(E, nu):
    return Material(LINEAR_ELASTIC, lame(E, nu))


def dots(radius, name="p6", at=(0.0, 0.0)):
    return Tiled(motif=Circle(radius=radius, at=at), symmetry=group(name))


def composite(kind="composite_cell", **fields):
    given = {"inclusions": [dots(4.0)], "fillings": [elastic(*HARD)], "material": elastic(*SOFT), "size": 4.0, "across": 1.0}
    return make("body", kind, **(given | fields))


@pytest.mark.slow
def test_hexagonally_packed_fibres_have_the_bulk_modulus_of_hashin():
    """K + f / (1/(K' − K) + (1 − f)/(K + μ)) in plane strain (Hashin and Rosen, J. Appl. Mech. 31, 1964)."""
    body = composite()
    stiffness = np.asarray(made.homogenised(body).response.stiffness)
    (mu, lam), (mu2, lam2) = lame(*SOFT), lame(*HARD)
    bulk, hard = lam + mu, lam2 + mu2
    share = np.pi * 16 / body.domain.area
    expected = bulk + share / (1 / (hard - bulk) + (1 - share) / (bulk + mu))
    assert (stiffness[0, 0] + stiffness[0, 1]) / 2 == pytest.approx(expected, rel=1e-3)
    assert stiffness[0, 0] == pytest.approx(stiffness[1, 1], rel=1e-3), "isotropic, as the lattice is hexagonal"


@pytest.mark.parametrize("kind", ["composite", "composite_cell"])
def test_elements_with_a_pressure_of_their_own(kind):
    body = composite(kind, element="mixed", cells=[1, 1])
    assert body.mesh.cells.shape[1] == 7 and isinstance(body.material.functions, MixedFunctions)
    finer = body.fresh(1.5)
    assert finer.mesh.cells.shape[1] == 7 and len(finer.material.phases) == len(finer.mesh.cells) > len(body.mesh.cells)
    with pytest.raises(FieldError) as found:
        composite(kind, element="mixed", order=1, cells=[1, 1])
    assert (found.value.code, found.value.field) == ("M0643", "order")


@pytest.mark.slow
def test_a_sheet_written_to_a_file_is_the_same_body(tmp_path):
    body = composite("composite", inclusions=[dots(4.0, "p4")], cells=[0.5, 1.0], order=1)
    write_vtu(tmp_path / "own.vtu", body.mesh, np.asarray(body.coordinates), cells=body.cell_fields())
    materials = [elastic(*SOFT), elastic(*HARD)]
    groups = ["material=1", "material=2"]
    again = make("body", "mesh", file=str(tmp_path / "own.vtu"), unit=1.0, groups=groups, materials=materials)
    first, second = (made.nominal(made.tension(each, 0.01, increments=1))[-1] for each in (body, again))
    assert float(second) == pytest.approx(float(first), rel=1e-12)
    assert made.volume_fraction(body) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.slow
def test_a_flow_moves_inclusions_and_they_are_meshed_again():
    body, flow = composite(inclusions=[dots(4.0, "p4")], pores=dots(2.5, "p4", (0.25, 0.25))), flow_of("p4")
    theta = jax.tree.map(lambda each: 3 * each, flow.init(jax.random.key(0)))
    design = Deformed(body=body, by=flow.at(theta))

    def areas(mesh, coordinates, phases):
        return [float(area(replace(mesh, cells=mesh.cells[phases == phase]), coordinates)) for phase in (0, 1)]

    moved = areas(body.mesh, design.coordinates, body.material.phases)
    again, finer = design.remeshed(), design.fresh(2.0)
    assert abs(moved[1] - np.pi * 16) > 0.1, "the inclusions have another size"
    assert areas(again.mesh, again.mesh.nodes, again.phases) == pytest.approx(moved, rel=0.02)
    assert areas(finer.mesh, finer.coordinates, finer.material.phases) == pytest.approx(moved, rel=0.02)
    assert finer.material.phases.size > 2 * body.material.phases.size


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"fillings": [elastic(*HARD)] * 2}, "fillings", "there are 1 shapes of inclusions, and 2 materials"),
        ({"inclusions": [dots(4.0), dots(5.0)], "fillings": [elastic(*HARD)] * 2}, "inclusions", "one of shape 2, around"),
        ({"pores": dots(3.0)}, "inclusions", "a pore, around"),
        ({"pores": dots(3.0, "p4")}, "pores", "by another lattice"),
        ({"inclusions": [Circle(radius=1.0)]}, "inclusions", "whole cells, and this shape has none"),
        ({"inclusions": []}, "inclusions", "a composite has inclusions"),
    ],
    ids=["fillings", "overlap", "pore", "lattice", "single", "none"],
)
def test_what_does_not_go_together(fields, field, words):
    with pytest.raises(FieldError) as told:
        composite(**fields)
    assert told.value.field == field and words in told.value.message
