"""One served coordinator and one browser for each module: a running browser must not outlive it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser_room import BrowserRoom, furnished_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserRoom]:
    with furnished_room(tmp_path_factory.mktemp("room")) as made:
        yield made
