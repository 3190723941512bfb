"""Training: it learns, resumes bit for bit, and reports what ends it."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.learn import epoch_loop as loop
from metac.runtime.learn.diffusion.diffusion_trainer import DiffusionRecipe, DiffusionResult, make_optimiser, train_diffusion
from metac.runtime.learn.diffusion.network_configuration import UNetConfiguration
from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule
from metac.runtime.learn.failures import BadWeights, TrainingFailed
from metac.runtime.learn.model_card import read_card, write_card
from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.image_network import ImageNetwork
from metac.runtime.learn.networks.perceptron import Perceptron
from metac.runtime.learn.weights import load_weights, named, save_weights
from metac.runtime.runs.failures import Interrupted

RECIPE = DiffusionRecipe(epochs=3, batch=16, rate=1e-3)
SAMPLES = np.random.default_rng(0).normal(0.5, 0.2, (70, 1)).astype(np.float32)
STEPS = 3 * (70 // 16)
PERCEPTRON = Network(lambda rngs: Perceptron(1, (16, 16), rngs=rngs))


def network(weights, vectors, times, key=None):
    return PERCEPTRON(weights, vectors, times)


def run(
    folder: Path, recipe: DiffusionRecipe = RECIPE, samples: np.ndarray = SAMPLES, stop_after: int | None = None
) -> DiffusionResult:
    """Train a small perceptron; ask to stop after so many steps."""
    asked = iter(range(10_000))
    watch = Watch(wanted=lambda: stop_after is not None and next(asked) >= stop_after)
    with watched(watch):
        return train_diffusion(
            network, PERCEPTRON.initial_weights(0), samples, LinearNoiseSchedule(100), recipe, folder, "a test"
        )


def equal(first: DiffusionResult, second: DiffusionResult) -> bool:
    leaves = zip(jax.tree.leaves(first.weights), jax.tree.leaves(second.weights), strict=True)
    return np.array_equal(first.losses, second.losses) and all(np.array_equal(a, b) for a, b in leaves)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> DiffusionResult:
    return run(tmp_path_factory.mktemp("straight"))


def test_the_loss_of_every_step_is_kept(straight: DiffusionResult) -> None:
    assert straight.losses.shape == (STEPS,)
    assert np.isfinite(straight.losses).all()


def test_training_again_gives_the_same(straight: DiffusionResult, tmp_path: Path) -> None:
    assert equal(straight, run(tmp_path))


def test_another_seed_gives_another_network(straight: DiffusionResult, tmp_path: Path) -> None:
    assert not equal(straight, run(tmp_path, replace(RECIPE, seed=1)))


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_an_interrupted_training_is_resumed_bit_for_bit(straight: DiffusionResult, tmp_path: Path, steps: int) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, stop_after=steps)
    assert equal(straight, run(tmp_path))


def test_a_killed_training_continues_from_its_last_checkpoint(
    straight: DiffusionResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_INTERVAL", 0.0)
    real, count = loop.save, iter(range(100))

    def killed(folder: Path, checkpoint) -> None:
        if next(count) == 5:
            raise KeyboardInterrupt
        real(folder, checkpoint)

    monkeypatch.setattr(loop, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    monkeypatch.setattr(loop, "save", real)
    assert equal(straight, run(tmp_path))


def test_a_damaged_checkpoint_costs_nothing_but_time(straight: DiffusionResult, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, stop_after=4)
    (file,) = (tmp_path / "checkpoints").iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert equal(straight, run(tmp_path))


def test_the_checkpoint_of_another_recipe_is_not_taken(straight: DiffusionResult, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, replace(RECIPE, rate=1e-2), stop_after=4)
    assert equal(straight, run(tmp_path))


def test_a_full_disk_reports_what_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_INTERVAL", 0.0)
    real, count = loop.save, iter(range(100))

    def full(folder: Path, checkpoint) -> None:
        if next(count) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(folder, checkpoint)

    monkeypatch.setattr(loop, "save", full)
    with pytest.raises(TrainingFailed, match="after 3 of 12 steps: No space left on device; the checkpoint after 2 steps"):
        run(tmp_path)


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="became nan at step 1, of 12") as caught:
        run(tmp_path, samples=np.full_like(SAMPLES, np.nan))
    assert "learning rate" in caught.value.remedy


def test_fewer_samples_than_a_batch_are_one_batch(tmp_path: Path) -> None:
    assert run(tmp_path, replace(RECIPE, batch=1000)).losses.shape == (3,)


def test_every_sample_is_seen_in_an_epoch() -> None:
    assert DiffusionRecipe(epochs=2, batch=7).steps(70) == (10, 20, 7)
    assert DiffusionRecipe(epochs=2, batch=128).steps(5) == (1, 2, 5)


def test_the_rate_warms_up_and_falls_along_a_cosine() -> None:
    recipe = DiffusionRecipe(warm_up=10, rate=1e-3, decay=0.0, clip=1e9)
    optimiser, weight = make_optimiser(recipe, 100), jnp.ones(())
    state, steps = optimiser.init(weight), []
    for _ in range(100):
        update, state = optimiser.update(jnp.ones(()), state, weight)
        steps.append(-float(update))
    assert np.argmax(steps) == 10
    assert steps[10] == pytest.approx(1e-3, rel=1e-4)
    assert (np.diff(steps[:11]) > 0).all()
    assert (np.diff(steps[10:]) < 0).all()
    assert steps[-1] < 2e-5


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PROGRESS_INTERVAL", 0.0)
    phases: list[str] = []
    with watched(Watch(phase=phases.append)):
        train_diffusion(
            network, PERCEPTRON.initial_weights(0), SAMPLES, LinearNoiseSchedule(100), RECIPE, tmp_path, "a test"
        )
    assert phases[-1].startswith("training a test: epoch 3 of 3, step 12 of 12 steps, loss ")


# Weights as files

SHAPE = UNetConfiguration(pixels=(8, 8), channels=(8,), blocks=1, attention=(), heads=2)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save_weights(tmp_path, ImageNetwork(SHAPE).initial_weights(0))
    write_card(tmp_path, SHAPE, LinearNoiseSchedule(50), {"title": "a test"})
    return tmp_path


def test_a_model_comes_back_as_it_was_written(model: Path) -> None:
    network = ImageNetwork(SHAPE)
    shape, schedule, sha256 = read_card(model)
    assert (shape, schedule) == (SHAPE, LinearNoiseSchedule(50))
    loaded = named(load_weights(model, sha256, network.weights_like))
    for name, array in named(network.initial_weights(0)).items():
        np.testing.assert_array_equal(loaded[name], array)


def test_a_truncated_weight_file_is_refused(model: Path) -> None:
    path = model / "weights.npz"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BadWeights, match="is damaged") as caught:
        load_weights(model, read_card(model)[2], ImageNetwork(SHAPE).weights_like)
    assert caught.value.reason == "unreadable"


def test_the_weights_of_another_network_are_refused(model: Path) -> None:
    other = ImageNetwork(replace(SHAPE, channels=(16,)))
    with pytest.raises(BadWeights, match=r"another network: .* is .* expected") as caught:
        load_weights(model, read_card(model)[2], other.weights_like)
    assert caught.value.reason == "other"


def test_a_card_of_something_else_is_refused(model: Path) -> None:
    for text in ("", "[]", '{"format": 99}', '{"format": 1, "shape": {}, "schedule": {}}'):
        (model / "model.json").write_text(text, encoding="utf-8")
        with pytest.raises(BadWeights):
            read_card(model)
