"""Data set, model and generator in whole specs: trained once, taken from the cache, varied; what is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.artefacts.store import Store
from metac.runtime.learn.model_card import read_card
from metac.runtime.runs.failures import Interrupted
from metac.stdlib.models.diffusion_fields import DiffusionFields
from tests.library import constructor
from tests.library import fields as definition_fields

pytestmark = pytest.mark.usefixtures("own_cache")

Images = constructor("dataset", "images")

MODEL = """
dataset digits  = images { source = "digits", pixels = [8, 8], limit = 32 }
model ddpm      = diffusion {
    data = digits, channels = [8], blocks = 1, attention = [], heads = 2, steps = 50
    epochs = 2, batch = 16, rate = 1e-2, mean = 0.5
}
"""
DESIGN = f"""{MODEL}
generator noise = ddim {{ model = ddpm, steps = 3, seed = 3 }}
material soft   = linear_elastic {{ E = 1 MPa, nu = 0.3, plane = stress }}
material stiff  = linear_elastic {{ E = 100 MPa, nu = 0.3, plane = stress }}
stage gamma in [1, 4]
body cell       = pixels {{ density = project(1 - noise, gamma), size = 1 mm, materials = [soft, stiff] }}
load rve        = periodic {{ body = cell }}
match stiffness(rve) to 1 MPa * [[50, 12, 0], [12, 60, -3], [0, -3, 15]] scale 10 MPa
match volume_fraction(cell) to 0.6
study fit       = optimize {{ vary = noise, using = adam {{ rate = 0.1 }}, steps = 3 }}
"""


@pytest.fixture(scope="module")
def program():
    return metac.compile(DESIGN).program()


def test_a_model_is_trained_once_and_then_taken_from_the_cache(program) -> None:
    (entry,) = Store().entries()
    assert entry.finished
    assert entry.title == "the diffusion model of digits"
    assert {file.name for file in entry.path.iterdir()} >= {
        "weights.npz",
        "model.json",
        "losses.png",
        "samples.png",
        "losses.csv",
    }
    assert read_card(entry.path)[0].pixels == (8, 8)
    before = (entry.path / "weights.npz").stat().st_mtime_ns
    metac.compile(DESIGN).program()
    assert (entry.path / "weights.npz").stat().st_mtime_ns == before
    assert len(Store().entries()) == 1


def test_fields_are_pictures_of_the_model(program) -> None:
    theta = program.init(jax.random.key(0))
    assert theta["noise"].shape == (8, 8)
    assert theta["noise"].dtype == jnp.float64
    np.testing.assert_array_equal(
        theta["noise"], program.init(jax.random.key(7))["noise"], "the seed is the generator's own"
    )
    field = jax.jit(program.generators["noise"].at)(theta["noise"])
    assert field.shape == (8, 8)
    assert field.dtype == jnp.float64
    picture = jax.jit(lambda noise: program.generators["noise"].denoiser.samples(noise, 3))(theta["noise"][None])[0]
    np.testing.assert_allclose(field, (picture + 1) / 2, atol=1e-6)


def test_the_volume_of_a_cell_is_the_mean_of_its_projected_picture(program) -> None:
    theta = program.init(jax.random.key(0))
    field = jax.jit(program.generators["noise"].at)(theta["noise"])
    goals = jax.jit(program.evaluate)(theta).goals
    volume = next(goal.value for name, goal in goals.items() if "volume" in name)
    np.testing.assert_allclose(volume, jnp.mean((1 - jnp.tanh(2 * field - 1)) / 2), rtol=1e-6)


def test_taylor_from_the_noise_to_the_loss(program) -> None:
    # The network calculates in float32: steps are large enough for that, and what is left is of the second order.
    theta = program.init(jax.random.key(0))["noise"]
    along = jax.random.normal(jax.random.key(5), theta.shape)
    both = jax.jit(jax.value_and_grad(lambda noise: program.loss({"noise": noise})))
    value, gradient = both(theta)
    slope = float(jnp.vdot(gradient, along))
    sizes = 0.1 * 0.5 ** np.arange(3)
    # Both sides together: odd orders fall out, and the remainder is one of the second order alone.
    remainders = np.array([float(both(theta + h * along)[0] + both(theta - h * along)[0] - 2 * value) / 2 for h in sizes])
    ahead = np.array([float(both(theta + h * along)[0] - both(theta - h * along)[0]) / 2 for h in sizes])
    np.testing.assert_allclose(ahead / sizes, slope, rtol=0.02)
    np.testing.assert_allclose(np.log2(np.abs(remainders[:-1] / remainders[1:])), 2, atol=0.1)


@pytest.mark.slow
def test_a_whole_run_lowers_the_loss(display) -> None:
    told = display()
    result = metac.compile(DESIGN).run(progress=told)
    losses = [record["loss"] for record in result.history if record.get("stage", 0) == 0]
    assert losses[-1] < losses[0]
    assert not any("training" in phase for phase in told.phases), "it was in the cache"


def test_a_model_alone_is_trained_too(display, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache"))
    told = display()
    metac.compile(MODEL).run(progress=told, out=tmp_path / "run")
    assert any(phase.startswith("training the diffusion model of digits: epoch 2 of 2") for phase in told.phases)
    assert any("is trained, its loss" in note for note in told.notes)


def test_the_key_follows_all_that_a_model_depends_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "cells.npy", np.zeros((4, 8, 8)))

    def key(images: Mapping[str, Any] | None = None, **fields: Any) -> str:
        data = Images(**{"source": str(tmp_path / "cells.npy"), "pixels": (8, 8), **(images or {})})
        given = {"data": data, "channels": (8,), "attention": (), **fields}
        return DiffusionFields(**definition_fields("model", "diffusion", **given)).key

    first = key()
    others = [key(epochs=3), key(channels=(16,)), key(seed=1), key(steps=50), key({"limit": 3}), key({"blur": 1.0})]
    np.save(tmp_path / "cells.npy", np.ones((4, 8, 8)))
    others.append(key())
    np.save(tmp_path / "cells.npy", np.zeros((4, 8, 8)))
    assert key() == first
    monkeypatch.setattr("metac.stdlib.models.diffusion_fields.series", lambda *names: {"flax": "99.0"})
    others.append(key())
    assert len({first, *others}) == 1 + len(others)


@pytest.fixture
def folder(program) -> Path:
    """Of the trained model in the cache."""
    (entry,) = [each for each in Store().entries() if each.finished and len(read_losses(each.path)) == 4]
    return entry.path


def test_weights_can_be_taken_from_a_folder(program, folder: Path) -> None:
    model = f'model ddpm = diffusion {{ weights = "{folder}" }}'
    text = f"{model}\ngenerator noise = ddim {{ model = ddpm, steps = 3, seed = 3 }}\n"
    ours, theirs = (each.generators["noise"] for each in (metac.compile(text).program(), program))
    assert ours.denoiser.schedule == theirs.denoiser.schedule
    jax.tree.map(np.testing.assert_array_equal, ours.denoiser.weights, theirs.denoiser.weights)


def read_losses(folder: Path) -> np.ndarray:
    return np.loadtxt(folder / "losses.csv")


def refused(text: str, code: str, message: str) -> str:
    """Where it is shown."""
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text).program()
    found = [each for each in caught.value.diagnostics if each.severity == "error"]
    assert [each.code for each in found] == [code]
    assert re.search(message, found[0].message)
    assert found[0].labels, "it is located"
    return found[0].labels[0].span.text


def test_a_pixel_that_is_no_number_is_located(tmp_path: Path) -> None:
    images = np.zeros((4, 8, 8))
    images[2, 3, 4] = np.inf
    np.save(tmp_path / "cells.npy", images)
    text = MODEL.replace('"digits"', f'"{tmp_path / "cells.npy"}"')
    shown = refused(text, "M0582", "image 2, row 3, column 4")
    assert shown == f'"{tmp_path / "cells.npy"}"', "at the data set's field, not at the model that asked for samples"


def test_files_of_the_wrong_shape_are_located(tmp_path: Path) -> None:
    np.save(tmp_path / "cells.npy", np.zeros((4, 8)))
    refused(MODEL.replace('"digits"', f'"{tmp_path / "cells.npy"}"'), "M0581", "4 by 8")


def test_damaged_weights_are_located(folder: Path, tmp_path: Path) -> None:
    for name in ("weights.npz", "model.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    path = tmp_path / "weights.npz"
    path.write_bytes(path.read_bytes()[:-20])
    refused(f'model ddpm = diffusion {{ weights = "{tmp_path}" }}\n', "M0586", "is damaged")


def test_more_steps_back_than_the_model_has_are_located(program) -> None:
    refused(f"{MODEL}generator noise = ddim {{ model = ddpm, steps = 60 }}\n", "M0589", "60 steps back .* from 50")


def test_a_user_who_stops_a_training_is_heard(display, monkeypatch: pytest.MonkeyPatch) -> None:
    from metac.api.conditions import Conditions
    from metac.api.execution import pursue

    told = display()
    design = metac.compile(MODEL.replace("epochs = 2", "epochs = 40"))
    with pytest.raises(Interrupted):
        pursue(design, None, Conditions(progress=told, stop_requested=lambda: True))
    assert told.notes == [
        "the diffusion model of digits: saved after 0 of 80 steps; it resumes there when it is needed again"
    ]


def test_the_shell_holds_the_length_of_the_noise(program) -> None:
    text = f"{MODEL}generator noise = ddim {{ model = ddpm, steps = 3, shell = 1 }}\n"
    held = metac.compile(text).program().generators["noise"]
    free, noise = program.generators["noise"], held.init(jax.random.key(0))
    field, freely = jax.jit(held.at), jax.jit(free.at)
    np.testing.assert_allclose(field(noise), field(3 * noise), atol=1e-5)
    np.testing.assert_allclose(field(noise), freely(noise * 8 / jnp.linalg.norm(noise)), atol=1e-5)
    assert not jnp.allclose(held.init(jax.random.key(1)), noise), "without a seed it is the run's"


@pytest.mark.slow
def test_double_precision_tells_small_changes_apart(program) -> None:
    text = f"{MODEL}generator noise = ddim {{ model = ddpm, steps = 3, seed = 3, precision = double }}\n"
    fine, coarse = metac.compile(text).program().generators["noise"], program.generators["noise"]
    noise = fine.init(jax.random.key(0))
    field, total = jax.jit(fine.at), jax.jit(jax.value_and_grad(lambda noise: (fine.at(noise) ** 2).sum()))
    np.testing.assert_allclose(field(noise), jax.jit(coarse.at)(noise), atol=1e-5)
    value, gradient = total(noise)
    step = 1e-6 * gradient / jnp.linalg.norm(gradient)
    grown = total(noise + step)[0] - value
    np.testing.assert_allclose(grown, jnp.vdot(gradient, step), rtol=1e-4)


@pytest.mark.parametrize(("name", "seed"), [("digits", 9), ("cells", 2)])
def test_networks_that_come_with_metac_draw_black_and_white(name: str, seed: int) -> None:
    model = f'model ddpm = diffusion {{ weights = "{name}" }}\n'
    noise = metac.compile(f"{model}generator noise = ddim {{ model = ddpm, seed = {seed} }}\n").program().generators["noise"]
    field = np.asarray(jax.jit(noise.at)(noise.init(jax.random.key(0))))
    assert field.shape == (32, 32)
    assert -0.3 < field.min() < 0.3
    assert 0.7 < field.max() < 1.3
    assert np.mean((field < 0.3) | (field > 0.7)) > 0.6
