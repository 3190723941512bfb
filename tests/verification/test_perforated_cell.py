"""All constants of a meshed cell with a round hole beside a series solution: `specs/own/cell_constants.meta`."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import metac

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "specs" / "own" / "cell_constants.meta"


@pytest.fixture(scope="module")
def series():
    """The benchmark that works the series out."""
    spec = importlib.util.spec_from_file_location("perforated_cell", ROOT / "benchmarks" / "perforated_cell.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_small_hole_softens_as_a_single_one_does(series):
    """E = E₀ (1 − 3 f) for holes far apart, f their share of the area (Kachanov, Appl. Mech. Rev. 45, 1992)."""
    radius, side, young = 0.1, 10.0, 1.0
    share = np.pi * radius**2 / side**2
    stiffness, misfit = series.effective_stiffness(12, side, radius, young, 0.3)
    assert misfit < 1e-5
    found = series.constants(stiffness)[0]
    assert 1 - found / young == pytest.approx(3 * share, rel=10 * share)


def test_the_values_in_the_spec_are_those_of_the_series(series):
    stiffness, misfit = series.effective_stiffness(40)
    assert misfit < 1e-9
    np.testing.assert_allclose(stiffness, stiffness.T, atol=1e-8 * stiffness[0, 0])
    text = SPEC.read_text(encoding="utf-8")
    written = dict(line.removeprefix("param ").split(":", 1) for line in text.splitlines() if "_series:" in line)
    given = [float(written[f"{name}_series"].split("=")[1].split()[0]) for name in ("E", "nu", "G")]
    young, ratio, shear = series.constants(stiffness)
    np.testing.assert_allclose(given, [young / 1000, ratio, shear / 1000], rtol=1e-10)


@pytest.mark.slow
def test_meshes_come_to_the_series_with_the_fourth_power_of_their_size():
    off = []
    for size in ("0.5 mm", "0.25 mm"):
        goals = metac.load(SPEC).set({"size": size}).run(refinement=1.5).goals.values()
        off.append([(goal.value, goal.fresh_value) for goal in goals])
    off = np.array(off)
    assert off.shape == (2, 3, 2)
    assert (off[0] < 3e-4).all() and (off[1] < 3e-5).all()
    assert (off[0, :, 0] / off[1, :, 0] > 10).all() and (off[:, :, 1] < 0.5 * off[:, :, 0]).all()
