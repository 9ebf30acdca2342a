"""Every sentence of the console's pages."""

from __future__ import annotations

from node.console.phrases import deciding, events, home, records, releases
from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    **home.PHRASES,
    **releases.PHRASES,
    **deciding.PHRASES,
    **records.PHRASES,
    **events.PHRASES,
}
