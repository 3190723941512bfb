"""Pictures as densities: sorts of files, what stands for 0 and 1, sizes, refusals; and a design that starts from one."""

import os

import jax
import numpy as np
import pytest
import scipy.io
from PIL import Image

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from tests.library import constructor

Picture = constructor("generator", "picture")
CELL = np.array([[0, 1, 1], [1, 1, 0]])
SQUARE = CELL[:, :2]


def density(path, **fields):
    return Picture(file=str(path), **fields).at(None)


@pytest.mark.parametrize(
    "name", ["grey.png", "grey.pgm", "ones.png", "logical.mat", "bytes.npy", "truth.npy", "text.txt", "table.csv"]
)
def test_white_and_one_are_solid_whatever_the_file(tmp_path, name):
    path, kind = tmp_path / name, name.partition(".")[0]
    if name.endswith((".png", ".pgm")):
        Image.fromarray((CELL * (255 if kind == "grey" else 1)).astype(np.uint8)).save(path)
    elif name.endswith(".mat"):
        scipy.io.savemat(path, {"cell": CELL.astype(bool)})
    elif name.endswith(".npy"):
        np.save(path, CELL.astype(np.uint8 if kind == "bytes" else bool))
    else:
        path.write_text("011\n110\n" if kind == "text" else "0,1,1\n1,1,0\n")
    assert np.array_equal(density(path), CELL)
    assert np.array_equal(density(path, solid="black"), 1 - CELL)


def test_greys_sizes_and_thresholds(tmp_path):
    np.save(tmp_path / "grey.npy", np.array([[0, 4], [8, 16]], float))
    given = {"values": (0.0, 16.0)}
    np.testing.assert_allclose(density(tmp_path / "grey.npy", **given), [[0, 0.25], [0.5, 1]], atol=1e-7)
    assert np.array_equal(density(tmp_path / "grey.npy", threshold=0.4, **given), [[0, 0], [1, 1]])
    assert density(tmp_path / "grey.npy", pixels=[8, 4], **given).shape == (8, 4)


def refusal(path, **fields):
    with pytest.raises(FieldError) as told:
        density(path, **fields)
    assert told.value.code == "M0569"
    return told.value.message


def test_what_is_no_picture_is_refused(tmp_path):
    np.save(tmp_path / "flat.npy", np.zeros(3))
    assert "shape 3" in refusal(tmp_path / "flat.npy")
    np.save(tmp_path / "none.npy", np.array([[0, np.nan]]))
    assert "no finite number" in refusal(tmp_path / "none.npy")
    np.save(tmp_path / "large.npy", np.zeros((2, 5000)))
    assert "5000 columns" in refusal(tmp_path / "large.npy")
    np.save(tmp_path / "beyond.npy", np.array([[0.0, 3.0]]))
    assert "between 0 and 3" in refusal(tmp_path / "beyond.npy")
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "no picture" in refusal(tmp_path / "cut.png")
    (tmp_path / "cell.gif").write_bytes(b"GIF89a")
    assert "no known sort" in refusal(tmp_path / "cell.gif")
    assert "No such file" in refusal(tmp_path / "missing.png")
    scipy.io.savemat(tmp_path / "two.mat", {"a": CELL, "b": CELL})
    assert "found a, b" in refusal(tmp_path / "two.mat")
    assert np.array_equal(density(tmp_path / "two.mat", variable="b"), CELL)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("name", ["pipe.png", "pipe.npy", "pipe.mat"])
def test_pipes_are_refused(tmp_path, name):
    os.mkfifo(tmp_path / name)
    assert "pipe" in refusal(tmp_path / name)


def test_a_picture_that_is_too_large_is_not_unpacked(tmp_path):
    Image.new("1", (10_000, 10_000)).save(tmp_path / "bomb.png")
    assert "10000 by 10000 pixels" in refusal(tmp_path / "bomb.png")


SPEC = """
material  soft  = linear_elastic {{ E = 1 MPa, nu = 0.3, plane = stress }}
material  stiff = linear_elastic {{ E = 100 MPa, nu = 0.3, plane = stress }}
generator drawn = picture {{ file = "{file}" }}
generator field = density {{ pixels = [2, 2], start_field = {start}, spread = 0, filter = 0 }}
body      cell  = pixels {{ density = field, size = 1 mm, materials = [soft, stiff] }}
load      rve   = periodic {{ body = cell }}
maximize stiffness(rve)[1, 1]
study fit = optimize {{ vary = {vary}, using = mma {{}}, steps = 1 }}
"""


def spec(tmp_path, start="drawn", vary="field"):
    np.save(tmp_path / "cell.npy", SQUARE)
    return metac.compile(SPEC.format(file=tmp_path / "cell.npy", start=start, vary=vary))


def test_a_density_starts_from_a_picture(tmp_path):
    design = spec(tmp_path)
    assert design.diagnostics == ()
    theta = design.program().init(jax.random.key(0))
    np.testing.assert_allclose(theta["field"], np.clip(SQUARE, 0.01, 0.99))
    assert theta["drawn"].size == 0
    inverse = spec(tmp_path, start="1 - drawn").program().init(jax.random.key(0))
    np.testing.assert_allclose(inverse["field"], np.clip(1 - SQUARE, 0.01, 0.99))


def test_nothing_in_a_picture_varies(tmp_path):
    with pytest.raises(DiagnosticError, match="nothing of `drawn` is free") as told:
        spec(tmp_path, vary="[field, drawn]").run()
    assert told.value.diagnostics[0].code == "M0537"
