"""Where starts of an optimisation begin: at random, in the result of another run, or where the study before ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zlib import crc32

import jax

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Generator, Restarted
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.optimise.optimisation_state import Best, FrozenParameters, OptimisationState
from metac.runtime.optimise.pytree_arrays import DoesNotFit
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.theta_file import ThetaFile, read_theta


class StartingResult:
    """The result of another run, which the first start begins from; `folder` is None where there is none.

    Raises `FieldError` M0597 on the study's field `start` where the folder holds no result that can be read, or the result
    does not fit.
    """

    def __init__(self, folder: str | None) -> None:
        self.folder = folder

    @cached_property
    def _file(self) -> ThetaFile | None:
        if self.folder is None:
            return None
        try:
            return read_theta(file_named(self.folder))
        except FolderFailure as failure:
            raise FieldError("start", failure.message, code="M0597", help=failure.remedy) from failure

    def fixed(self, fixed: dict[str, Any]) -> dict[str, Any]:
        """Parameters of generators that do not vary: those of the result, where it has them."""
        file = self._file
        if file is None or not fixed:
            return fixed
        if file.frozen:
            raise FieldError(
                "start",
                "its body was remeshed, and several generators move it: their result cannot be started from",
                code="M0597",
            )
        with _fitting():
            return {**fixed, **file.theta({name: tree for name, tree in fixed.items() if name in file.generators})}

    def state(self, program: StudyProgram, names: Mapping[str, Generator], *, remeshes: bool) -> OptimisationState:
        """The state in which the first start begins; `names` are the generators that vary."""
        file = self._file
        assert file is not None
        template = _only(names, program.init(jax.random.key(0)))
        if file.frozen and not remeshes:
            raise FieldError("start", "its body was remeshed, but here it cannot be", code="M0597")
        with _fitting():
            theta = file.theta(template)
            frozen = tuple(FrozenParameters(each.theta, 0) for each in file.movements(template))
        return OptimisationState(frozen=frozen, seed=Best(theta, float("inf"), 0, 0, frozen))


def start_parameters(
    names: Mapping[str, Generator], program: StudyProgram, key: jax.Array, number: int, handed: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The parameters of a start, by its number from 0: random, but for what first begins where the spec says or another
    study ended."""
    if handed is not None and not number:
        return _only(names, handed)
    key = jax.random.fold_in(key, number)
    theta = _only(names, program.init(key))
    again = {name: each for name, each in names.items() if number and isinstance(each, Restarted)}
    return theta | {name: each.restart(jax.random.fold_in(key, crc32(name.encode()))) for name, each in again.items()}


@contextmanager
def _fitting() -> Iterator[None]:
    """Within the block, parameters that do not fit are an error at the field `start`."""
    try:
        yield
    except DoesNotFit as problem:
        raise FieldError(
            "start",
            f"the result there belongs to another design: {problem.difference}",
            code="M0597",
            help="start from a run of the same generators, with the same sizes and names",
        ) from problem


def _only(names: Mapping[str, Any], theta: Mapping[str, Any]) -> dict[str, Any]:
    return {name: theta[name] for name in names}
