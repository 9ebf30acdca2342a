"""Writes the ledger for spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from node.papers.ledger import ZONE, Ledger, LedgerLine
from pages.csv_text import csv_bytes

Say = Callable[[str], str]
"""The phrase of a key, in one language."""
_COLUMNS: Final = (
    "project",
    "title",
    "purpose",
    "job",
    "kind",
    "run",
    "dataset",
    "tables",
    "concept_sets",
    "concepts",
    "demographics",
    "left",
    "organisation",
    "people",
    "permit",
    "permit_since",
    "permit_until",
    "began",
    "ended",
    "destroyed",
    "record",
    "verified",
    "keep_until",
    "spec",
)


def ledger_csv(ledger: Ledger, say: Say) -> bytes:
    """The lines, an empty row, and by what the print can be checked."""
    head = [say(f"ledger.column.{name}") for name in _COLUMNS]
    return csv_bytes([head, *(_values(line, say) for line in ledger.lines), [], *ledger_facts(ledger, say)])


def ledger_facts(ledger: Ledger, say: Say) -> list[tuple[str, str]]:
    """Label and value: of whom, of when, and what a print is checked by."""
    return [
        (say("ledger.hospital"), f"{ledger.hospital} ({ledger.site})"),
        (say("ledger.period"), f"{ledger.first} - {ledger.last}"),
        (say("ledger.number"), str(len(ledger.lines))),
        (say("ledger.printed_by"), ledger.printed_by),
        (say("ledger.printed_at"), moment(ledger.printed_at)),
        (say("ledger.register_head"), f"{ledger.register_number}: {ledger.register_hash}"),
        (say("ledger.audit_head"), f"{ledger.audit_number}: {ledger.audit_hash}"),
        (say("ledger.digest"), ledger.digest),
    ]


def moment(value: datetime | str) -> str:
    known = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{known.astimezone(ZONE):%Y-%m-%d %H:%M} (KST)"


def _values(line: LedgerLine, say: Say) -> Sequence[str]:
    unknown, permitted, items, gone = say("ledger.unknown"), line.permitted, line.items, line.destroyed
    left = "; ".join(
        f"{say(f'release.what.{each.what}')} ({each.result}): {each.number}, {each.bytes} B"
        for each in line.left
    )
    return [
        line.project,
        permitted.title if permitted else unknown,
        permitted.purpose if permitted else unknown,
        line.job or unknown,
        say(f"kind.{line.kind}") if line.kind else unknown,
        line.run,
        items.dataset if items else unknown,
        "; ".join(items.tables) if items else unknown,
        "; ".join(items.sets) if items else unknown,
        " ".join(map(str, items.concepts)) if items else unknown,
        "; ".join(items.demographics) if items else unknown,
        left or say("ledger.nothing_left"),
        permitted.organisation if permitted else unknown,
        "; ".join(permitted.people) if permitted else unknown,
        permitted.permit if permitted else unknown,
        permitted.since if permitted else unknown,
        permitted.until if permitted else unknown,
        moment(line.began),
        moment(line.ended) if line.ended else say("ledger.under_way"),
        moment(gone.at) if gone else say("ledger.not_destroyed"),
        gone.record if gone else "",
        say("deletions.verified" if gone.verified else "deletions.unverified") if gone else "",
        line.keep_until or say("ledger.keep_open"),
        line.spec_digest,
    ]
