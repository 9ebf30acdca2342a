"""Gathers what a bundle for support tells of a node, each fact as a type that can hold no patient."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import platform
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.datasets import Datasets
from node.decisions.run_states import RunState
from node.doctor.findings import Examined
from node.papers import bundle_schema as schema
from node.papers.bundle_words import (
    CDM_TABLES,
    PACKAGES,
    Version,
    band,
    gib_band,
    is_known_code,
    is_plausible,
    millisecond_band,
    second_band,
)
from node.registers.audit import NodeEvent
from node.settings import NodeSettings
from node.state.heartbeat import Heartbeat
from node.state.tables import AuditEvent, Base, Run
from node.store.generations import Store
from onggi import __version__
from onggi.errors import OnggiError
from onggi.protocol.canonical import digest_of
from onggi.spec.job import JobSpec

LATEST_RUNS: Final = 200
LATEST_EVENTS: Final = 500
_VERSION: Final[TypeAdapter[str]] = TypeAdapter(Version)
_USUAL_USERS: Final = NodeSettings.model_fields["sandbox_uids"].default
_USUAL_MINIMUM: Final = 10
_STATES: Final = frozenset(RunState)
_TAGS: Final = frozenset(NodeEvent)
_GIVEN: Final = re.compile(r"(MemTotal|MemAvailable):\s+(\d+) kB")
Marker = Callable[[str], str]


def marker(key: bytes) -> Marker:
    """Names as marks: equal names have equal marks, and without the key no mark leads back."""
    return lambda name: f"m-{hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:12]}"


def tell_versions() -> schema.Versions:
    machine = platform.machine()
    return schema.Versions(
        onggi=_version(__version__),
        python=_version(platform.python_version()),
        sqlite=_version(sqlite3.sqlite_version),
        kernel=_version(platform.release().split("-")[0]),
        machine=machine if machine in ("x86_64", "aarch64") else "other",
        packages=tuple(
            schema.PackageVersion(package=each, version=_installed(each)) for each in sorted(PACKAGES)
        ),
    )


def _installed(package: str) -> str | None:
    try:
        return _version(version(package))
    except PackageNotFoundError:
        return None


def _version(text: str) -> str | None:
    try:
        return _VERSION.validate_python(text)
    except ValidationError:
        return None


def tell_settings(settings: NodeSettings) -> schema.Settings:
    """Field by field: a setting that is new is in no bundle before somebody decided how it may be told."""
    policy, identifiers = settings.policy, settings.identifiers
    engine = (settings.state_url or "sqlite").split(":")[0].split("+")[0]
    return schema.Settings(
        key_provider=settings.key_provider,
        state=engine if engine in ("sqlite", "postgresql") else "other",
        memory_limit_gib=gib_band(settings.memory_limit_mib * 2**20),
        warm_workers=band(settings.warm_workers),
        usual_sandbox_users=settings.sandbox_uids == _USUAL_USERS,
        has_proxy=settings.proxy is not None,
        has_enrol_port=settings.enrol_port is not None,
        has_authority=settings.authority is not None,
        has_root=settings.pinned_root is not None,
        has_log=settings.trusted_log is not None,
        consent=policy.consent,
        consent_by_kind=band(len(policy.consent_by_kind)),
        consent_by_project=band(len(policy.consent_by_project)),
        masked=policy.masked,
        release=tuple(
            schema.ReleasePolicy(result=result, rule=rule) for result, rule in sorted(policy.release.items())
        ),
        minimum_raised=policy.minimum_persons > _USUAL_MINIMUM,
        columns_kept=band(len(identifiers.keep)),
        columns_dropped=band(len(identifiers.drop)),
        lookalikes_accepted=band(len(identifiers.accept_lookalikes)),
        has_hospital_number=identifiers.hospital_number is not None,
        unknown_person=identifiers.unknown_person,
    )


def tell_doctor(examined: Iterable[Examined], *, whole: bool) -> schema.Doctor:
    """Codes alone: a finding's facts name paths, addresses and the hospital."""
    return schema.Doctor(
        whole=whole,
        groups=tuple(
            schema.ExaminedGroup(
                group=each.group,
                well=each.well,
                skipped=each.skipped,
                found=tuple(
                    schema.FoundCode(code=one.code, blocks=one.blocks)
                    for one in each.findings
                    if is_known_code(one.code)
                ),
            )
            for each in examined
        ),
    )


def tell_link(beat: Heartbeat | None) -> schema.Link:
    if beat is None:
        return schema.Link(
            running=False,
            connected=False,
            last_error=None,
            round_trip_ms=None,
            clock_difference_s=None,
            attempts="0",
        )
    trip, clock = _number(beat.round_trip_s), _number(beat.clock_difference_s)
    return schema.Link(
        running=True,
        connected=beat.connected_since is not None,
        last_error=_code(beat.last_error),
        round_trip_ms=None if trip is None else millisecond_band(trip),
        clock_difference_s=None if clock is None else second_band(clock),
        attempts=band(_number(beat.attempts) or 0),
    )


def _number(value: object) -> float | None:
    """The heartbeat is a file: what stands in it need not be what a node wrote."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def tell_machine(home: Path) -> schema.Machine:
    disk = memory = None
    with suppress(OSError):
        disk = shutil.disk_usage(home)
    with suppress(OSError):
        memory = dict(_GIVEN.findall(Path("/proc/meminfo").read_text(encoding="ascii", errors="replace")))
    told = memory or {}
    total, free = told.get("MemTotal"), told.get("MemAvailable")
    return schema.Machine(
        disk_gib=gib_band(disk.total) if disk else None,
        disk_free_gib=gib_band(disk.free) if disk else None,
        memory_gib=gib_band(int(total) * 1024) if total else None,
        memory_free_gib=gib_band(int(free) * 1024) if free else None,
        processors=band(os.cpu_count() or 0),
    )


def tell_data(session: Session | None, settings: NodeSettings) -> schema.Data:
    """Numbers of rows in bands: of the state as counted, of data sets as their manifests say."""
    from node.postgres.source import find_in_place  # late, like every engine

    in_place = False
    with suppress(OnggiError):
        in_place = find_in_place(settings.home, dataset=settings.dataset) is not None
    stores: list[Store] = []
    with suppress(OnggiError):
        stores = list(Datasets(settings).stores().values())
    rows: list[schema.StateRows] = []
    if session is not None:
        for name, table in sorted(Base.metadata.tables.items()):
            count = session.scalar(select(func.count()).select_from(table)) or 0
            rows.append(schema.StateRows(table=name, rows=band(count)))
    told = [each for each in map(_dataset, stores) if each is not None]
    return schema.Data(in_place=in_place, state=tuple(rows), datasets=tuple(told))


def _dataset(store: Store) -> schema.Dataset | None:
    try:
        current = store.find_current()
    except OnggiError:
        return None
    if current is None:
        return None
    manifest = current.manifest
    return schema.Dataset(
        cdm_version=manifest.source_cdm_version if manifest.source_cdm_version in ("5.3", "5.4") else "other",
        generation=band(current.number),
        loaded_at=_moment(manifest.loaded_at),
        synthetic=manifest.synthetic,
        tables=tuple(
            schema.CdmRows(table=name, rows=band(count))
            for name, count in sorted(manifest.tables.items())
            if name in CDM_TABLES
        ),
    )


def tell_runs(session: Session, mark: Marker) -> schema.Runs:
    asked = select(Run).order_by(Run.received_at.desc(), Run.run.desc()).limit(LATEST_RUNS)
    return schema.Runs(
        runs=tuple(
            schema.RunLine(
                run=mark(row.run),
                state=RunState(row.state) if row.state in _STATES else None,
                code=_code(row.code),
                since=_moment(row.state_since),
                spec=_digest(row.spec),
            )
            for row in session.scalars(asked)
        )
    )


def _digest(text: str) -> str | None:
    """Computed here: what a column holds could be anything of the same length."""
    try:
        return digest_of(JobSpec.model_validate_json(text))
    except (ValidationError, OnggiError):
        return None


def tell_events(session: Session, mark: Marker) -> schema.Events:
    asked = select(AuditEvent).order_by(AuditEvent.number.desc()).limit(LATEST_EVENTS)
    rows = list(session.scalars(asked))
    known = [row for row in rows if row.event in _TAGS]
    return schema.Events(
        events=tuple(_event(row, mark) for row in known), unknown=band(len(rows) - len(known))
    )


def _event(row: AuditEvent, mark: Marker) -> schema.EventLine:
    try:
        facts = json.loads(row.facts)
    except ValueError:
        facts = None
    told = facts if isinstance(facts, dict) else {}
    size = _number(told.get("bytes"))
    return schema.EventLine(
        at=_moment(row.at),
        event=NodeEvent(row.event),
        about=mark(row.about),
        code=_code(told.get("code")),
        bytes=None if size is None else band(size),
    )


def _code(text: object) -> str | None:
    return str(text) if is_known_code(text) else None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and is_plausible(found) else None
