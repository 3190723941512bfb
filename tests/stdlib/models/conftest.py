"""A display for all models' tests."""

import pytest


class Told:
    """A display that remembers what it was told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.notes: list[str] = []

    def begin(self, study: str, steps: int) -> None: ...
    def phase(self, text: str) -> None:
        self.phases.append(text)

    def step(self, record) -> None: ...
    def note(self, text: str) -> None:
        self.notes.append(text)

    def end(self) -> None: ...


@pytest.fixture
def display() -> type[Told]:
    """Makes displays."""
    return Told
