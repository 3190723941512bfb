"""Labels of many networks: those that the load finds of each, single and tiled; which are connected."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from metac.runtime.beams.batched_properties import (
    DESIGNS_PER_GROUP,
    GROUPS_PER_CALL,
    NetworkFamily,
    properties_of_designs,
)
from metac.runtime.beams.beam_element import BeamMaterial
from metac.runtime.beams.connectivity import connected_designs
from metac.runtime.beams.network_geometry import NetworkGeometry
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.property_names import PROPERTY_NAMES
from metac.stdlib.bodies.frame import Frame
from metac.stdlib.loads.tension_cases import TensionCases

GRID = NodeGrid(3, 3)
NETWORKS = NetworkFamily(GRID, spacing=7.5, width=1.2, material=BeamMaterial(0.6, 0.3, 10.0))


class Plain(Frame):
    """A frame of a given material, without a material."""

    @property
    def beam_material(self) -> BeamMaterial:  # pyright: ignore[reportIncompatibleVariableOverride]
        return NETWORKS.material


def test_labels_are_what_the_load_measures_in_single_cells_and_tilings():
    designs = (np.random.default_rng(1).random((400, GRID.edge_count)) < 0.7).astype(np.uint8)
    designs = designs[connected_designs(GRID, designs)][:40]
    for tiles in ((1, 1), (5, 3)):
        labels, fine = properties_of_designs(NETWORKS, tiles, designs)
        assert labels.shape == (40, len(PROPERTY_NAMES))
        assert fine.all()

        @jax.jit
        def measured(design: jax.Array, tiles: tuple[int, int] = tiles) -> jax.Array:
            cell = NetworkGeometry(GRID, jnp.asarray(GRID.positions(7.5)), design)
            response = TensionCases(
                body=Plain(network=cell, width=1.2, material=None, thickness=10.0, tiles=tiles, theory="timoshenko"),
                strain=0.05,
            ).response
            return jnp.concatenate([response.modulus, response.ratio])

        for number in (0, 39):
            expected = measured(jnp.asarray(designs[number], float))
            np.testing.assert_allclose(labels[number], expected, rtol=1e-9, atol=1e-12)


def test_a_label_does_not_depend_on_what_is_worked_out_beside_it():
    random = np.random.default_rng(2)
    designs = (random.random((GROUPS_PER_CALL * DESIGNS_PER_GROUP + 5, GRID.edge_count)) < 0.7).astype(np.uint8)
    labels, fine = properties_of_designs(NETWORKS, (1, 1), designs)
    some = [3, 900, len(designs) - 1]
    again, fine_again = properties_of_designs(NETWORKS, (1, 1), designs[some])
    np.testing.assert_array_equal(labels[some], again)
    np.testing.assert_array_equal(fine[some], fine_again)


@pytest.mark.parametrize("count", [1, 3000])
def test_connected_designs_are_those_of_one_piece(count: int):
    designs = (np.random.default_rng(3).random((count, GRID.edge_count)) < 0.5).astype(np.uint8)
    found = connected_designs(GRID, designs)
    assert found.shape == (count,)
    for design, connected in list(zip(designs, found, strict=True))[:200]:
        first, second = GRID.edges[design == 1].T
        graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(GRID.node_count, GRID.node_count))
        assert connected == (connected_components(graph, directed=False)[0] == 1)
    assert count == 1 or 0 < found.sum() < count
