"""Looks at the hospital's data and its books: the store opens, the CDM is there, no register has a gap."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from node.datasets import Datasets
from node.doctor.findings import Finding, ask
from node.postgres.source import PostgresSource
from node.registers.audit import check_chain
from node.registers.budget_chain import check_budget
from node.registers.budget_chain import check_not_behind as check_budget_not_behind
from node.registers.objects import ObjectStore
from node.registers.releases import check_not_behind, check_register
from node.registers.what_left import check_objects
from node.settings import NodeSettings
from node.state.memory import get_fact
from node.store.cdm_tables import CDM_VERSION
from node.store.generations import Generation, Store
from node.store.keys import DataKey
from node.store.reader import open_reader
from onggi.errors import Fact, NotTrusted, Refused
from onggi.protocol.keys import FileKey
from onggi.protocol.messages import RegisterHead


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


def check_audit(session: Session) -> list[Finding]:
    """Whether the audit trail and the register of budgets are unbroken, and the latter lacks no row."""
    return (
        ask(lambda: check_chain(session))
        or ask(lambda: check_budget(session))
        or ask(lambda: check_budget_not_behind(session))
    )


def check_releases(session: Session, settings: NodeSettings) -> list[Finding]:
    """Whether the release register is unbroken, complete and readable."""
    return (
        ask(lambda: check_register(session))
        or ask(lambda: check_objects(session, ObjectStore(settings.objects)))
        or ask(lambda: check_kept_head(session, settings))
    )


def check_kept_head(session: Session, settings: NodeSettings) -> None:
    """The head that the coordinator keeps: a node restored from an old backup lacks its last entries."""
    kept = get_fact(session, "register_head")
    if kept is None:
        return
    try:
        head = RegisterHead.model_validate_json(kept)
    except ValueError:
        raise NotTrusted("register.head_forged") from None
    key = FileKey.read(settings.identity_key).public_key
    try:
        check_not_behind(session, head, site=settings.site, key=key)
    except Refused as error:
        raise Refused(error.code, **error.facts) from None
