"""Images from files: what comes in, and what is refused."""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metac.runtime.learn.diffusion.preprocessing import preprocess
from metac.runtime.learn.failures import BadData
from metac.runtime.learn.image_readers import inspect, read_images

IMAGES = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)


def idx(images: np.ndarray, code: int = 0x08) -> bytes:
    head = b"\0\0" + bytes([code, images.ndim]) + struct.pack(f">{images.ndim}I", *images.shape)
    return head + images.astype(images.dtype.newbyteorder(">")).tobytes()


def as_idx(folder: Path) -> Path:
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(idx(IMAGES))
    return path


def as_packed_idx(folder: Path) -> Path:
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx(IMAGES)))
    return path


def as_npy(folder: Path) -> Path:
    np.save(folder / "images.npy", IMAGES)
    return folder / "images.npy"


def as_npz(folder: Path) -> Path:
    np.savez(folder / "images.npz", images=IMAGES, labels=np.arange(5))
    return folder / "images.npz"


def as_mat(folder: Path) -> Path:
    from scipy.io import savemat

    savemat(folder / "images.mat", {"cells": np.moveaxis(IMAGES, 0, -1), "labels": np.arange(5)})
    return folder / "images.mat"


def as_pictures(folder: Path) -> Path:
    path = folder / "pictures"
    path.mkdir()
    for number, image in enumerate(IMAGES):
        Image.fromarray(image).save(path / f"{number}.png")
    (path / "notes.md").write_text("not a picture", encoding="utf-8")
    return path


def as_text(folder: Path) -> Path:
    path = folder / "texts"
    path.mkdir()
    for number, image in enumerate(IMAGES):
        separator = ", "[number % 2]
        np.savetxt(path / f"{number}.txt", image, fmt="%d", delimiter=separator, header="a cell")
    return path


def as_archive(folder: Path) -> Path:
    path = folder / "texts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner/", "")
        for file in as_text(folder).iterdir():
            archive.write(file, f"inner/{file.name}")
    return path


@pytest.mark.parametrize(
    "source", [as_idx, as_packed_idx, as_npy, as_npz, as_mat, as_pictures, as_text, as_archive], ids=lambda f: f.__name__
)
def test_every_sort_gives_the_same_images(tmp_path: Path, source) -> None:
    path = source(tmp_path)
    inspect(path)
    np.testing.assert_array_equal(read_images(path), IMAGES)
    np.testing.assert_array_equal(read_images(path, limit=2), IMAGES[:2])


@pytest.mark.parametrize(("code", "dtype"), [(0x09, "i1"), (0x0B, "i2"), (0x0C, "i4"), (0x0D, "f4"), (0x0E, "f8")])
def test_idx_holds_other_numbers_too(tmp_path: Path, code: int, dtype: str) -> None:
    path = tmp_path / "numbers.idx"
    numbers = (IMAGES.astype(dtype) - 3) / np.asarray(1, dtype)
    path.write_bytes(idx(numbers.astype(dtype), code))
    np.testing.assert_array_equal(read_images(path), numbers)


def test_digits_without_blanks_are_a_grid(tmp_path: Path) -> None:
    (tmp_path / "cell.txt").write_text("0110\n1001\n", encoding="utf-8")
    np.testing.assert_array_equal(read_images(tmp_path), [[[0, 1, 1, 0], [1, 0, 0, 1]]])


def test_colours_become_grey_and_nothing_becomes_white(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2), (255, 255, 255)).save(tmp_path / "a.png")
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(tmp_path / "b.png")
    Image.new("I;16", (2, 2), 65535).save(tmp_path / "c.png")
    np.testing.assert_array_equal(read_images(tmp_path), np.full((3, 2, 2), 255))


def refused(path: Path, reason: str, text: str, **how) -> None:
    with pytest.raises(BadData, match=text) as caught:
        inspect(path, how.get("variable"))
        read_images(path, **how)
    assert caught.value.reason == reason


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_idx_file_is_refused(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "images.idx"
    content = idx(IMAGES)[:-7]
    path.write_bytes(gzip.compress(content) if packed else content)
    refused(path, "unreadable", "cut short: 4 of 5 images" if packed else "cut short: 69 of 76 bytes")


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.idx.gz"
    path.write_bytes(gzip.compress(idx(IMAGES))[:-12])
    refused(path, "unreadable", "cannot be read")


def test_what_is_not_idx_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.idx"
    path.write_bytes(b"PK\3\4 something else")
    refused(path, "unreadable", "does not begin as an IDX file does")
    path.write_bytes(b"\0\0\x08\x03\0\0")
    refused(path, "unreadable", "ends within its header")


@pytest.mark.parametrize("source", [as_npy, as_npz, as_mat])
def test_arrays_that_are_cut_short_are_refused(tmp_path: Path, source) -> None:
    path = source(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    refused(path, "unreadable", "cannot be read|cut short")


def test_a_header_that_promises_more_than_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.idx.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 4_000_000_000, 28_000, 28_000) + bytes(100)))
    refused(path, "unreadable", "more than the memory takes")
    header = str({"descr": "<f8", "fortran_order": False, "shape": (10**8, 10**4, 10**4)}).ljust(117) + "\n"
    path = tmp_path / "images.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    refused(path, "unreadable", "more than the memory takes")


def test_pictures_that_are_none_are_refused(tmp_path: Path) -> None:
    path = as_pictures(tmp_path)
    content = (path / "0.png").read_bytes()
    (path / "0.png").write_bytes(b"nonsense")
    refused(path, "unreadable", r"^0.png is no picture$")
    (path / "0.png").write_bytes(content[:45])
    refused(path, "unreadable", "0.png is no picture that can be read")


def test_other_files_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none.npy", "unreadable", "there is no file or folder")
    (tmp_path / "cells.h5").write_bytes(b"")
    refused(tmp_path / "cells.h5", "unreadable", "no known sort")
    for name in ("cells.npy", "cells.npz", "cells.mat", "cells.zip"):
        (tmp_path / name).write_bytes(b"nonsense" * 20)
        refused(tmp_path / name, "unreadable", "cannot be read|no archive of NumPy arrays")


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "cells.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    refused(tmp_path / "cells.npy", "unreadable", "cannot be read")


def test_the_array_of_several_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "cells.npz"
    np.savez(path, first=IMAGES, second=IMAGES + 1)
    refused(path, "unreadable", "found first, second")
    refused(path, "unreadable", "no array `third`", variable="third")
    np.testing.assert_array_equal(read_images(path, "second"), IMAGES + 1)


def test_wrong_shapes_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "flat.npy", np.zeros((5, 16)))
    refused(tmp_path / "flat.npy", "shape", "5 by 16")
    np.save(tmp_path / "colour.npy", np.zeros((5, 4, 4, 3)))
    refused(tmp_path / "colour.npy", "shape", "5 by 4 by 4 by 3")
    np.save(tmp_path / "empty.npy", np.zeros((0, 4, 4)))
    refused(tmp_path / "empty.npy", "empty", "no images")


def test_images_of_different_sizes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 1\n1 0\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("0 1\n", encoding="utf-8")
    refused(tmp_path, "shape", "a.txt is 2 by 2, b.txt is 1 by 2")


def test_bad_grids_are_refused(tmp_path: Path) -> None:
    for text, reason, message in (
        ("0 1\n1\n", "shape", "differ in length"),
        ("0 x\n", "unreadable", "no grid"),
        ("", "empty", "is empty"),
    ):
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        refused(tmp_path, reason, message)


def test_a_folder_without_pictures_is_empty(tmp_path: Path) -> None:
    (tmp_path / ".hidden.png").write_bytes(b"")
    refused(tmp_path, "empty", "no images")


# Preprocessing


def test_values_and_size() -> None:
    images = np.array([[[0, 255], [255, 0]]], np.uint8)
    done = preprocess(images, pixels=(2, 2))
    np.testing.assert_array_equal(done, [[[-1, 1], [1, -1]]])
    assert done.dtype == np.float32
    larger = preprocess(images, pixels=(4, 4))
    assert larger.shape == (1, 4, 4)
    np.testing.assert_allclose(larger[0, 0], [-1, -0.5, 0.5, 1], atol=1e-6)
    np.testing.assert_allclose(larger.mean(), 0, atol=1e-6)


def test_shrinking_takes_the_mean_of_what_it_covers() -> None:
    checks = np.indices((50, 50)).sum(axis=0) % 2
    done = preprocess(checks[None].astype(float), pixels=(10, 10))
    assert np.abs(done).max() < 0.05


def test_flat_images_stay_flat_through_blur_and_resizing() -> None:
    done = preprocess(np.full((2, 50, 50), 0.75), pixels=(32, 32), blur=1.2)
    np.testing.assert_allclose(done, 0.5, atol=1e-6)


def test_noise_has_its_size_and_follows_the_seed() -> None:
    flat = np.full((4, 32, 32), 0.5)
    first, again, other = (preprocess(flat, pixels=(32, 32), noise=0.01, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(first.std(), 0.02, rtol=0.05)


def test_the_preprocessing_of_the_paper_makes_binary_cells_grey() -> None:
    cells = (np.indices((3, 50, 50))[2] // 10 % 2).astype(np.uint8).astype(float)
    done = preprocess(cells, pixels=(32, 32), noise=0.01, blur=1.2)
    assert (np.abs(done) < 0.9).mean() > 0.3
    assert done.min() >= -1
    assert done.max() <= 1


def test_a_pixel_that_is_no_number_is_told_with_its_place() -> None:
    images = np.zeros((3, 4, 4))
    images[1, 2, 3] = np.nan
    with pytest.raises(BadData, match=r"image 1, row 2, column 3") as caught:
        preprocess(images, pixels=(4, 4))
    assert caught.value.reason == "values"


def test_values_out_of_range_are_told() -> None:
    with pytest.raises(BadData, match="between 0 and 2") as caught:
        preprocess(np.array([[[0.0, 2.0]]]), pixels=(1, 2))
    assert "values = 0 .. 2" in str(caught.value.help)
    with pytest.raises(BadData, match="real numbers"):
        preprocess(np.zeros((1, 2, 2), complex), pixels=(2, 2))


@pytest.mark.parametrize("kind", ["bool", "u1", "i8", "f4"])
def test_black_and_white_are_the_ends(kind: str) -> None:
    checks = np.indices((4, 4)).sum(axis=0) % 2
    done = preprocess(checks[None].astype(kind), pixels=(4, 4))
    np.testing.assert_array_equal(done[0], 2.0 * checks - 1)


def test_bytes_are_grey_where_one_of_them_is() -> None:
    images = np.zeros((2, 1, 2), np.uint8)
    images[1, 0] = [1, 255]
    np.testing.assert_allclose(preprocess(images, pixels=(1, 2))[1, 0], [2 / 255 - 1, 1], atol=1e-6)


@pytest.mark.parametrize("mode", ["L", "1", "I;16"])
def test_pictures_of_zeros_and_ones_are_black_and_white(tmp_path: Path, mode: str) -> None:
    checks = np.indices((4, 4)).sum(axis=0) % 2
    pixels = checks.astype(bool) if mode == "1" else checks.astype(np.uint16 if mode == "I;16" else np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(preprocess(read_images(tmp_path), pixels=(4, 4))[0], 2.0 * checks - 1)


def test_devices_and_pipes_are_refused() -> None:
    with pytest.raises(BadData, match="a device or pipe"):
        inspect(Path("/dev/null"))


def test_a_whole_disk_is_not_gone_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metac.runtime.learn.image_folders.MOST_ENTRIES", 3)
    for name in "abcd":
        (tmp_path / name).mkdir()
        (tmp_path / name / "of.other").touch()
    with pytest.raises(BadData, match="more than 3 files"):
        inspect(tmp_path)
