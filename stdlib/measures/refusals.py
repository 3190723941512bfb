"""What measures say of loads that do not answer them; none of this needs a response."""

from __future__ import annotations

from metac.compiler.interfaces.field_error import FieldError

CODE = "M0523"


def not_uniaxial() -> FieldError:
    """Of a load whose body is not free of stress across."""
    return FieldError(
        "of",
        "this load is no uniaxial test: its body is not free of stress across",
        code=CODE,
        help="pull the body along one axis, with `tension` or `periodic_tension`, or homogenise it with `periodic`",
    )


def other_direction(axis: int) -> FieldError:
    """Of a load along one axis, asked for another direction."""
    return FieldError(
        "along",
        f"this load acts along {'xy'[axis]}, and measures nothing in other directions",
        code=CODE,
        help="leave out `along`, or homogenise the body with `periodic`",
    )


def two_directions() -> FieldError:
    """Of loads along both axes, asked for a direction between."""
    message = "this load acts along x and along y alone"
    return FieldError("along", message, code=CODE, help="write `0 deg` or `90 deg`")


def two_components() -> FieldError:
    """Of loads along both axes, asked for a shear stress."""
    return FieldError("component", "this load acts along x and along y alone", code=CODE, help="take xx or yy")


def several_components() -> FieldError:
    """Of a load that drives several components, none of which is named."""
    return FieldError(
        "of",
        "this load drives several components: say which stress is meant",
        code=CODE,
        help="write `stress(load, component = xx)`",
    )


def several_stresses() -> FieldError:
    """Of a load that several stresses drive together, asked for the one strain at which something happens."""
    return FieldError(
        "of",
        "several stresses drive this load together: there is no one strain at which it becomes critical",
        code=CODE,
        help="prescribe one of the components alone, or one of them as a strain",
    )


def not_sheared() -> FieldError:
    """Of a load that is not in shear."""
    help = "take `shear`, `periodic_shear`, `mean_strain` with `xy` alone, or `periodic`"
    return FieldError("of", "this load does not shear its body", code=CODE, help=help)


def sheared_in_axes() -> FieldError:
    """Of a load in shear, asked for turned axes."""
    return FieldError("at", "this load shears its body in the axes x and y alone", code=CODE, help="leave out `at`")


def one_way() -> FieldError:
    """Of one load, asked for a direction."""
    return FieldError("along", "this load acts in one way only", code=CODE, help="leave out `along`")


def no_one_component() -> FieldError:
    """Of a load that drives several components, asked for the stiffness of one."""
    return FieldError(
        "of",
        "this load drives several components: there is no one stress over one strain",
        code=CODE,
        help="drive one of them alone, or match `stress(load, component = xx)`",
    )


def turns_back() -> FieldError:
    """Of a load that goes to and fro, asked for the slope of what it does."""
    return FieldError(
        "of",
        "this load turns back, and has no slope where it does",
        code=CODE,
        help="take `kind = secant`, or a load that goes one way",
    )
