"""The inputs of studies that know no stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.program import StudyProgram


def single_stage(
    program: StudyProgram, stages: Sequence[Mapping[str, Any]] | None, message: str, code: str, field: str = "vary"
) -> Mapping[str, Any]:
    """The program's own inputs, or those of the only stage. Raises `FieldError` on `field` where there are several."""
    if stages is None:
        return program.inputs
    if len(stages) > 1:
        raise FieldError(field, message, code=code, help="write `sweep` instead of `stage`")
    return stages[0]
