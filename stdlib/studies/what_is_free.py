"""What studies refuse of a network's free parameters: judged when a study is made, and by `metac check` without JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError

NETWORK, FREE, BONDS = "springs", "free", "bonds"
"""Form of generators of networks, their field that says what is free, and its choice of which bonds are there."""


def bonds_for_removal(study: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` M0562 on `vary` of a study that removes bonds, where other things are free of a network."""
    del made
    if (free := _free_of(study.fields.get("vary"))) is not None and free != BONDS:
        raise nothing_removable()


def none_by_half(study: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` M0562 on `vary` of a study that follows a gradient, where it is free which bonds are there."""
    del made
    varied = study.fields.get("vary")
    if isinstance(varied, tuple) and any(_free_of(each) == BONDS for each in varied):
        raise bonds_by_half()


def nothing_removable() -> FieldError:
    """For a generator whose parameters are no weights of parts."""
    return FieldError(
        "vary",
        "nothing can be removed: the generator's free parameters are not whether bonds are there",
        code="M0562",
        help="write `free = bonds` in a network of springs",
    )


def bonds_by_half() -> FieldError:
    """For a generator whose parameters are weights of parts."""
    return FieldError(
        "vary",
        "its parameters say which bonds are there, and an optimiser would leave bonds that are there by half",
        code="M0562",
        help="take the study `prune`, or let `places` or `stiffness` be free",
    )


def _free_of(generator: Any) -> str | None:
    """What is free of a network; None where that is not known, or the generator makes none."""
    if not isinstance(generator, Facts) or generator.form != NETWORK:
        return None
    free = generator.fields.get(FREE)
    return free if isinstance(free, str) else None
