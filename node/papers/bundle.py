"""The bundle for support: one zip of small JSON files, each of a type that can hold no patient's value.

The files are made first and shown; the zip holds exactly these bytes, no comment and no file's real time.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from node.doctor.findings import Examined
from node.logging_guard import describe_fault
from node.papers import bundle_facts as facts
from node.papers.bundle_logs import read_log, tell_fault
from node.papers.bundle_schema import FileName, Manifest, NamedFile
from node.settings import NodeSettings
from node.sources import RandomBytes
from node.state.heartbeat import find_heartbeat
from onggi.spec.base import Frozen

MANIFEST: Final = "manifest.json"
_THEN: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Names and contents, in the order in which they are shown; `content` is the zip."""

    files: tuple[tuple[str, bytes], ...]
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def make_bundle(
    home: Path,
    settings: NodeSettings | None,
    session: Session | None,
    *,
    examine: Callable[[], Iterable[Examined]],
    whole: bool,
    log: Path | None,
    now: datetime,
    random: RandomBytes,
) -> Bundle:
    """Of any node, also one whose settings or state cannot be read: then those files are not there.

    Args:
        examine: asks the doctor; `whole` says whether it looks everywhere.
        log: a file of the node's own log lines.
    """
    mark, lines = facts.marker(random(32)), read_log(log)
    parts: list[tuple[FileName, Callable[[], Frozen]]] = [
        ("versions.json", facts.tell_versions),
        ("doctor.json", lambda: facts.tell_doctor(examine(), whole=whole)),
        ("link.json", lambda: facts.tell_link(find_heartbeat(home, now=now))),
        ("machine.json", lambda: facts.tell_machine(home)),
        ("log.json", lambda: lines),
    ]
    if settings is not None:
        parts += [
            ("settings.json", lambda: facts.tell_settings(settings)),
            ("data.json", lambda: facts.tell_data(session, settings)),
        ]
    if session is not None:
        parts += [
            ("runs.json", lambda: facts.tell_runs(session, mark)),
            ("events.json", lambda: facts.tell_events(session, mark)),
        ]
    made = [(name, _written(_told(tell))) for name, tell in parts]
    named = tuple(
        NamedFile(name=name, digest=f"sha256:{hashlib.sha256(data).hexdigest()}") for name, data in made
    )
    manifest = _written(Manifest(made_at=now, files=named))
    files = ((MANIFEST, manifest), *made)
    return Bundle(files=files, content=_zipped(files))


def _told(tell: Callable[[], Frozen]) -> Frozen:
    """A bundle is made where something is broken: one part that fails says so, and the others stand."""
    try:
        return tell()
    except Exception as fault:  # of any kind: its text could hold a value and is not told
        return tell_fault(describe_fault(fault))


def _written(part: Frozen) -> bytes:
    return part.model_dump_json(indent=1).encode() + b"\n"


def _zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, date_time=_THEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return made.getvalue()
