"""Whether a load answers a measure, as far as it shows when a spec is checked."""

from __future__ import annotations

from math import pi, sin

from metac.compiler.interfaces.attainability import Facts
from metac.stdlib.measures.refusals import (
    no_one_component,
    not_sheared,
    not_uniaxial,
    one_way,
    other_direction,
    several_components,
    several_stresses,
    sheared_in_axes,
    turns_back,
    two_components,
    two_directions,
)

NEAR = 1e-9
"""Radian by which a direction may miss an axis."""
AXES = {"x": 0, "y": 1}
COMPONENTS = ("xx", "yy", "xy")


def uniaxial(measure: Facts) -> None:
    """Young's modulus and Poisson's ratio: of one direction under uniaxial stress, or of every one. FieldError M0523."""
    load, along = measure.fields.get("of"), measure.fields.get("along")
    if not isinstance(load, Facts) or load.form == "homogenised":
        return
    wanted = None if along is None else axis_of(along)
    if load.form == "pulled":
        if along is not None and wanted is None:
            raise two_directions()
        return
    driven = _driven(load)
    if driven is None:
        return
    if len(driven) > 1 or driven == ["xy"]:
        raise not_uniaxial()
    axis = COMPONENTS.index(driven[0])
    if along is not None and wanted != axis:
        raise other_direction(axis)


def uniaxial_curve(measure: Facts) -> None:
    """Poisson's ratio over strain: of one direction under uniaxial stress. FieldError M0523."""
    uniaxial(measure)
    _require_one_way(measure)


def driven_curve(measure: Facts) -> None:
    """A modulus over strain: of the one component that a load drives. FieldError M0523."""
    one_of_two(measure)
    load = measure.fields.get("of")
    driven = _driven(load) if isinstance(load, Facts) else None
    if driven is not None and len(driven) > 1:
        raise no_one_component()
    _require_one_way(measure)


def one_of_two(measure: Facts) -> None:
    """Of one load, or of one of two. FieldError M0523."""
    load, along = measure.fields.get("of"), measure.fields.get("along")
    if not isinstance(load, Facts) or along is None:
        return
    if load.form != "pulled":
        raise one_way()
    if axis_of(along) is None:
        raise two_directions()


def _require_one_way(measure: Facts) -> None:
    """`FieldError` for the slope of what turns back."""
    load = measure.fields.get("of")
    if not isinstance(load, Facts) or measure.fields.get("kind") != "tangent":
        return
    path = load.fields.get("path")
    if load.definition == "cyclic" or (isinstance(path, Facts) and path.definition == "cycle"):
        raise turns_back()


def shear_modulus(measure: Facts) -> None:
    """Of a load in shear, in its own axes, or of every direction. FieldError M0523."""
    load = measure.fields.get("of")
    driven = _driven(load) if isinstance(load, Facts) else None
    if driven is not None and driven != ["xy"]:
        raise not_sheared()
    if driven is not None and measure.fields.get("at", 0) != 0:
        raise sheared_in_axes()


def stress(measure: Facts) -> None:
    """One component, the driven one by default. FieldError M0523."""
    load, component = measure.fields.get("of"), measure.fields.get("component")
    if not isinstance(load, Facts):
        return
    if load.form == "pulled" and component not in (None, "xx", "yy"):
        raise two_components()
    driven = _driven(load)
    if component is None and driven is not None and len(driven) > 1:
        raise several_components()


def critical_strain(measure: Facts) -> None:
    """Of a load that strains or one stress drive: several stresses together have no strain of theirs. FieldError M0523."""
    load = measure.fields.get("of")
    if not isinstance(load, Facts):
        return
    control = load.fields.get("control")
    if not isinstance(control, Facts):
        return
    strains = control.definition != "mean_stress" and control.fields.keys() & set(COMPONENTS)
    if not strains and len(_driven(load) or ()) > 1:
        raise several_stresses()


def axis_of(angle: float) -> int | None:
    """0 for an angle along x, 1 for one along y, None for others, radian."""
    return next((axis for axis in (0, 1) if abs(sin(angle - axis * pi / 2)) < NEAR), None)


def _driven(load: Facts) -> list[str] | None:
    """Components that a load prescribes, strains or stresses; None where it is not known."""
    control, boundary = load.fields.get("control"), load.fields.get("boundary")
    parts = [each for each in (load, control, boundary) if isinstance(each, Facts)]
    if load.form == "shear":
        return ["xy"]
    if load.form == "uniaxial":
        along = next((each.fields["along"] for each in parts if "along" in each.fields), None)
        return None if along not in AXES else [2 * along]
    if load.form == "mean_strain" and isinstance(control, Facts):
        found = [name for name in COMPONENTS if control.fields.keys() & {name, f"stress_{name}"}]
        return found or None
    return None
