"""Keeps the few bundles that were shown last: what is downloaded is what was looked at, byte for byte."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from node.papers.bundle import Bundle
from onggi.errors import Refused

_MOST: Final = 8


@dataclass(slots=True)
class ShownBundles:
    """By digest, in memory alone."""

    _kept: OrderedDict[str, Bundle] = field(default_factory=OrderedDict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, bundle: Bundle) -> None:
        with self._one:
            self._kept[bundle.digest] = bundle
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def get(self, digest: str) -> Bundle:
        """Raises Refused(``diagnostics.gone``)."""
        with self._one:
            found = self._kept.get(digest)
        if found is None:
            raise Refused("diagnostics.gone")
        return found
