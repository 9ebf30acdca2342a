"""Every sentence of the coordinator's pages."""

from __future__ import annotations

from coordinator.pages.phrases import desk, jobs, results
from pages.phrasebook import Phrase
from pages.phrases import leaving

PHRASES: dict[str, Phrase] = {**leaving.PHRASES, **desk.PHRASES, **jobs.PHRASES, **results.PHRASES}
