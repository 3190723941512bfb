"""Scaling, sets that share no design, networks of dense layers, scores, predictions in chunks."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.learn.networks.dense import DenseConfiguration
from metac.runtime.learn.supervised.labelled_data import LabelledSamples, Scaling, folds, split_designs
from metac.runtime.learn.supervised.scores import Scores, read_scores, write_scores
from metac.runtime.learn.supervised.surrogate import Columns, Surrogate, in_batches

RANDOM = np.random.default_rng(0)
DESIGNS = np.repeat((RANDOM.random((200, 20)) < 0.5).astype(np.uint8), 3, axis=0)


def test_scaling_goes_to_zero_and_one_and_back() -> None:
    columns = np.array([[1.0, 5.0, -2.0], [3.0, 5.0, 6.0], [2.0, 5.0, 0.0]])
    scaling = Scaling.of(columns)
    np.testing.assert_allclose(scaling.scale(columns), [[0, 0, 0], [1, 0, 1], [0.5, 0, 0.25]])
    np.testing.assert_allclose(scaling.restore(scaling.scale(columns)), columns)
    assert Scaling.read(scaling.describe()) == scaling


def test_sets_hold_all_samples_once_and_share_no_design() -> None:
    sets = split_designs(DESIGNS, 0.3, 0.1, 5)
    assert sorted(np.concatenate(sets).tolist()) == list(range(600))
    of = [{design.tobytes() for design in DESIGNS[rows]} for rows in sets]
    assert not (of[0] & of[1] or of[0] & of[2] or of[1] & of[2])
    assert [len(each) for each in of] == [120, 60, 20]
    assert not np.array_equal(sets.test, split_designs(DESIGNS, 0.3, 0.1, 6).test)


def test_too_few_designs_are_refused() -> None:
    with pytest.raises(ValueError, match="2 designs are too few"):
        split_designs(DESIGNS[:6], 0.3, 0.1, 0)


def test_each_sample_is_left_out_by_one_fold() -> None:
    rows = np.arange(90, 600)
    found = folds(DESIGNS, rows, 3, 0)
    np.testing.assert_array_equal(np.sort(np.concatenate([left for _, left in found])), rows)
    for learned, left in found:
        assert len(learned) + len(left) == len(rows)
        assert not {d.tobytes() for d in DESIGNS[learned]} & {d.tobytes() for d in DESIGNS[left]}


def test_a_dense_network_is_what_its_formula_says() -> None:
    shape = DenseConfiguration(3, (4,), 2, "tanh", "sigmoid")
    weights = shape.network.initial_weights(1)
    values = RANDOM.normal(size=(5, 3)).astype(np.float32)
    first, last = (jax.tree.map(np.asarray, weights["layers"][place]) for place in range(2))
    hidden = np.tanh(values @ first["kernel"] + first["bias"])
    expected = 1 / (1 + np.exp(-(hidden @ last["kernel"] + last["bias"])))
    np.testing.assert_allclose(shape.network(weights, jnp.asarray(values)), expected, rtol=1e-5)
    assert shape.network.parameters == sum(leaf.size for leaf in jax.tree.leaves(weights)) == 26
    assert DenseConfiguration.read(shape.describe()) == shape


def test_initial_weights_keep_the_size_of_what_passes() -> None:
    shape = DenseConfiguration(200, (300, 300), 100)
    values = jnp.asarray(RANDOM.normal(size=(500, 200)), jnp.float32)
    assert float(jnp.std(shape.network(shape.network.initial_weights(0), values))) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("hidden", [(0,), (3, -1)])
def test_layers_without_features_are_refused(hidden: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one feature at least"):
        DenseConfiguration(3, hidden, 1)


def test_scores_are_those_of_their_formulas(tmp_path: Path) -> None:
    truth, predicted = np.array([[1.0, 4.0], [2.0, 4.0], [4.0, 4.0]]), np.array([[1.0, 5.0], [3.0, 4.0], [4.0, 4.0]])
    scores = Scores.of(truth, predicted, ("a", "b"))
    assert scores.r2[0] == pytest.approx(1 - 1 / ((4 / 3) ** 2 + (1 / 3) ** 2 + (5 / 3) ** 2))
    assert np.isnan(scores.r2[1]), "a label that does not vary"
    assert scores.mse == pytest.approx((1 / 3, 1 / 3))
    assert scores.mae == pytest.approx((1 / 3, 1 / 3))
    write_scores(tmp_path / "scores.csv", {"test": scores})
    rows = read_scores(tmp_path / "scores.csv")
    assert [row[:3] for row in rows[1:]] == [["test", name, "3"] for name in ("a", "b", "overall")]


def test_predictions_come_in_the_units_of_the_labels_whatever_their_number() -> None:
    shape = DenseConfiguration(5, (), 1)
    columns = Columns(4, ("E",), ("MPa",), ("D1",), Scaling((2.0,), (4.0,)), Scaling((0.0,), (10.0,)))
    weights = {"layer_0": {"kernel": jnp.array([[1.0], [0.0], [0.0], [0.0], [1.0]], jnp.float32), "bias": jnp.zeros(1)}}
    surrogate = Surrogate(shape, weights, columns)
    designs = np.array([[1, 0, 0, 0], [0, 1, 1, 1], [1, 1, 0, 0]], np.uint8)
    np.testing.assert_allclose(surrogate.predict(designs, [5.0]), [[5.0], [3.0], [5.0]])
    np.testing.assert_allclose(surrogate.predict(designs, [[0.0], [5.0], [10.0]]), [[4.0], [3.0], [6.0]])
    assert Columns.read(columns.describe()) == columns


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9])
def test_chunks_give_every_row_once(count: int) -> None:
    values = np.arange(2.0 * count).reshape(count, 2)
    shapes = []

    def twice(part: np.ndarray) -> np.ndarray:
        shapes.append(part.shape)
        return 2 * part

    found = in_batches(twice, 4, values)
    assert len(found) == count
    if count:
        np.testing.assert_array_equal(found, 2 * values)
        assert len(set(shapes)) == 1, "one compilation"


def test_samples_are_taken_in_any_shape() -> None:
    samples = LabelledSamples(DESIGNS, np.zeros((600, 0), np.float32), np.zeros((600, 2), np.float32))
    taken = samples.take(np.array([[0, 3], [6, 9]]))
    assert taken.designs.shape == (2, 2, 20)
    assert taken.settings.shape == (2, 2, 0)
