"""Packings: what other programs get, forces in balance, what is refused."""

import numpy as np
import pytest

from metac.runtime.springs.jamming import NotJammed, jammed
from metac.runtime.springs.network import checked
from metac.runtime.springs.random_removal import TooFewBonds, randomly_removed

SIZES = (1.6, 1.4, 1.2, 1.0)


def test_packings_are_as_dense_and_as_connected_as_those_of_molecular_dynamics():
    """Published scripts cool discs in LAMMPS at p = 0.2 and get, for 100 discs, a box of 10.955 and 5.82 bonds a node."""
    found = [jammed(100, SIZES, 0.2, seed) for seed in range(3)]
    assert np.mean([each.connections.box[0] for each in found]) == pytest.approx(10.96, abs=0.03)
    degrees = [2 * len(each.connections.bonds) / each.connections.nodes for each in found]
    assert np.mean(degrees) == pytest.approx(5.85, abs=0.08)
    assert np.mean([each.filling for each in found]) == pytest.approx(1.136, abs=0.004)
    assert {each.rattlers for each in found} == {0}


def test_forces_and_pressure_balance():
    packing = jammed(36, SIZES, 0.05, 1)
    checked(packing.positions, packing.connections)
    bonds, box = packing.connections.bonds, packing.connections.box
    vectors = packing.positions[bonds[:, 1]] - packing.positions[bonds[:, 0]] + packing.connections.images * box
    lengths = np.hypot(*vectors.T)
    # The discs' radii are not kept: each force follows from the balance alone, up to one factor that the pressure sets. With
    # F = overlap the virial Σ F l = 2 p A, and no node has a resultant.
    columns = np.zeros((2 * packing.connections.nodes + 1, len(bonds)))
    for bond, (first, second) in enumerate(bonds):
        along = vectors[bond] / lengths[bond]
        columns[2 * first : 2 * first + 2, bond] -= along
        columns[2 * second : 2 * second + 2, bond] += along
    columns[-1] = lengths
    wanted = np.zeros(len(columns))
    wanted[-1] = 2 * 0.05 * box[0] * box[1]
    forces, *_ = np.linalg.lstsq(columns, wanted, rcond=None)
    np.testing.assert_allclose(columns @ forces, wanted, atol=1e-7)


def test_lower_pressures_connect_less():
    dense, loose = (jammed(64, SIZES, pressure, 0) for pressure in (0.2, 0.02))
    assert len(dense.connections.bonds) > len(loose.connections.bonds) + 20
    degrees = np.bincount(loose.connections.bonds.ravel())
    assert degrees.min() >= 3 and loose.rattlers == 64 - loose.connections.nodes


def test_seeds_differ_and_repeat():
    one, again, other = jammed(16, SIZES, 0.2, 3), jammed(16, SIZES, 0.2, 3), jammed(16, SIZES, 0.2, 4)
    np.testing.assert_array_equal(one.positions, again.positions)
    assert not np.array_equal(one.positions, other.positions)


def test_what_does_not_come_to_rest_says_so(monkeypatch):
    monkeypatch.setattr("metac.runtime.springs.jamming.MOST_ITERATIONS", 5)
    with pytest.raises(NotJammed, match="did not come to rest in 5 iterations") as raised:
        jammed(16, SIZES, 0.2, 0)
    assert "another seed" in raised.value.remedy


def test_random_removal_takes_what_is_asked_for_and_keeps_every_node_held():
    connections = jammed(64, SIZES, 0.2, 0).connections
    stays = randomly_removed(connections.bonds, connections.nodes, 0.25, 3, 0)
    assert (~stays).sum() == round(0.25 * len(stays))
    before, after = (np.bincount(bonds.ravel(), minlength=64) for bonds in (connections.bonds, connections.bonds[stays]))
    assert (after >= np.minimum(before, 3)).all()
    assert not np.array_equal(stays, randomly_removed(connections.bonds, connections.nodes, 0.25, 3, 1))
    with pytest.raises(TooFewBonds, match="holds a node that has only 3 left"):
        randomly_removed(connections.bonds, connections.nodes, 0.5, 3, 0)
