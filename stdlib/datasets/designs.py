"""Labelled designs from a file."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import Labelled
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.artefacts.keys import file_hash
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.datasets.labelled_table import UnfitTable, read_labelled_table
from metac.runtime.tables.parquet import INSTALL, ParquetUnavailable
from metac.runtime.tables.table_files import ENDINGS

if TYPE_CHECKING:
    from metac.compiler.interfaces.dataset import LabelledDataset
    from metac.compiler.interfaces.satisfies import Satisfies


NAMES = ("label_names", "label_units", "setting_names")


class Designs:
    """Data set of labelled designs; fields as in `designs.meta`. Only names and sizes are read before `samples`.

    Raises `FieldError`: M0580 where the file cannot be read, M0594 where it does not hold labelled designs.
    """

    def __init__(self, *, source: str, labels: Sequence[str], settings: Sequence[str], limit: int | None) -> None:
        self.source, self.limit = source, None if limit is None else int(limit)
        self.path = file_named(source)
        self._chosen = tuple(labels), tuple(settings)
        self._require_columns()
        if self.limit is not None and self.limit < 1:
            raise FieldError("limit", f"one sample at least is needed, found {limit}", code="M0594")
        sizes = self._sizes
        missing = {"designs", "labels", "label_names"} - sizes.keys()
        if missing:
            listed = ", ".join(f"`{name}`" for name in sorted(missing))
            raise self._unfit(f"has no array {listed}")
        if len(sizes["designs"]) != 2 or sizes["labels"] != (sizes["designs"][0], len(self.label_names)):
            found = [list(sizes[name]) for name in ("designs", "labels")]
            raise self._unfit(f"holds arrays `designs` of the size {found[0]} and `labels` of the size {found[1]}")
        if sizes.get("settings", (0, 0))[1:] != (len(self.setting_names),):
            raise self._unfit("has `settings` that do not fit `setting_names`")

    @property
    def _is_table(self) -> bool:
        return self.path.suffix.lower() in ENDINGS

    def _require_columns(self) -> None:
        """`FieldError` M0594 on `labels` or `settings` where a table needs columns, or an array has none."""
        labels, settings = self._chosen
        if self._is_table and not labels:
            message = f"{self.path.name} is a table, and nothing says which of its columns are labels"
            raise FieldError("labels", message, code="M0594", help='name them: `labels = ["E11", "nu12"]`')
        if not self._is_table and (labels or settings):
            message = f"{self.path.name} names its labels and settings itself"
            raise FieldError("labels" if labels else "settings", message, code="M0594", help="leave it out")

    @property
    def title(self) -> str:
        """For people."""
        return self.path.name

    @property
    def content(self) -> dict[str, Any]:
        """What the samples depend on: the bytes of the file."""
        content: dict[str, Any] = {"source": file_hash(self.path), "limit": self.limit}
        return content | ({"columns": [list(each) for each in self._chosen]} if self._is_table else {})

    @property
    def features(self) -> int:
        """Length of a design."""
        return self._sizes["designs"][1]

    @property
    def label_names(self) -> tuple[str, ...]:
        """Of the labels."""
        return self._names["label_names"]

    @property
    def label_units(self) -> tuple[str, ...]:
        """Of the labels; empty texts where the file does not say."""
        return self._names["label_units"] or ("",) * len(self.label_names)

    @property
    def setting_names(self) -> tuple[str, ...]:
        """Of the settings."""
        return self._names["setting_names"]

    def samples(self) -> Labelled:
        """All samples."""
        present_watch().phase(f"reading {self.title}")
        found = self._read(("designs", "labels", "settings"))
        designs = found["designs"][: self.limit]
        if not np.isin(designs, (0, 1)).all():
            raise self._unfit("has designs with other numbers than 0 and 1")
        settings = found.get("settings", np.zeros((len(found["designs"]), 0)))[: self.limit]
        return Labelled(designs.astype(np.uint8), found["labels"][: self.limit].astype(float), settings.astype(float))

    def valid(self, designs: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Those with any feature: a file does not say more."""
        return np.asarray(designs.any(axis=1))

    @cached_property
    def _sizes(self) -> dict[str, tuple[int, ...]]:
        """By array; only their headers are read, of a table all of it."""
        if self._is_table:
            return {name: array.shape for name, array in self._table.items()}
        sizes = {}
        try:
            with zipfile.ZipFile(self.path) as file:
                for name in file.namelist():
                    with file.open(name) as array:
                        version = np.lib.format.read_magic(array)
                        read = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")
                        sizes[name.removesuffix(".npy")] = read(array)[0]
        except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
            raise self._unreadable(error) from error
        return sizes

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        found = self._read(NAMES)
        return {name: tuple(str(each) for each in found.get(name, ())) for name in NAMES}

    @cached_property
    def _table(self) -> dict[str, NDArray[Any]]:
        try:
            return read_labelled_table(self.path, *self._chosen)
        except UnfitTable as problem:
            raise FieldError(
                problem.field, f"{self.path.name} {problem.message}", code="M0594", help=problem.remedy
            ) from problem
        except ParquetUnavailable as error:
            raise FieldError("source", f"{self.path.name}: {error}", code="M0580", help=INSTALL) from error
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error

    def _read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        if self._is_table:
            return {name: self._table[name] for name in names}
        try:
            with np.load(self.path, allow_pickle=False) as file:
                return {name: file[name] for name in names if name in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> FieldError:
        kind = "a table" if self._is_table else "an .npz file"
        return FieldError("source", f"{self.path} cannot be read as {kind}: {error}", code="M0580")

    def _unfit(self, message: str) -> FieldError:
        return FieldError(
            "source", f"{self.path.name} {message}", code="M0594", help="docs/surrogates.md says which arrays the file needs"
        )


if TYPE_CHECKING:
    Satisfies[LabelledDataset](Designs)
