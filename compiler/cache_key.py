"""Canonical forms and hashes of graph expressions: equal meaning as written, equal key.

Places in the text and types do not count, and neither does the order of mappings. References to anonymous nodes are given
by what those nodes are, as their made-up names depend on the order of declarations.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from metac.compiler import graph
from metac.compiler.interfaces.given_curve import GivenCurve

LONGEST = 4096
"""Characters up to which an expression stands in a canonical form as it is; longer ones are hashed."""


def digest(value: object) -> str:
    """SHA-256 (hex) of the canonical JSON text of a value made of expressions, mappings, sequences and plain values."""
    return hashlib.sha256(canonical_text(canonical(value)).encode()).hexdigest()


def canonical_text(value: object) -> str:
    """JSON text with sorted keys and without blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: object, names: Mapping[str, object] | None = None) -> object:
    """A JSON value for an expression or a mapping or sequence of them.

    `names` gives the canonical form of references, where it is not the node's own name. Raises TypeError for what cannot be
    part of a key.
    """
    return _Canonical(names or {}).form(value)


class _Canonical:
    def __init__(self, names: Mapping[str, object]) -> None:
        self.names = names
        self.known: dict[int, tuple[object, object]] = {}

    def form(self, value: object) -> object:
        # Expressions share parts (inlined `let`s); a part is put into canonical form once, and kept alive with its identity.
        if id(value) not in self.known:
            form = self._form(value)
            if isinstance(value, graph.Apply | graph.Sequence):
                form = _bounded(form)
            self.known[id(value)] = (value, form)
        return self.known[id(value)][1]

    def _form(self, value: object) -> object:
        match value:
            case None | bool() | str():
                return value
            case int() | float():
                return _number(value)
            case GivenCurve(abscissa, ordinate, interpolation):
                return {"curve": self.form(abscissa), "ordinate": self.form(ordinate), "between": interpolation}
            case graph.Constant(constant):
                return self._form(constant) if not isinstance(constant, str) else {"text": constant}
            case graph.Sequence(items):
                return [self.form(item) for item in items]
            case graph.Interval(start, stop, step):
                return {"from": self.form(start), "to": self.form(stop), "by": self.form(step)}
            case graph.Variable(name):
                return {"variable": name}
            case graph.Parameter(name):
                return {"parameter": name}
            case graph.Reference(node):
                return {"node": self.names.get(node, node)}
            case graph.Apply(operator, arguments):
                return {operator: [self.form(argument) for argument in arguments]}
            case graph.Function(parameters, body, domain):
                return {"of": [name.name for name in parameters], "is": self.form(body), "for": self.form(domain)}
        if isinstance(value, Mapping):
            return {str(key): self.form(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.form(item) for item in value]
        return self._array(value)

    @staticmethod
    def _array(value: object) -> object:
        if not hasattr(value, "__array__"):
            raise TypeError(f"{type(value).__name__} cannot be part of a cache key")
        import numpy as np

        array = np.asarray(value)
        if array.ndim == 0:
            return _number(array.item())
        array = np.ascontiguousarray(array)
        content = hashlib.sha256(array.tobytes()).hexdigest()
        return {"array": content, "shape": list(array.shape), "dtype": array.dtype.str}


def _bounded(form: object) -> object:
    """The form, or its hash where it is long: parts that are used twice at every level would make it grow without bound."""
    text = canonical_text(form)
    return form if len(text) <= LONGEST else {"sha256": hashlib.sha256(text.encode()).hexdigest()}


def _number(value: int | float) -> object:
    """Whole numbers alike however written; others by their shortest decimal form."""
    if isinstance(value, float) and value != value:
        return {"number": "nan"}
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return {"number": "inf" if value > 0 else "-inf"}
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
