"""Which test a meshed body is put to, by boundary condition and control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.body import Repeating
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.applied import Applied
from metac.stdlib.controls.grip_force import GripForce
from metac.stdlib.controls.mean_strain import MeanStrain
from metac.stdlib.controls.point_forces import PointForces
from metac.stdlib.controls.shear import Shear
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.forced import ForcedTest
from metac.stdlib.loads.forced_pixels import ForcedPixelsTest
from metac.stdlib.loads.grip_forced import GripForcedTest
from metac.stdlib.loads.gripped import GrippedTest
from metac.stdlib.loads.homogenised import HomogenisedPixelsTest, HomogenisedTest
from metac.stdlib.loads.repeated import PeriodicTest

if TYPE_CHECKING:
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.load import Test
    from metac.compiler.interfaces.path import Path

CONTROLS = {
    Grips: (
        (Stretch, Shear, GripForce),
        "grips stretch, shear or pull: `control = stretch { … }`, `shear { … }` or `grip_force { … }`",
    ),
    Periodic: (
        (Stretch, Shear, MeanStrain, UnitStrains),
        "a period takes mean strains and stresses: `stretch`, `shear`, `mean_strain`, `mean_stress` or `unit_strains`",
    ),
    Supported: (
        (PointForces, Applied),
        "forces and displacements act on what supports hold: `control = applied { … }` or `point_forces { … }`",
    ),
}
"""The controls that go with each boundary condition, and what to say of others."""


class Continuum:
    """A meshed body that can be loaded.

    Has `mesh`, `coordinates[node, 2]`, `material`, `thickness`, `domain` and `constraints`, None where it does not repeat.
    """

    forced_test: type[ForcedTest] = ForcedTest
    homogenised_test: type[HomogenisedTest] = HomogenisedTest

    def test(self, boundary: Boundary, control: Any, path: Path) -> Test:
        """The body in a test (`LoadableBody`)."""
        # Which controls a boundary condition takes, the table above says.
        require_compatible(boundary, control)
        if isinstance(boundary, Grips):
            kind = GripForcedTest if isinstance(control, GripForce) else GrippedTest
            return kind(self, boundary, control, path)
        if isinstance(boundary, Supported):
            return self.forced_test(self, boundary, control, path)
        if not isinstance(self, Repeating) or self.constraints is None:
            message = "a periodic load needs a body that repeats, and this one has edges"
            raise FieldError("body", message, help="take a `cell`")
        return self.homogenised_test(self) if isinstance(control, UnitStrains) else PeriodicTest(self, control, path)


class PixelContinuum(Continuum):
    """A rectangle of pixels, which has linear kernels of its own."""

    forced_test = ForcedPixelsTest
    homogenised_test = HomogenisedPixelsTest


def require_compatible(boundary: Boundary, control: Control) -> None:
    """`FieldError` M0521 where a control does not go with a boundary condition."""
    if type(boundary) not in CONTROLS:
        raise FieldError("boundary", "this body knows `grips`, `periodic` and `supported`", code="M0521")
    known, help = CONTROLS[type(boundary)]
    if not isinstance(control, known):
        raise FieldError("control", "this boundary condition and this control do not go together", code="M0521", help=help)
