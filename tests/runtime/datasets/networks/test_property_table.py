"""The table of properties: hand-counted rows, and an ellipse of known radii."""

import csv
import io

import numpy as np
import pytest

from metac.runtime.beams.batched_properties import NetworkFamily
from metac.runtime.beams.beam_element import BeamMaterial
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.datasets.networks.property_clouds import draw_samples
from metac.runtime.datasets.networks.property_table import property_table
from metac.runtime.datasets.networks.random_networks import NetworkRecipe, Sampled

GRID = NodeGrid(3, 3)
NETWORKS = NetworkFamily(GRID, 7.5, 1.0, BeamMaterial(0.5, 0.3, 10.0))


def recipe(*tiles: tuple[int, int]) -> NetworkRecipe:
    return NetworkRecipe(NETWORKS, (10, 13), tiles, count=4, seed=0, balance=None, each=5, decimals=(1, 2))


def table(sampled: Sampled, *tiles: tuple[int, int]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(property_table(sampled, recipe(*tiles)).decode())))


def designs(*counts: int) -> np.ndarray:
    return (np.arange(GRID.edge_count) < np.array(counts)[:, None]).astype(np.uint8)


def test_each_connectivity_and_all_have_a_row() -> None:
    labels = np.array([[0.1, 0.2, -0.6, 0.0], [0.2, 0.3, 0.4, 0.5], [0.3, 0.1, -0.5, 0.2]])
    first, second, together = table(Sampled(designs(9, 9, 18), labels[:, None]), (1, 1))
    assert [row["connectivity"] for row in (first, second, together)] == ["2", "4", "all"]
    assert [row["designs"] for row in (first, second, together)] == ["2", "1", "3"]
    assert [float(first[f"E11/E {which}"]) for which in ("least", "mean", "greatest")] == pytest.approx([0.2, 0.3, 0.4])
    assert float(together["nu12 least"]) == -0.6
    shares = [float(together[name]) for name in ("% nu<-0.5", "% -0.5<=nu<0", "% 0<=nu<0.5", "% nu>=0.5")]
    assert shares == pytest.approx([100 / 6, 100 / 6, 50, 100 / 6], abs=1e-3)


def test_the_ellipse_holds_the_share_it_is_said_to() -> None:
    random = np.random.default_rng(0)
    turned = random.normal(size=(40_000, 2)) * [0.3, 0.1] @ np.array([[0.6, 0.8], [-0.8, 0.6]])
    labels = np.zeros((40_000, 1, 4))
    labels[:, 0, 2:] = turned
    row = table(Sampled(np.ones((40_000, GRID.edge_count), np.uint8), labels), (1, 1))[-1]
    radii = float(row["r1 nu12 nu21"]), float(row["r2 nu12 nu21"])
    along = turned @ np.array([[0.6, -0.8], [0.8, 0.6]])
    assert np.mean(((along / radii) ** 2).sum(axis=1) < 1) == pytest.approx(0.95, abs=0.003)


def test_tilings_have_rows_and_a_single_design_has_maps() -> None:
    tiles = (2, 2), (2, 4), (4, 2)
    sampled = Sampled(designs(10), np.arange(12.0).reshape(1, 3, 4))
    assert [row["tiling"] for row in table(sampled, *tiles)] == ["2x2", "2x2", "2x4", "2x4", "4x2", "4x2"]
    axes = draw_samples(sampled, recipe(*tiles), "sizes").axes
    np.testing.assert_array_equal(axes[0].images[0].get_array().filled(np.nan), [[0, 8], [4, np.nan]])
    assert [panel.get_title() for panel in axes[:4]] == ["E11 (MPa)", "E22 (MPa)", "nu12", "nu21"]
