"""Training: it learns, goes on bit for bit, and tells what ends it."""

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
from metac.runtime.learn.diffusion.diffusion_trainer import Recipe, Trained, make_optimiser, train
from metac.runtime.learn.diffusion.network_configuration import UNetShape
from metac.runtime.learn.diffusion.noise_schedule import LinearSchedule
from metac.runtime.learn.failures import BadWeights, TrainingFailed
from metac.runtime.learn.model_card import read_card, write_card
from metac.runtime.learn.networks.image_network import PictureNetwork
from metac.runtime.learn.networks.initialisers import first_weights
from metac.runtime.learn.networks.perceptron import Perceptron
from metac.runtime.learn.weights import load_weights, named, save_weights
from metac.runtime.runs.failures import Interrupted

RECIPE = Recipe(epochs=3, batch=16, rate=1e-3)
SAMPLES = np.random.default_rng(0).normal(0.5, 0.2, (70, 1)).astype(np.float32)
STEPS = 3 * (70 // 16)
MODULE = Perceptron((16, 16))
LIKE = jax.eval_shape(MODULE.init, jax.random.key(0), jnp.zeros((1, 1), jnp.float32), jnp.ones(1))["params"]


def network(weights, vectors, times, key=None):
    return MODULE.apply({"params": weights}, vectors, times)


def run(folder: Path, recipe: Recipe = RECIPE, samples: np.ndarray = SAMPLES, stop_after: int | None = None) -> Trained:
    """Train a small perceptron; ask to stop after so many steps."""
    asked = iter(range(10_000))
    watch = Watch(wanted=lambda: stop_after is not None and next(asked) >= stop_after)
    with watched(watch):
        return train(network, first_weights(LIKE, 0), samples, LinearSchedule(100), recipe, folder, "a test")


def equal(first: Trained, second: Trained) -> bool:
    leaves = zip(jax.tree.leaves(first.weights), jax.tree.leaves(second.weights), strict=True)
    return np.array_equal(first.losses, second.losses) and all(np.array_equal(a, b) for a, b in leaves)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return run(tmp_path_factory.mktemp("straight"))


def test_the_loss_of_every_step_is_kept(straight: Trained) -> None:
    assert straight.losses.shape == (STEPS,)
    assert np.isfinite(straight.losses).all()


def test_training_again_gives_the_same(straight: Trained, tmp_path: Path) -> None:
    assert equal(straight, run(tmp_path))


def test_another_seed_gives_another_network(straight: Trained, tmp_path: Path) -> None:
    assert not equal(straight, run(tmp_path, replace(RECIPE, seed=1)))


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_an_interrupted_training_goes_on_bit_for_bit(straight: Trained, tmp_path: Path, steps: int) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, stop_after=steps)
    assert equal(straight, run(tmp_path))


def test_a_killed_training_goes_on_from_its_last_checkpoint(
    straight: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "BETWEEN_CHECKPOINTS", 0.0)
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


def test_a_damaged_checkpoint_costs_nothing_but_time(straight: Trained, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, stop_after=4)
    (file,) = (tmp_path / "checkpoints").iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert equal(straight, run(tmp_path))


def test_the_checkpoint_of_another_recipe_is_not_taken(straight: Trained, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, replace(RECIPE, rate=1e-2), stop_after=4)
    assert equal(straight, run(tmp_path))


def test_a_full_disk_tells_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "BETWEEN_CHECKPOINTS", 0.0)
    real, count = loop.save, iter(range(100))

    def full(folder: Path, checkpoint) -> None:
        if next(count) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(folder, checkpoint)

    monkeypatch.setattr(loop, "save", full)
    with pytest.raises(TrainingFailed, match="after 3 of 12 steps: No space left on device; what was reached after 2 steps"):
        run(tmp_path)


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="became nan at step 1, of 12") as caught:
        run(tmp_path, samples=np.full_like(SAMPLES, np.nan))
    assert "learning rate" in caught.value.remedy


def test_fewer_samples_than_a_batch_are_one_batch(tmp_path: Path) -> None:
    assert run(tmp_path, replace(RECIPE, batch=1000)).losses.shape == (3,)


def test_every_sample_is_seen_in_an_epoch() -> None:
    assert Recipe(epochs=2, batch=7).steps(70) == (10, 20, 7)
    assert Recipe(epochs=2, batch=128).steps(5) == (1, 2, 5)


def test_the_rate_warms_up_and_falls_along_a_cosine() -> None:
    recipe = Recipe(warm_up=10, rate=1e-3, decay=0.0, clip=1e9)
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
    monkeypatch.setattr(loop, "BETWEEN_LINES", 0.0)
    phases: list[str] = []
    with watched(Watch(phase=phases.append)):
        train(network, first_weights(LIKE, 0), SAMPLES, LinearSchedule(100), RECIPE, tmp_path, "a test")
    assert phases[-1].startswith("training a test: epoch 3 of 3, step 12 of 12 steps, loss ")


# Weights as files

SHAPE = UNetShape(pixels=(8, 8), channels=(8,), blocks=1, attention=(), heads=2)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save_weights(tmp_path, PictureNetwork(SHAPE).first_weights(0))
    write_card(tmp_path, SHAPE, LinearSchedule(50), {"title": "a test"})
    return tmp_path


def test_a_model_comes_back_as_it_was_written(model: Path) -> None:
    network = PictureNetwork(SHAPE)
    shape, schedule, sha256 = read_card(model)
    assert (shape, schedule) == (SHAPE, LinearSchedule(50))
    loaded = named(load_weights(model, sha256, network.weights_like()))
    for name, array in named(network.first_weights(0)).items():
        np.testing.assert_array_equal(loaded[name], array)


def test_a_truncated_weight_file_is_refused(model: Path) -> None:
    path = model / "weights.npz"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BadWeights, match="is damaged") as caught:
        load_weights(model, read_card(model)[2], PictureNetwork(SHAPE).weights_like())
    assert caught.value.reason == "unreadable"


def test_the_weights_of_another_network_are_refused(model: Path) -> None:
    other = PictureNetwork(replace(SHAPE, channels=(16,)))
    with pytest.raises(BadWeights, match=r"another network: .* is .* expected") as caught:
        load_weights(model, read_card(model)[2], other.weights_like())
    assert caught.value.reason == "other"


def test_a_card_of_something_else_is_refused(model: Path) -> None:
    for text in ("", "[]", '{"format": 99}', '{"format": 1, "shape": {}, "schedule": {}}'):
        (model / "model.json").write_text(text, encoding="utf-8")
        with pytest.raises(BadWeights):
            read_card(model)
