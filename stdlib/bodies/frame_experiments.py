"""Which test a frame is put to, by boundary condition and control.

The conventions are those of sheets (`stdlib/loads/responses.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.bodies.endless_frame import HomogenisedFrame, PeriodicFrame
from metac.stdlib.bodies.gripped_frame import GrippedFrame
from metac.stdlib.bodies.supported_frame import SupportedFrame
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.continuum import require_compatible
from metac.stdlib.paths.arc_length import ArcLength

if TYPE_CHECKING:
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.load import Test
    from metac.compiler.interfaces.path import Path


def test_of(body: Any, boundary: Boundary, control: Control, path: Path) -> Test:
    """The frame in a test; `FieldError` where there is no such test of a frame."""
    require_compatible(boundary, control)
    if isinstance(path, ArcLength):
        raise FieldError(
            "path", "a frame is linear and has no limit points", code="M0521", help="take `increments`, `cycle` or `linear`"
        )
    if isinstance(boundary, Grips):
        return GrippedFrame(body, boundary, control, path)
    if isinstance(boundary, Supported):
        return SupportedFrame(body, boundary, control, path)
    return HomogenisedFrame(body) if isinstance(control, UnitStrains) else PeriodicFrame(body, control, path)
