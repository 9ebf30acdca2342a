"""Knows a node's data sets by name, where each one's store lies, and the vocabulary that they share.

The first data set lies in `store` and has the name that the settings give it; every further one lies in
`datasets/<name>`. A node that holds one needs to know nothing of this.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from node.settings import NodeSettings
from node.store.generations import Store
from onggi.errors import Refused

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class Datasets:
    """The data sets below one home folder. What was loaded since is seen at the next question."""

    def __init__(self, settings: NodeSettings) -> None:
        self._first, self._home = settings.dataset, settings.store
        self._others = settings.datasets
        self.vocabulary = Store(settings.vocabulary)

    def names(self) -> tuple[str, ...]:
        """The first one, loaded or not, and all others that were loaded.

        Raises Refused with ``node.dataset_twice`` where the first one's name belongs to another as well.
        """
        others = [name for name in self._folders() if self._other(name).last_number() > 0]
        if self._first in others:
            path = str(self._others / self._first)
            raise Refused("node.dataset_twice", dataset=self._first, path=path)
        return (self._first, *others)

    def stores(self) -> dict[str, Store]:
        """Every data set's store."""
        return {name: self.place(name) for name in self.names()}

    def find(self, name: str) -> Store | None:
        """The store of a data set that this node has."""
        return self.place(name) if name in self.names() else None

    def get(self, name: str) -> Store:
        """The same. Raises Refused with ``order.other_dataset``."""
        found = self.find(name)
        if found is None:
            raise Refused("order.other_dataset", dataset=name)
        return found

    def place(self, name: str) -> Store:
        """Where the data set of this name lies, or would lie."""
        return Store(self._home, vocabulary=self.vocabulary) if name == self._first else self._other(name)

    def make_place(self, name: str) -> Store:
        """The same, with the folder around further data sets made."""
        if name != self._first:
            if _NAME.fullmatch(name) is None:
                raise Refused("node.settings_invalid", entry="dataset", path=name)
            self._others.mkdir(mode=0o700, exist_ok=True)
            os.chmod(self._others, 0o700)
        return self.place(name)

    def folders(self) -> tuple[Path, ...]:
        """Every folder that patients' data or the vocabulary may lie in."""
        others = tuple(self._others / name for name in self._folders())
        return (self._home, self._others, *others, self.vocabulary.root)

    def _other(self, name: str) -> Store:
        return Store(self._others / name, vocabulary=self.vocabulary)

    def _folders(self) -> list[str]:
        try:
            return sorted(found.name for found in self._others.iterdir() if _NAME.fullmatch(found.name))
        except FileNotFoundError:
            return []
