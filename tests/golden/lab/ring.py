"""A class that refuses some values of its fields."""

from metac.compiler.interfaces.field_error import FieldError


class Ring:
    def __init__(self, outer: float, inner: float) -> None:
        if inner >= outer:
            message = f"a ring of {outer:g} mm has no room for a hole of {inner:g} mm"
            raise FieldError("inner", message, help="make the hole smaller")
