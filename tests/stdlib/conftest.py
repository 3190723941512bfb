"""Fixtures of several parts of the library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of a module's own: what is made or trained stays for its tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAC_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
