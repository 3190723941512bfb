"""Characters as messages show them."""

from __future__ import annotations

import unicodedata


def shown(character: str) -> str:
    """The character, or its number where it cannot be seen."""
    return character if character.isprintable() else f"U+{ord(character):04X}"


def shown_with_name(character: str) -> str:
    """The character in quotes; with number and name where it is no common one."""
    if character.isascii() and character.isprintable():
        return f"`{character}`"
    code = f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
    return f"`{character}` ({code})" if character.isprintable() else code
