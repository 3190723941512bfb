"""What all trained models share: the fields `data` and `weights`, and what may happen to the files of a network."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.learn.failures import BadWeights, TrainingFailed

if TYPE_CHECKING:
    from metac.runtime.learn.validated_training import ValidatedResult

CODES = {"unreadable": "M0586", "other": "M0587"}


def folder_of(weights: str) -> Path:
    """Of a trained network: one that comes with metac, by its name, or the user's own."""
    own = file_named(weights)
    packaged = Path(str(resources.files("metac.stdlib.models").joinpath("weights", weights)))
    return packaged if weights.isidentifier() and packaged.is_dir() and not own.is_dir() else own


def now() -> str:
    """Local time."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def written(title: str) -> Iterator[None]:
    """Turns what a full disk does to a trained network's files into TrainingFailed."""
    try:
        yield
    except OSError as error:
        raise TrainingFailed(
            f"{title} is trained, but cannot be written: {error.strerror or error}",
            remedy="free some space, or name another folder in METAC_CACHE; its last checkpoint is saved",
        ) from error


def write_loss_table(folder: Path, result: ValidatedResult, period: str) -> None:
    """`losses.csv`: the losses of each period, epoch say. Raises OSError."""
    columns = np.stack([np.arange(1, len(result.training) + 1), result.training, result.validation], axis=1)
    header = f"{period},training,validation"
    np.savetxt(folder / "losses.csv", columns, fmt=["%d", "%.6g", "%.6g"], delimiter=",", header=header, comments="")


@contextmanager
def from_weights() -> Iterator[None]:
    """Turns BadWeights into a `FieldError` on `weights`, M0586 or M0587."""
    try:
        yield
    except BadWeights as problem:
        raise FieldError("weights", problem.message, code=CODES[problem.reason], help=problem.help) from problem


def check_learnable(data: Any, weights: Any, help: str) -> None:
    """Raises `FieldError` M0588 on `data` where there is nothing to learn from; `help` says what could be."""
    if data is None and weights is None:
        message = "there is nothing to learn from: neither `data` nor `weights` are given"
        raise FieldError("data", message, code="M0588", help=help)


def check_same_shape(asked: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Raises `FieldError` M0587 on `weights` where fields ask for something else (None: nothing) than the card says."""
    for name, wanted in asked.items():
        if wanted is not None and wanted != found[name]:
            message = f"these are the weights of another network: `{name}` is {found[name]} there, and {wanted} is asked for"
            raise FieldError("weights", message, code="M0587", help="leave the field out, or train a network of this shape")
