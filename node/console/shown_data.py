"""The data sets of this node as its own people may see them: names, versions, exact rows, quality."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis_jobs.quality.results import CheckResult, QualityReport
from node.datasets import Datasets
from node.postgres.source import find_in_place, names_in_place
from node.quality.kept_reports import get_report
from node.registers.audit import NodeEvent
from node.settings import NodeSettings
from node.state.tables import AuditEvent
from node.store.generations import Store
from node.store.manifest import Manifest
from onggi.errors import OnggiError, Refused
from onggi.words import public_words
from pages.languages import Language

MOST_FAILURES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetShown:
    """One data set.

    Args:
        manifest: of the current generation; None where nothing is loaded or it is read in place.
        in_place: the version of a database that is read where it stands.
        wrong: why it cannot be told, in words.
        warnings: what was odd when it was loaded, in words.
    """

    name: str
    manifest: Manifest | None = None
    in_place: int | None = None
    wrong: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityShown:
    """The kept report of the first data set; `failures` come first and stand worst first."""

    report: QualityReport
    counts: dict[str, int]
    failures: tuple[CheckResult, ...]


def list_datasets(session: Session, settings: NodeSettings, *, language: Language) -> list[DatasetShown]:
    """Every data set that this node has, loaded or not."""
    found = []
    try:
        stores = Datasets(settings).stores()
    except OnggiError as error:
        return [DatasetShown(name=settings.dataset, wrong=_words(error, language))]
    in_place = names_in_place(settings.home)
    for name, store in stores.items():
        if name not in in_place:
            found.append(_in_store(session, name, store, language))
    for name in in_place:
        found.append(_in_place(settings, name, language))
    return found


def _in_store(session: Session, name: str, store: Store, language: Language) -> DatasetShown:
    try:
        current = store.find_current()
    except OnggiError as error:
        return DatasetShown(name=name, wrong=_words(error, language))
    if current is None:
        return DatasetShown(name=name)
    warnings = _warnings(session, name, current.number, language)
    return DatasetShown(name=name, manifest=current.manifest, warnings=warnings)


def _in_place(settings: NodeSettings, name: str, language: Language) -> DatasetShown:
    try:
        source = find_in_place(settings.home, dataset=name)
        return DatasetShown(name=name, in_place=None if source is None else source.version())
    except OnggiError as error:
        return DatasetShown(name=name, wrong=_words(error, language))


def _warnings(session: Session, name: str, generation: int, language: Language) -> tuple[str, ...]:
    """The codes in the event of the load, in words; their facts were shown to who loaded it."""
    loads = select(AuditEvent.facts).where(
        AuditEvent.event == str(NodeEvent.DATA_LOADED), AuditEvent.about == name
    )
    for text in session.scalars(loads.order_by(AuditEvent.number.desc()).limit(50)):
        facts = json.loads(text)
        if facts.get("generation") == generation:
            codes = str(facts.get("warnings", "")).split()
            return tuple(_words(Refused(code), language) for code in codes)
    return ()


def _words(error: OnggiError, language: Language) -> str:
    return public_words(error, language)[0]


def find_quality(settings: NodeSettings, generation: int | None) -> QualityShown | None:
    """The kept report of a generation, or None before it was checked."""
    if generation is None:
        return None
    try:
        report = get_report(settings.quality, generation)
    except OnggiError:
        return None
    results = report.results
    counts = {
        status: sum(each.status == status for each in results)
        for status in ("failed", "error", "passed", "not_applicable")
    }
    failures = [each for each in results if each.status in ("failed", "error")]
    failures.sort(key=lambda each: (-(each.percent or 0.0), each.table, each.id))
    return QualityShown(report=report, counts=counts, failures=tuple(failures[:MOST_FAILURES]))
