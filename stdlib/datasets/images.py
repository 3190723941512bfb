"""Images from files, or the digits that come with metac."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.artefacts.keys import code_of, file_hash
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.learn import idx_files, image_arrays, image_folders
from metac.runtime.learn import image_readers as readers
from metac.runtime.learn.diffusion import preprocessing
from metac.runtime.learn.failures import BadData
from metac.stdlib.datasets.image_data import Preparation, size_of

if TYPE_CHECKING:
    from metac.compiler.interfaces.dataset import Dataset
    from metac.compiler.interfaces.satisfies import Satisfies


DIGITS, DIGITS_FILE = "digits", Path(__file__).with_name("digits.npz")
CODES = {"unreadable": "M0580", "shape": "M0581", "values": "M0582", "empty": "M0583"}


class Images:
    """Data set of images; fields as in `images.meta`. Nothing is read before `samples`.

    Raises `FieldError`: M0580 where the source is not there or of no known sort, M0581 where it holds no images, M0583
    where it is empty, M0584 on numbers that make no images.
    """

    def __init__(
        self,
        *,
        source: str,
        variable: str | None,
        limit: int | None,
        pixels: Sequence[int],
        values: Sequence[Any] | None,
        noise: float,
        blur: float,
        seed: int,
    ) -> None:
        self.source, self.variable, self.limit = source, variable, None if limit is None else int(limit)
        self._preparation = Preparation(size_of("pixels", pixels), float(noise), float(blur), int(seed))
        self.values = None if values is None else (float(values[0]), float(values[1]))
        if self.limit is not None and self.limit < 1:
            raise FieldError("limit", f"one image at least is needed, found {limit}", code="M0584")
        if self.values is not None and not self.values[0] < self.values[1]:
            raise FieldError("values", "the two values must differ, the smaller first", code="M0584")
        self.path = None if source == DIGITS else file_named(source)
        try:
            if self.path is not None:
                readers.inspect(self.path, variable)
        except BadData as problem:
            raise self._at_source(problem) from problem

    @property
    def title(self) -> str:
        """For people."""
        return DIGITS if self.path is None else self.path.name

    @property
    def pixels(self) -> tuple[int, int]:
        """Rows and columns of the samples."""
        return self._preparation.pixels

    @property
    def content(self) -> dict[str, Any]:
        """What the samples depend on: the bytes of the source, the fields, the code that prepares them."""
        how = self._preparation
        return {
            "source": _source_hashes(self.path),
            "fields": [self.variable, self.limit, list(how.pixels), self.values, how.noise, how.blur, how.seed],
            "code": code_of([each.__file__ for each in (readers, idx_files, image_arrays, image_folders, preprocessing)]),
            "versions": how.versions,
        }

    def samples(self) -> NDArray[np.float32]:
        """`[image, row, column]`, -1 … 1. Raises `FieldError`: M0580 to M0583 for what the source holds."""
        present_watch().phase(f"reading {self.title}")
        try:
            raw = _digits()[: self.limit] if self.path is None else readers.read_images(self.path, self.variable, self.limit)
            values = (0.0, 16.0) if self.path is None and self.values is None else self.values
            return self._preparation.samples(raw, values)
        except BadData as problem:
            raise self._at_source(problem) from problem

    def _at_source(self, problem: BadData) -> FieldError:
        return FieldError("source", problem.message, code=CODES[problem.reason], help=problem.help, of=self)


def _digits() -> NDArray[np.float64]:
    """1,797 handwritten digits `[image, row, column]` of 8 by 8 pixels with values from 0 to 16.

    The test set of Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
    doi:10.24432/C50P49; CC BY 4.0 (docs/licences.md).
    """
    with np.load(DIGITS_FILE, allow_pickle=False) as file:
        return file["images"].astype(np.float64)


def _source_hashes(path: Path | None) -> Any:
    if path is None:
        return [DIGITS, file_hash(DIGITS_FILE)]
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in image_folders.SORTS and file.is_file()]
        return [[str(file.relative_to(path)), file_hash(file)] for file in files]
    return file_hash(path)


if TYPE_CHECKING:
    Satisfies[Dataset](Images)
