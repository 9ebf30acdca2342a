"""Hands a hospital's full report to the rule that decides what the catalogue may show of it."""

from __future__ import annotations

from analysis_jobs.quality.results import QualityReport
from catalog.quality_card import JudgedCheck, JudgedTable, QualityCard, quality_card


def card_of(report: QualityReport, *, threshold: int) -> QualityCard:
    """The card of a report. See `catalog.quality_card` for what stays behind."""
    tables = [
        JudgedTable(
            table=table.table,
            rows=table.rows,
            persons=table.persons,
            checks=[
                JudgedCheck(
                    id=result.id,
                    category=result.category,
                    status=result.status,
                    reason=result.reason,
                    violated=result.violated,
                    denominator=result.denominator,
                    violators=result.violators,
                    conforming=result.conforming,
                )
                for result in table.results
            ],
        )
        for table in report.tables
    ]
    return quality_card(tables, dataset=report.dataset, generation=report.generation, threshold=threshold)
