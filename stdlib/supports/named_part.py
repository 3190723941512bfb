"""Parts of a mesh that its file has named."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.geometry import WithNamedParts

NO_GROUP = "M0567"


def named_part(mesh: object, group: str, of: object) -> NDArray[np.int32]:
    """Facets `[facet, node]` of a named part; FieldError M0567 on `group` of the object `of` where there is none."""
    known = mesh.named if isinstance(mesh, WithNamedParts) else {}
    if group not in known:
        listed = ", ".join(f"`{name}`" for name in sorted(known))
        raise FieldError(
            "group",
            f"the body's mesh has no named part `{group}`",
            code=NO_GROUP,
            help=f"its parts: {listed}" if known else "lines and sets of nodes have names in files of a `mesh` only",
            of=of,
        )
    return known[group]
