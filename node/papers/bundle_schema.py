"""Everything that a bundle for support may hold, by type: what has no field here cannot be in it.

A field is a word of a closed vocabulary, a band, a version, a moment, a digest that this node computes, or a
mark. There is no field for a text: nothing that a person, a database or the other side wrote fits anywhere.
"""

from __future__ import annotations

from typing import Literal

from node.decisions.run_states import RunState
from node.decisions.site_policy import Consent, ReleaseRule
from node.doctor.findings import Group
from node.papers.bundle_words import (
    Band,
    CdmTable,
    Code,
    ErrorKind,
    GibBand,
    Logger,
    Mark,
    MillisecondBand,
    Moment,
    Package,
    Place,
    SecondBand,
    StateTable,
    Version,
)
from node.registers.audit import NodeEvent
from onggi.spec.base import Digest, Frozen
from onggi.spec.job import ResultType


class PackageVersion(Frozen):
    """A library that matters for a fault; None: not installed, or a version of an unusual form."""

    package: Package
    version: Version | None


class Versions(Frozen):
    """`versions.json`."""

    onggi: Version | None
    python: Version | None
    sqlite: Version | None
    kernel: Version | None
    machine: Literal["x86_64", "aarch64", "other"]
    packages: tuple[PackageVersion, ...]


class ReleasePolicy(Frozen):
    """What the hospital decided about one type of result."""

    result: ResultType
    rule: ReleaseRule


class Settings(Frozen):
    """`settings.json`: of a name, an address, a path or a secret only whether one is given."""

    key_provider: Literal["file", "passphrase", "systemd"]
    state: Literal["sqlite", "postgresql", "other"]
    memory_limit_gib: GibBand
    warm_workers: Band
    usual_sandbox_users: bool
    has_proxy: bool
    has_enrol_port: bool
    has_authority: bool
    has_root: bool
    has_log: bool
    consent: Consent
    consent_by_kind: Band
    consent_by_project: Band
    masked: ReleaseRule
    release: tuple[ReleasePolicy, ...]
    minimum_raised: bool
    columns_kept: Band
    columns_dropped: Band
    lookalikes_accepted: Band
    has_hospital_number: bool
    unknown_person: Literal["drop", "refuse"]


class FoundCode(Frozen):
    """Something that the doctor found."""

    code: Code
    blocks: bool


class ExaminedGroup(Frozen):
    """One part of the node as the doctor found it."""

    group: Group
    well: bool
    skipped: bool
    found: tuple[FoundCode, ...]


class Doctor(Frozen):
    """`doctor.json`. `whole`: with keys, store, sandbox and link; the console examines the rest alone."""

    whole: bool
    groups: tuple[ExaminedGroup, ...]


class Link(Frozen):
    """`link.json`: the running node's last sign of life."""

    running: bool
    connected: bool
    last_error: Code | None
    round_trip_ms: MillisecondBand | None
    clock_difference_s: SecondBand | None
    attempts: Band


class Machine(Frozen):
    """`machine.json`."""

    disk_gib: GibBand | None
    disk_free_gib: GibBand | None
    memory_gib: GibBand | None
    memory_free_gib: GibBand | None
    processors: Band


class StateRows(Frozen):
    """How many rows a table of the node's state has."""

    table: StateTable
    rows: Band


class CdmRows(Frozen):
    """How many rows a table of a data set has."""

    table: CdmTable
    rows: Band


class Dataset(Frozen):
    """One data set, without its name."""

    cdm_version: Literal["5.3", "5.4", "other"]
    generation: Band
    loaded_at: Moment | None
    synthetic: bool
    tables: tuple[CdmRows, ...]


class Data(Frozen):
    """`data.json`."""

    in_place: bool
    state: tuple[StateRows, ...]
    datasets: tuple[Dataset, ...]


class RunLine(Frozen):
    """One run; `spec` is computed from its specification."""

    run: Mark
    state: RunState | None
    code: Code | None
    since: Moment | None
    spec: Digest | None


class Runs(Frozen):
    """`runs.json`: the latest runs."""

    runs: tuple[RunLine, ...]


class EventLine(Frozen):
    """One event of the audit log: its tag of the closed vocabulary, and what it is about as a mark."""

    at: Moment | None
    event: NodeEvent
    about: Mark
    code: Code | None
    bytes: Band | None


class Events(Frozen):
    """`events.json`: the latest events."""

    events: tuple[EventLine, ...]
    unknown: Band
    """Events of no known tag."""


class LogLine(Frozen):
    """What a guarded log line tells that is ours: no sentence, only codes, kinds and lines of our sources."""

    at: Moment | None
    level: Literal["debug", "info", "warning", "error", "critical"]
    logger: Logger
    codes: tuple[Code, ...]
    error: ErrorKind | None
    place: Place | None


class Log(Frozen):
    """`log.json`."""

    given: bool
    lines: tuple[LogLine, ...]
    unreadable: Band


class Failed(Frozen):
    """In place of any file: it could not be made. The fault's kind, code and our own line, never its text."""

    failed: ErrorKind
    code: Code | None
    place: Place | None


FileName = Literal[
    "versions.json",
    "settings.json",
    "doctor.json",
    "link.json",
    "machine.json",
    "data.json",
    "runs.json",
    "events.json",
    "log.json",
]


class NamedFile(Frozen):
    """One file of the bundle."""

    name: FileName
    digest: Digest


class Manifest(Frozen):
    """`manifest.json`."""

    format: Literal["onggi-diagnostics-1"] = "onggi-diagnostics-1"
    made_at: Moment
    files: tuple[NamedFile, ...]
