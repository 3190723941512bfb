"""What an implementation raises for a field that it refuses."""

from __future__ import annotations


class FieldError(Exception):
    """A field's value that only its implementation can judge (a pore larger than its cell, say).

    The compiler shows it at the field; `code` is one of the registry. `of` is the object that refuses one of its own fields
    when another one asks it for something; by default it is the one that is being made.
    """

    def __init__(
        self, field: str, message: str, *, code: str = "M0540", help: str | None = None, of: object | None = None
    ) -> None:
        self.field, self.message, self.code, self.help, self.of = field, message, code, help, of
        super().__init__(message)
