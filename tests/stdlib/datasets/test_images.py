"""The digits that come with metac."""

from __future__ import annotations

import numpy as np

from metac.stdlib.datasets import images


def test_the_digits_are_those_of_the_uci_repository() -> None:
    digits = images._digits()
    assert digits.shape == (1797, 8, 8)
    assert digits[0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0], "row 0 of the first image, a zero, is at the top"
    assert digits.sum() == 561718, "of all 64 attributes of the test set, optdigits.tes"
    assert (digits.min(), digits.max()) == (0, 16)


def test_the_file_holds_plain_bytes() -> None:
    with np.load(images.DIGITS_FILE, allow_pickle=False) as file:
        assert file.files == ["images"] and file["images"].dtype == np.uint8
