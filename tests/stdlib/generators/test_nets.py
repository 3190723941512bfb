"""Lattices and struts of one's own as generators of frames: free parameters, derivatives, files, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.beams.strut_files import NoStruts, read_struts
from metac.stdlib.bodies.frame import Frame
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.paths.linear import Linear
from tests.library import make
from tests.mechanics import LINEAR_ELASTIC, Material, lame, taylor_remainders

NODES = "node,x_mm,y_mm\n1,-5,0\n2,5,0\n3,5,10\n4,-5,10\n5,1,4\n"
BEAMS = "beam,first_node,second_node,width_mm\n1,1,2,0.5\n2,2,3,0.5\n3,3,4,\n4,4,1,0.8\n5,1,5,0.4\n6,5,3,0.4\n"


def frame(network, **fields):
    mu, lam = lame(0.6, 0.3)
    material = Material(LINEAR_ELASTIC, (mu, 2 * lam * mu / (lam + 2 * mu)))
    given = {"width": 0.6, "material": material, "thickness": 2.0, "tiles": (1, 1), "theory": "timoshenko", **fields}
    return Frame(network=network, **given)


def lattice(**fields):
    return make("generator", "lattice", **{"of": "re_entrant_honeycomb", "cells": (1, 1), "edge": 10.0, **fields})


def test_a_lattice_is_regular_at_the_start_and_its_derivatives_by_widths_and_places_are_right():
    net = lattice(widths=(0.5, 1.5), shift=0.3)
    theta = net.init(jax.random.key(0))
    assert len(theta["shifts"]) == len(net.inner) and len(theta["widths"]) < net.net.edge_count

    def stiffness(theta):
        body = frame(net.at(theta))
        found = Experiment(body=body, boundary=Periodic(), control=UnitStrains(), path=Linear()).response
        return found.stiffness[1, 1] + 2 * found.stiffness[0, 1]

    start = net.at(theta)
    np.testing.assert_allclose(start.positions, 10.0 * net.net.nodes, atol=1e-12)
    np.testing.assert_allclose(start.widths, 1.0)
    random = np.random.default_rng(0)
    moved = jax.tree.map(lambda part: jnp.asarray(random.uniform(0.3, 0.7, part.shape)), theta)
    way = jax.tree.map(lambda part: jnp.asarray(random.normal(size=part.shape)), theta)
    remainders, slope, difference = taylor_remainders(stiffness, moved, way, np.array([1e-2, 1e-3]))
    assert 1.7 < np.log10(remainders[0] / remainders[1]) < 2.3
    assert slope == pytest.approx(difference, rel=1e-6)


def test_what_grips_pull_a_lattice_with():
    """A square lattice between grips along x: its horizontal beams are stretched, and nothing else."""
    net = make("generator", "lattice", of="square", cells=(3, 2), edge=5.0)
    theta = net.init(jax.random.key(0))
    assert theta.shape == (0,) and net.fixed
    with pytest.raises(FieldError, match="nothing of it is free"):
        make("study", "optimize", vary=[net])
    pulled = Experiment(
        body=frame(net.at(theta)),
        boundary=Grips(along="x", clamp="both"),
        control=Stretch(strain=0.01, along=None),
        path=Linear(),
    ).response
    assert float(pulled.mean_stress[-1, 0, 0]) == pytest.approx(3 * 0.6 * 0.6 * 0.01 / 10.0, rel=1e-9)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"of": "kagome", "angle": 0.5}, "angle"),
        ({"of": "square", "ratio": 1.0}, "ratio"),
        ({"ratio": 0.9}, "ratio"),
        ({"widths": (0.0, 1.0)}, "widths"),
    ],
)
def test_lattices_that_cannot_be(fields, field):
    with pytest.raises(FieldError) as problem:
        lattice(**fields)
    assert problem.value.field == field


def test_struts_from_tables_json_and_spec_are_the_same(tmp_path):
    (tmp_path / "net.csv").write_text(NODES + BEAMS)
    both = read_struts(tmp_path / "net.csv")
    (tmp_path / "a-nodes.csv").write_text(NODES)
    (tmp_path / "a-beams.csv").write_text(BEAMS)
    places = '"nodes_mm": [[-5, 0], [5, 0], [5, 10], [-5, 10], [1, 4]]'
    pairs = '"beams": [[1, 2], [2, 3], [3, 4], [4, 1], [1, 5], [5, 3]]'
    (tmp_path / "net.json").write_text(f'{{{places}, {pairs}, "widths_mm": [0.5, 0.5, null, 0.8, 0.4, 0.4]}}')
    for name in ("a-nodes.csv", "a-beams.csv", "net.json"):
        other = read_struts(tmp_path / name)
        assert other.net == both.net
        np.testing.assert_array_equal(other.widths, both.widths)
    written = make(
        "generator", "struts", nodes=both.net.nodes.tolist(), beams=(both.net.edges + 1).tolist(), widths=(1.0, 1.0)
    )
    assert written.net == both.net and written.own_widths is None


def test_what_is_exported_can_be_read_back(tmp_path):
    net = lattice(of="kagome", widths=(0.5, 1.5))
    theta = {"widths": jnp.asarray(np.random.default_rng(0).random(int(net.width_numbers.max()) + 1))}
    body = frame(net.at(theta))
    for end in ("-nodes.csv", "-beams.csv"):
        (tmp_path / f"cell{end}").write_bytes(body.files()[end])
    read = make("generator", "struts", file=str(tmp_path / "cell-beams.csv"))
    again = frame(read.at(read.init(jax.random.key(0))), width=77.0)  # all beams have widths of their own
    np.testing.assert_array_equal(again.grid.edges, body.grid.edges)
    np.testing.assert_allclose(again.positions, body.positions, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(again.widths, body.widths, rtol=1e-11)
    assert {**again.files()}["-beams.csv"] == body.files()["-beams.csv"]


def test_beams_without_a_width_have_that_of_the_body(tmp_path):
    (tmp_path / "net.csv").write_text(NODES + BEAMS)
    net = make("generator", "struts", file=str(tmp_path / "net.csv"))
    np.testing.assert_allclose(frame(net.at(net.init(jax.random.key(0)))).widths, [0.5, 0.5, 0.6, 0.8, 0.4, 0.4])


BAD = {
    "no table": ("1,2,3\n", "line 1: a table begins with"),
    "columns": ("node,x,y\n1,0,0\n", "line 1: expected the columns"),
    "values": (NODES + "6,1\n", "line 7: 2 values in 3 columns"),
    "number": (NODES + "6,1,two\n", "line 7: could not convert"),
    "order": (NODES + "7,1,2\n", "line 7: node 7 stands in the place of node 6"),
    "no beams": (NODES, "there are no beams"),
    "unknown node": (NODES + BEAMS + "7,5,9,1\n", "beam 7 ends at node 9, and nodes are numbered from 1 to 5"),
    "same node": (NODES + BEAMS + "7,5,5,1\n", "beam 7 joins node 5 with itself"),
    "twice": (NODES + BEAMS + "7,5,1,1\n", "beams 5 and 7 both join nodes 1 and 5"),
    "loose": (NODES + "6,2,8\n" + BEAMS, "node 6 hangs loose"),
    "no length": (NODES + "6,1,4\n" + BEAMS + "7,6,5,1\n", "beam 7 has no length: nodes 5 and 6"),
    "not joined": (NODES + "6,1,4\n" + BEAMS + "7,6,4,1\n", "nodes 5 and 6 are at the same place"),
    "width": (NODES + BEAMS + "7,5,2,-1\n", "beam 7 has the width -1 mm"),
    "line": ("node,x_mm,y_mm\n1,0,0\n2,1,0\nbeam,first_node,second_node\n1,1,2\n", "all nodes lie on one line"),
}


@pytest.mark.parametrize("case", BAD)
def test_files_that_hold_no_frame(tmp_path, case):
    text, message = BAD[case]
    (tmp_path / "net.csv").write_text(text)
    with pytest.raises(NoStruts) as problem:
        read_struts(tmp_path / "net.csv")
    assert message in problem.value.message


def test_struts_that_do_not_repeat_have_no_periodic_load(tmp_path):
    skew = make("generator", "struts", nodes=((0.0, 0.0), (9.0, 3.0), (4.0, 10.0)), beams=((1, 2), (2, 3), (3, 1)))
    network = skew.at(skew.init(jax.random.key(0)))
    with pytest.raises(FieldError, match="no image"):
        _ = Experiment(body=frame(network), boundary=Periodic(), control=UnitStrains(), path=Linear()).response
    with pytest.raises(FieldError, match="no image"):
        frame(network, tiles=(2, 1))


def test_a_shift_by_which_a_beam_could_vanish_is_refused():
    with pytest.raises(FieldError, match="shortest beam"):
        make("generator", "struts", nodes=((0.0, 0.0), (9.0, 0.0), (4.0, 3.0)), beams=((1, 2), (2, 3), (3, 1)), shift=2.0)


CROSSED = ((0.0, 0.0), (30.0, 0.0), (30.0, 30.0), (0.0, 30.0))
DIAGONALS = ((1, 2), (2, 3), (3, 4), (4, 1), (1, 3), (2, 4))


@pytest.mark.slow
def test_crossings_that_are_joined_are_as_if_the_node_had_been_written():
    def modulus(nodes, beams, **fields):
        net = make("generator", "struts", nodes=nodes, beams=beams, **fields)
        body = frame(net.at(net.init(jax.random.key(0))))
        grips = Grips(along="x", clamp="both")
        test = Experiment(body=body, boundary=grips, control=Stretch(strain=0.01, along=None), path=Linear())
        return float(test.response.mean_stress[-1, 0, 0])

    kept, joined = (modulus(CROSSED, DIAGONALS, crossings=how) for how in ("keep", "join"))
    halves = ((1, 2), (2, 3), (3, 4), (4, 1), (1, 5), (5, 3), (2, 5), (5, 4))
    assert joined == pytest.approx(modulus((*CROSSED, (15.0, 15.0)), halves), rel=1e-12)
    # The middle goes half the way either way; joined, it does not turn, which slender diagonals hardly feel.
    assert kept * (1 + 1e-5) < joined < kept * (1 + 1e-3)


def test_own_widths_go_with_the_pieces(tmp_path):
    (tmp_path / "net.csv").write_text(NODES + BEAMS + "7,2,4,0.3\n")
    net = make("generator", "struts", file=str(tmp_path / "net.csv"), crossings="join")
    widths = net.own_widths[net.net.edges.max(axis=1) == 4]
    # Beam 7 passes over node 5.
    assert net.net.node_count == 5 and sorted(widths) == [0.3, 0.3, 0.4, 0.4]


def test_crossings_that_are_refused_are_named_and_so_are_beams_on_each_other():
    with pytest.raises(FieldError, match=r"beams 5 and 6 cross at \(15, 15\) mm: there is no node") as problem:
        make("generator", "struts", nodes=CROSSED, beams=DIAGONALS, crossings="refuse")
    assert problem.value.field == "beams" and problem.value.code == "M0563" and "join" in str(problem.value.help)
    over = ((0.0, 0.0), (30.0, 0.0), (15.0, 0.0), (15.0, 9.0))
    with pytest.raises(FieldError, match=r"beam 1 passes over node 3 at \(15, 0\) mm"):
        make("generator", "struts", nodes=over, beams=((1, 2), (3, 4)), crossings="refuse")
    with pytest.raises(FieldError, match=r"beams 1 and 3 lie on each other between \(0, 0\) mm and \(15, 0\) mm"):
        make("generator", "struts", nodes=over, beams=((1, 2), (3, 4), (1, 3)), crossings="join")
    assert make("generator", "struts", nodes=CROSSED, beams=DIAGONALS[:5], crossings="refuse").net.edge_count == 5


def test_nodes_that_could_move_into_a_crossing_are_refused():
    fields = {"nodes": ((0.0, 0.0), (30.0, 0.0), (0.0, 2.0), (30.0, 2.0)), "beams": ((1, 2), (3, 4)), "crossings": "refuse"}
    with pytest.raises(FieldError, match=r"two of them are 2 mm apart") as problem:
        make("generator", "struts", shift=0.71, **fields)
    assert problem.value.field == "shift" and "below 0.7071 mm" in str(problem.value.help)
    assert make("generator", "struts", shift=0.7, **fields).shift == 0.7
