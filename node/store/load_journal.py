"""Remembers which tables of a draft are finished, so that an interrupted load goes on where it stopped.

The life of a draft:

* It is begun by a load and stands beside the journal, `load.json`, until the switch to it is done.
* A load that is refused, or that fails with a reason, removes both: half a generation helps nobody.
* A load that is cut off (power, kill, Ctrl-C) leaves both. The next load of the same source goes on after
  the last finished table; a load of anything else removes the draft and says that it begins anew.

"The same" means: the same files (size and time; by content where a copy has only a new time), policy, keys
and code. The journal holds names, counts and keyed fingerprints of files, and nothing from a row.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

import analysis_jobs.cohort.cdm_tables
from node.store.durable_files import sync_folder, write_durably
from node.store.feed_file import read_digest
from node.store.identifier_guard import IdentifierPolicy
from node.store.keys import DataKey, StoreKeys
from node.store.load_report import LoadWarning, TableLoad
from node.store.source_places import Member

JOURNAL = "load.json"
Change = Literal["source", "policy", "key", "code"]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Basis(_Kept):
    """Everything that a draft's rows depend on. `files` maps a table to its file's size and identity."""

    files: Mapping[str, tuple[int, str]]
    policy: str
    key: str
    code: str


class DoneTable(_Kept):
    """A finished table: what its load had to tell, and the keyed fingerprint of its file's content."""

    loaded: TableLoad
    remarks: tuple[LoadWarning, ...]
    content: str | None


class Journal(_Kept):
    """The draft's number, what it rests on, and its finished tables."""

    number: int
    basis: Basis
    done: Mapping[str, DoneTable] = {}

    def after(self, table: str, done: DoneTable) -> Journal:
        return self.model_copy(update={"done": {**self.done, table: done}})


def find_journal(root: Path) -> Journal | None:
    """The journal of a store's draft; None where there is none, or none that can be relied on."""
    try:
        return Journal.model_validate_json((root / JOURNAL).read_bytes())
    except (OSError, ValidationError):
        return None


def record_journal(root: Path, journal: Journal) -> None:
    write_durably(root / JOURNAL, journal.model_dump_json(indent=1).encode())


def remove_journal(root: Path) -> None:
    """The draft is the current generation now, or is gone."""
    (root / JOURNAL).unlink(missing_ok=True)
    sync_folder(root)


def make_basis(
    members: Mapping[str, Member], *, kind: str, policy: IdentifierPolicy, keys: StoreKeys
) -> Basis:
    """What a load of these files would rest on."""
    decided = {
        "kind": kind,
        "keep": sorted(policy.keep),
        "drop": sorted(policy.drop),
        "accept": sorted(policy.accept_lookalikes),
        "number": policy.hospital_number,
        "unknown": policy.unknown_person,
    }
    return Basis(
        files={table: (member.size, member.identity) for table, member in members.items()},
        policy=hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest(),
        key=f"{keys.data.key_id} {keys.pseudonym.key_id}",
        code=_code_digest(),
    )


def find_change(
    journal: Journal, basis: Basis, *, members: Mapping[str, Member], key: DataKey
) -> Change | None:
    """What keeps a draft from being continued, or None."""
    before = journal.basis
    if before.code != basis.code:
        return "code"
    if before.key != basis.key:
        return "key"
    if before.policy != basis.policy:
        return "policy"
    if before.files.keys() != basis.files.keys():
        return "source"
    for table, (size, identity) in basis.files.items():
        if before.files[table] == (size, identity):
            continue
        done = journal.done.get(table)
        if done is None or done.content is None or before.files[table][0] != size:
            return "source"
        if fingerprint(read_digest(members[table]), key=key) != done.content:
            return "source"
    return None


def fingerprint(digest: str | None, *, key: DataKey) -> str | None:
    """A file's digest under the data key: that of a small file alone could be guessed from its rows."""
    if digest is None:
        return None
    return hmac.digest(key.secret.reveal(), f"onggi load file v1 {digest}".encode(), "sha256").hex()


def _code_digest() -> str:
    """SHA-256 over this room's sources, the order of rows, and the engine's version."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    sources.append(Path(analysis_jobs.cohort.cdm_tables.__file__))
    return hashlib.sha256(_join(path.read_bytes() for path in sources)).hexdigest()


def _join(sources: Iterable[bytes]) -> bytes:
    each = [hashlib.sha256(source).digest() for source in sources]
    return b"".join([*each, duckdb.__version__.encode()])
