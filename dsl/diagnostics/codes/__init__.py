"""The registry of codes: `M01xx` syntax, `M02xx` names, `M03xx` fields, `M04xx` types and dimensions, `M05xx` physics,
`M06xx` failures of a run.

Every module named in `FAMILIES` has a mapping `CODES` from code to `Entry`. They are read only when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from metac.dsl.diagnostics.codes.entry import Entry

FAMILIES = {
    "syntax": "M01",
    "names": "M02",
    "fields": "M03",
    "types": "M04",
    "physics": "M05",
    "laws": "M05",
    "implementations": "M05",
    "learning": "M05",
    "running": "M06",
}


@cache
def all_codes() -> Mapping[str, Entry]:
    """Every code with its entry, in order.

    Raises ValueError where two modules give the same code or a code stands in the wrong module.
    """
    found: dict[str, Entry] = {}
    for family, prefix in FAMILIES.items():
        for code, entry in import_module(f"{__name__}.{family}").CODES.items():
            if code in found or not code.startswith(prefix):
                raise ValueError(f"{code} is given twice or does not belong into codes/{family}.py")
            found[code] = entry
    return MappingProxyType(dict(sorted(found.items())))


def explain(code: str) -> str | None:
    """The long text for a code (case does not matter), or None where there is no such code."""
    code = code.upper()
    entry = all_codes().get(code)
    return f"{code}: {entry.title}\n\n{entry.explanation.strip()}\n" if entry else None
