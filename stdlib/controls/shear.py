"""Simple shear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.controls.strains import require_strain

if TYPE_CHECKING:
    from metac.compiler.interfaces.beside import Selective
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class Shear:
    """A displacement that grows across its own direction: `strain` is the one over the other. Raises `FieldError` on it."""

    strain: Any

    def __post_init__(self) -> None:
        require_strain(self.strain)

    def require_beside(self, others: Mapping[str, Any]) -> None:
        """`FieldError` M0521 on `clamp` of grips that let an edge slide."""
        boundary = others.get("boundary")
        if isinstance(boundary, Grips) and boundary.clamp != "both":
            raise FieldError(
                "clamp",
                "only grips that clamp both edges can shear a body",
                code="M0521",
                help="set `clamp = both`",
                of=boundary,
            )


if TYPE_CHECKING:
    Satisfies[Control](Shear)
    Satisfies[Selective](Shear)
