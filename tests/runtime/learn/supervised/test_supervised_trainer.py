"""Fitting to labelled designs: it learns, keeps the best epoch, ends early, resumes bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.learn.failures import TrainingFailed
from metac.runtime.learn.networks.dense import DenseConfiguration
from metac.runtime.learn.supervised.labelled_data import LabelledSamples
from metac.runtime.learn.supervised.objectives import squared_error
from metac.runtime.learn.supervised.supervised_trainer import SupervisedRecipe, rate_at, train_supervised
from metac.runtime.learn.validated_training import ValidatedResult
from metac.runtime.runs.failures import Interrupted

SHAPE = DenseConfiguration(9, (16,), 2)
RECIPE = SupervisedRecipe(epochs=12, batch=16, rate=1e-2, seed=3)
RANDOM = np.random.default_rng(0)
DESIGNS = (RANDOM.random((330, 8)) < 0.5).astype(np.uint8)
SETTINGS = RANDOM.random((330, 1)).astype(np.float32)
LABELS = np.stack([DESIGNS.mean(axis=1), DESIGNS[:, 0] * SETTINGS[:, 0]], axis=1).astype(np.float32)
SAMPLES = LabelledSamples(DESIGNS, SETTINGS, LABELS)
ROWS = (np.arange(250), np.arange(250, 330))
A_EPOCH = 250 // 16


def run(
    folder: Path, recipe: SupervisedRecipe = RECIPE, samples: LabelledSamples = SAMPLES, stop_after: int | None = None
) -> ValidatedResult:
    asked = iter(range(10_000))
    with watched(Watch(wanted=lambda: stop_after is not None and next(asked) >= stop_after)):
        weights = SHAPE.network.initial_weights(0)
        return train_supervised(squared_error(SHAPE), weights, samples, ROWS, recipe, folder, "a test")


def equal(first: ValidatedResult, second: ValidatedResult) -> bool:
    leaves = zip(jax.tree.leaves(first.weights), jax.tree.leaves(second.weights), strict=True)
    same = np.array_equal(first.training, second.training) and np.array_equal(first.validation, second.validation)
    return same and all(np.array_equal(a, b) for a, b in leaves)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> ValidatedResult:
    return run(tmp_path_factory.mktemp("straight"))


def test_it_learns(straight: ValidatedResult) -> None:
    assert straight.training.shape == straight.validation.shape == (12,)
    assert straight.validation.min() < 0.3 * straight.validation[0]


def test_the_kept_weights_are_those_of_the_best_epoch(straight: ValidatedResult) -> None:
    objective = squared_error(SHAPE)
    held = SAMPLES.take(ROWS[1])
    loss = objective(straight.weights, held._replace(designs=held.designs.astype(np.float32)), jax.random.key(0))
    assert float(loss) == pytest.approx(straight.validation[straight.best], rel=1e-5)


@pytest.mark.parametrize("calls", [1, 4])
def test_an_interrupted_fit_resumes_bit_for_bit(straight: ValidatedResult, tmp_path: Path, calls: int) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, stop_after=calls)
    assert equal(straight, run(tmp_path))


def test_a_finished_fit_is_not_done_again(straight: ValidatedResult, tmp_path: Path) -> None:
    run(tmp_path)
    notes: list[str] = []
    with watched(Watch(note=notes.append)):
        again = train_supervised(
            squared_error(SHAPE), SHAPE.network.initial_weights(1), SAMPLES, ROWS, RECIPE, tmp_path, "a test"
        )
    assert equal(straight, again), "other initial weights would have led elsewhere"
    assert notes == [f"a test: resuming after {12 * A_EPOCH} of {12 * A_EPOCH} steps"]


def test_it_ends_where_nothing_is_gained_any_more(tmp_path: Path) -> None:
    noise = replace_labels(np.random.default_rng(1).random((330, 2)))
    result = run(tmp_path, replace(RECIPE, epochs=60, patience=2, rate=3e-2), noise)
    assert len(result.validation) == result.best + 1 + 2
    assert len(result.validation) < 60


def test_every_sample_is_seen_but_the_rest_of_an_epoch(tmp_path: Path) -> None:
    result = run(tmp_path, replace(RECIPE, epochs=1, batch=1000))
    assert result.training.shape == (1,)


def test_the_rate_falls_along_a_cosine() -> None:
    rates = [float(rate_at(step, 100, 1e-3)) for step in (0, 25, 50, 100)]
    np.testing.assert_allclose(rates, 1e-3 * np.array([1, 0.01 + 0.99 * (1 + 0.5**0.5) / 2, 0.505, 0.01]), rtol=1e-5)


def test_rmsprop_learns_as_well(tmp_path: Path) -> None:
    result = run(tmp_path, replace(RECIPE, optimiser="rmsprop"))
    assert result.validation.min() < 0.5 * result.validation[0]


def test_labels_that_are_no_numbers_end_it(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="became nan at step 1, of 180"):
        run(tmp_path, samples=replace_labels(np.full((330, 2), np.nan)))


def replace_labels(labels: np.ndarray) -> LabelledSamples:
    return SAMPLES._replace(labels=labels.astype(np.float32))
