"""Every sentence of the console's pages."""

from __future__ import annotations

from node.console.phrases import (
    budget,
    deciding,
    events,
    evidence,
    home,
    node,
    papers,
    policy,
    populations,
    records,
    releases,
    signing,
    stopping,
)
from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    **home.PHRASES,
    **releases.PHRASES,
    **deciding.PHRASES,
    **records.PHRASES,
    **events.PHRASES,
    **evidence.PHRASES,
    **stopping.PHRASES,
    **policy.PHRASES,
    **budget.PHRASES,
    **populations.PHRASES,
    **node.PHRASES,
    **papers.PHRASES,
    **signing.PHRASES,
}
