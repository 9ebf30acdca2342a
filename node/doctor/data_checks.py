"""Looks at the hospital's data and its books: the store opens, the CDM is there, no register has a gap."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from node.datasets import Datasets
from node.doctor.books import BOOKS
from node.doctor.findings import Finding, ask
from node.postgres.source import PostgresSource
from node.registers.objects import ObjectStore
from node.registers.what_left import check_objects
from node.settings import NodeSettings
from node.store.cdm_tables import CDM_VERSION
from node.store.generations import Generation, Store
from node.store.keys import DataKey
from node.store.reader import open_reader
from onggi.errors import Fact, Refused


def check_stores(settings: NodeSettings, key: DataKey) -> list[Finding]:
    """Whether every data set opens with the key, and its vocabulary with it; then what there is."""
    try:
        stores = Datasets(settings).stores()
    except Refused as error:
        return [Finding(error.code, error.facts)]
    for store in stores.values():
        if found := ask(partial(_open_once, settings, store, key)):
            return found
    return _note_shared(settings, stores)


def _open_once(settings: NodeSettings, store: Store, key: DataKey) -> None:
    with tempfile.TemporaryDirectory(dir=settings.home, prefix="doctor-") as folder:
        open_reader(store, key=key, workdir=Path(folder), threads=1).close()


def _note_shared(settings: NodeSettings, stores: Mapping[str, Store]) -> list[Finding]:
    """The vocabulary, where there is one, and the data sets, where there are several."""
    notes = []
    if len(stores) > 1:
        notes.append(Finding("node.datasets_held", {"datasets": ", ".join(stores)}, blocks=False))
    try:
        shared = Datasets(settings).vocabulary.find_current()
    except Refused as error:
        return [Finding(error.code, error.facts)]
    if shared is not None:
        facts: dict[str, Fact] = {
            "generation": shared.number,
            "version": shared.manifest.vocabulary_version or "-",
        }
        notes.append(Finding("node.vocabulary_held", facts, blocks=False))
    return notes


def check_cdms(settings: NodeSettings) -> list[Finding]:
    """What is wrong with the first data set that holds the wrong version, or nobody."""
    for store in Datasets(settings).stores().values():
        if found := check_cdm(store.get_current()):
            return found
    return []


def check_cdm(generation: Generation) -> list[Finding]:
    """Whether the data is of the CDM version that this software reads, and of anybody at all."""
    manifest = generation.manifest
    if manifest.cdm_version != CDM_VERSION:
        facts = {"found": manifest.cdm_version, "wanted": CDM_VERSION}
        return [Finding("node.data_cdm_version", facts)]
    if not manifest.tables.get("person"):
        return [Finding("node.data_no_persons", {"generation": manifest.number})]
    return []


def check_in_place(source: PostgresSource) -> list[Finding]:
    """Whether a database that is read in place still answers, is the version registered, and keeps quiet."""
    logged: list[Finding] = []
    found = ask(source.examine) or ask(lambda: logged.extend(_logged(source)))
    return found or logged


def _logged(source: PostgresSource) -> list[Finding]:
    return [
        Finding("postgres.statements_logged", {"setting": each.setting, "remedy": each.remedy}, blocks=False)
        for each in source.find_logged()
    ]


def check_audit(session: Session, settings: NodeSettings) -> list[Finding]:
    """Whether audit trail, budget register and registers of released persons are whole."""
    return (
        ask(lambda: BOOKS["audit"](session, settings))
        or ask(lambda: BOOKS["budget"](session, settings))
        or ask(lambda: BOOKS["sets"](session, settings))
    )


def check_releases(session: Session, settings: NodeSettings) -> list[Finding]:
    """Whether the release register is unbroken, complete and readable."""
    return ask(lambda: BOOKS["register"](session, settings)) or ask(
        lambda: check_objects(session, ObjectStore(settings.objects))
    )
