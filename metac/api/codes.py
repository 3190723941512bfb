"""The error codes of metac and of the plug-ins that are installed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from metac.dsl.diagnostics.codes import BadCodes, Entry, code_files, read_codes


@cache
def own_codes() -> Mapping[str, Entry]:
    """Every code of metac with its entry, in order. Raises BadCodes where two files give the same code."""
    return read_codes(code_files(resources.files("metac")))


def all_codes() -> tuple[Mapping[str, Entry], tuple[BadCodes, ...]]:
    """The codes of metac and its plug-ins, and what is wrong with files of plug-ins; their codes are then left out."""
    from metac.compiler.library.plug_ins import plug_in_folders

    known, problems = own_codes(), []
    for folder in plug_in_folders():
        try:
            known = read_codes(code_files(folder), known)
        except BadCodes as problem:
            problems.append(problem)
    return known, tuple(problems)
