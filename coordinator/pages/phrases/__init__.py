"""Every sentence of the coordinator's pages."""

from __future__ import annotations

from coordinator.pages.phrases import (
    accounts,
    applications,
    ceremony,
    desk,
    evidence,
    fields,
    held_code,
    jobs,
    meetings,
    operator,
    operator_records,
    recoveries,
    requests,
    results,
    review,
    samples,
    threads,
)
from pages.phrasebook import Phrase
from pages.phrases import leaving

PHRASES: dict[str, Phrase] = {
    **leaving.PHRASES,
    **desk.PHRASES,
    **applications.PHRASES,
    **meetings.PHRASES,
    **jobs.PHRASES,
    **results.PHRASES,
    **evidence.PHRASES,
    **review.PHRASES,
    **fields.PHRASES,
    **held_code.PHRASES,
    **threads.PHRASES,
    **samples.PHRASES,
    **operator.PHRASES,
    **operator_records.PHRASES,
    **requests.PHRASES,
    **ceremony.PHRASES,
    **accounts.PHRASES,
    **recoveries.PHRASES,
}
