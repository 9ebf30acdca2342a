"""One served site and one browser for each module: a running browser must not outlive it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser_room import BrowserRoom, furnished_room
from tests.support.console_room import ConsoleRoom, furnished_console_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserRoom]:
    with furnished_room(tmp_path_factory.mktemp("room")) as made:
        yield made


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleRoom]:
    """Never in one module with `room`: each brings a browser of its own."""
    with furnished_console_room(tmp_path_factory.mktemp("console")) as made:
        yield made
