"""Families in the latent space that comes with metac, as a run makes them, and as a field of a system takes them."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.family import FamilyCells
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.stdlib.generators.family_field import FamilyField

SPEC = """\
let nu = 0.49
let CM = 1 MPa/(1 - nu^2)
dataset cells  = orthotropic { count = 10000, seeds = 400 }
model   space  = vae { data = cells, weights = "orthotropic" }
family  graded = path {
    model = space, between = 0.1 MPa .. 1.1 MPa, within = 0.05 MPa, ends = 10, count = 2, samples = 24, corrections = 1
    C12 = c -> ((1 - nu)*(1 - c/CM)^4 + nu)*c
    C22 = c -> c
    C66 = c -> 0.25*c^3/(1 MPa)^2 - 0.65*c^2/(1 MPa) + 0.6775*c
}
"""


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(encoding="utf-8")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("path") / "run"
    assert metac.compile(SPEC).run(out=found).failure is None
    return found


def test_families_get_stiffer_near_the_gradation(folder: Path) -> None:
    families = rows(folder / "graded-families.csv")
    assert [row["family"] for row in families] == ["1", "2"]
    for row in families:
        assert float(row["once repaired"]) >= 0.9
        assert float(row["rms distance (MPa)"]) < 0.08
        assert float(row["overlap of neighbours"]) > 0.6
        assert float(row["first C11 (MPa)"]) < 0.4 and float(row["last C11 (MPa)"]) > 0.8
        assert int(row["samples kept"]) >= 10


def test_the_table_has_every_sample(folder: Path) -> None:
    samples = rows(folder / "graded.csv")
    assert len(samples) == 2 * 24
    arrays = np.load(folder / "graded.npz")
    for family in ("1", "2"):
        own = [row for row in samples if row["family"] == family]
        kept = [index for index, row in enumerate(own) if row["kept"] == "yes"]
        assert kept == arrays[f"kept_{family}"].tolist()
        c11 = [float(own[index]["C11 (MPa)"]) for index in kept]
        assert c11 == sorted(c11)
        assert all(own[index]["once repaired"] == "yes" for index in kept)
        assert arrays[f"cells_{family}"].shape == (24, 50, 50)
    assert not set(arrays["nodes_1"]) & set(arrays["nodes_2"])
    assert {row["one piece"] for row in samples} <= {"yes", "no"}
    for name in ("graded.png", "graded-gradation.png"):
        assert (folder / name).stat().st_size > 20_000


def test_a_gradation_of_another_solid_is_refused() -> None:
    text = SPEC.replace("model = space, between", "data = other, model = space, between")
    with pytest.raises(DiagnosticError) as caught:
        metac.compile("dataset other = orthotropic { count = 50, E = 3 MPa }\n" + text).program()
    (found,) = caught.value.diagnostics
    assert (found.code, found.labels[0].span.text) == ("M0628", "other")


class MadeFamily:
    """Frames whose walls get thicker, in closed form; the second family is void at its corners."""

    def __init__(self, chosen: int = 0, hollow: bool = False) -> None:
        self.chosen = chosen
        walls = np.arange(1, 6)
        index = np.minimum(np.arange(16), np.arange(16)[::-1])
        frames = np.stack([(index[:, None] < wall) | (index < wall) for wall in walls])
        c11 = walls / 8
        stiffness = np.stack([c11, 0.3 * c11, c11, 0.2 * c11], axis=1)
        self.members = tuple(FamilyCells(walls / 5, solid, stiffness) for solid in (~frames if hollow else frames, ~frames))

    data: Any = SimpleNamespace(cell=(16, 16), mirrored=True, contrast=1e3, solid=np.diag([1.0, 1.0, 0.5]))


def field_of(family: Any, filter: float = 0.0) -> FamilyField:
    return FamilyField(cells=[3, 2], family=family, filter=filter, built=FamilyField.build(family))


def test_a_field_follows_its_family() -> None:
    field = field_of(MadeFamily())
    theta = field.init(jax.random.key(0))
    assert theta["variables"].shape == (2, 3)
    entries = np.asarray(field.at(theta).entries)
    np.testing.assert_allclose(entries[..., 1], 0.3 * entries[..., 0], rtol=1e-9)
    np.testing.assert_allclose(entries[..., 2], entries[..., 0], rtol=1e-9)
    assert not np.asarray(field.outside(theta["variables"], 0.1)).any()
    chosen = np.array([[0, 1, 2], [4, 3, 0]])
    homogenised = field.at(field.homogenised(chosen))
    np.testing.assert_allclose(homogenised.entries, field.stock.stiffness[chosen], rtol=1e-12)
    assembled = field.at(field.assembled(chosen)).cells
    assert np.array_equal(np.asarray(assembled.moduli)[np.asarray(assembled.kinds)] > 0.5, field.stock.quarters[chosen])


def test_wanted_positions_are_averaged_and_those_of_cells_are_not() -> None:
    field = field_of(MadeFamily(), filter=2.0)
    chosen = np.array([[0, 4, 0], [4, 0, 4]])
    np.testing.assert_allclose(field.at(field.homogenised(chosen)).entries, field.stock.stiffness[chosen], rtol=1e-12)
    wanted = np.asarray(field.wanting(field.variables_of(chosen))["variables"])
    assert wanted.min() > 0.1 and wanted.max() < 0.9
    even = field.wanting(jnp.full((2, 3), 0.3))["variables"]
    np.testing.assert_allclose(even, 0.3, rtol=1e-12)


def test_the_stiffness_of_a_field_has_a_slope_at_both_ends() -> None:
    field = field_of(MadeFamily())
    slope = jax.grad(lambda variables: jnp.sum(field.entries(variables)[..., 0]))
    assert (np.asarray(slope(jnp.array([[0.0, 0.5, 1.0]]))) > 0).all()


def test_families_that_are_void_at_their_corners_are_refused() -> None:
    with pytest.raises(FieldError, match="0 of 5 cells of family 2 are solid at their corners") as caught:
        field_of(MadeFamily(chosen=1))
    assert caught.value.code == "M0537" and "choose = 1" in str(caught.value.help)
    with pytest.raises(FieldError) as caught:
        field_of(MadeFamily(chosen=1, hollow=True))
    assert "none of its families" in str(caught.value.help)
