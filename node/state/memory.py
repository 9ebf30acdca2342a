"""Reads and writes what a node remembers between orders: roots, log view, seen statements, pauses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from node.decisions.judge_order import Judged, Memory, question_digest
from node.settings import NodeSettings
from node.state.tables import (
    Fact,
    PermitJob,
    Question,
    ReplacedPermit,
    Revoked,
    RootVersion,
    SeenStatement,
    table_of,
)
from onggi.protocol.dsse import Envelope
from onggi.protocol.log_view import LogView
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.spec.base import as_instant
from onggi.spec.ids import SiteId
from onggi.spec.job import CodeDigests, JobSpec

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_FACTS = table_of(Fact)
_FIND_FACT = select(_FACTS.c.value).where(_FACTS.c.name == bindparam("wanted"))


def get_fact(session: Session, name: str) -> str | None:
    return session.scalar(_FIND_FACT, {"wanted": name})


def set_fact(session: Session, name: str, value: str) -> None:
    changed = session.execute(_FACTS.update().where(_FACTS.c.name == name).values(value=value))
    if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result counts its rows
        session.execute(_FACTS.insert().values(name=name, value=value))


def is_paused(session: Session) -> bool:
    return get_fact(session, "paused") == "yes"


def load_roots(session: Session, *, fingerprint: str) -> TrustedRoots:
    """The verified chain of roots, each step checked from the pinned fingerprint on."""
    stored = session.scalars(select(RootVersion.envelope).order_by(RootVersion.version)).all()
    return _verify_chain(tuple(stored), fingerprint)


@lru_cache(maxsize=4)
def _verify_chain(envelopes: tuple[str, ...], fingerprint: str) -> TrustedRoots:
    """Kept by the very text: one order asks seven times, and a text altered since is checked anew."""
    stored = {"envelopes": [json.loads(envelope) for envelope in envelopes]}
    return TrustedRoots.from_json(json.dumps(stored).encode(), fingerprint=fingerprint)


def save_roots(session: Session, roots: TrustedRoots) -> bool:
    """Stores versions not stored yet; True when there were any."""
    known = set(session.scalars(select(RootVersion.version)))
    new = [
        RootVersion(version=root.version, envelope=envelope.to_json().decode())
        for root, envelope in zip(roots.roots, roots.envelopes, strict=True)
        if root.version not in known
    ]
    session.add_all(new)
    session.flush()
    return bool(new)


def load_log(session: Session, *, origin: str) -> LogView:
    text = get_fact(session, "log_view")
    if text is None:
        return LogView(origin=origin)
    value = json.loads(text)
    return LogView(origin=value["origin"], size=value["size"], root=bytes.fromhex(value["root"]))


def save_log(session: Session, view: LogView) -> None:
    value = {"origin": view.origin, "size": view.size, "root": view.root.hex()}
    set_fact(session, "log_view", json.dumps(value))


def latest_time(session: Session) -> datetime:
    """The latest moment ever recorded here."""
    text = get_fact(session, "latest_time")
    return datetime.fromisoformat(text) if text else _EPOCH


def note_time(session: Session, now: datetime) -> None:
    """Remembers the moment, to the second: most notes of a busy second change nothing."""
    if now.replace(microsecond=0) > latest_time(session):
        set_fact(session, "latest_time", as_instant(now))


def remember_statements(session: Session, statements: Mapping[str, str]) -> None:
    for name, digest in statements.items():
        if session.get(SeenStatement, name) is None:
            session.add(SeenStatement(id=name, payload_digest=digest))
    session.flush()


def load_memory(
    session: Session,
    settings: NodeSettings,
    spec: JobSpec,
    *,
    code: CodeDigests,
    datasets: Iterable[str],
    generation: int,
    ids: Iterable[str],
    micro_epsilon_before: int,
) -> Memory:
    """What `judge_order` needs to know about this order.

    Args:
        datasets: names of the data sets that this node holds.
        generation: of the data set that the order asks, or 0 where this node does not hold it.
        ids: the statement ids that the order mentions.
        micro_epsilon_before: what runs within the bounds of the order's permit hold of its privacy budget.
    """
    seen = session.scalars(select(SeenStatement).where(SeenStatement.id.in_(list(ids))))
    question = session.get(Question, (question_digest(spec), generation))
    jobs = session.scalars(select(PermitJob.spec_digest).where(PermitJob.permit == spec.permit))
    return Memory(
        site=SiteId(settings.site),
        datasets=frozenset(datasets),
        roots=load_roots(session, fingerprint=settings.root_fingerprint),
        log=load_log(session, origin=settings.log_origin),
        code=code,
        seen={row.id: row.payload_digest for row in seen},
        revoked=frozenset(session.scalars(select(Revoked.target))),
        replaced=frozenset(session.scalars(select(ReplacedPermit.permit))),
        jobs_before={spec.permit: frozenset(jobs)},
        micro_epsilon_before={spec.permit: micro_epsilon_before},
        question_participants=tuple(json.loads(question.participants)) if question else None,
        latest_time=latest_time(session),
        paused=is_paused(session),
    )


def remember_judged(session: Session, judged: Judged, *, generation: int, now: datetime) -> None:
    """Everything learned from an accepted order, in the session's transaction."""
    save_roots(session, judged.roots)
    save_log(session, judged.log)
    note_time(session, now)
    remember_statements(session, judged.statements)
    old = judged.permit.replaces
    if old is not None and session.get(ReplacedPermit, old) is None:
        session.add(ReplacedPermit(permit=old, by=judged.permit.id))
    key = (judged.permit.id, judged.spec_digest)
    if judged.basis == "bounds" and session.get(PermitJob, key) is None:
        session.add(PermitJob(permit=key[0], spec_digest=key[1], accepted_at=as_instant(now)))
    if judged.spec.privacy.masked:
        asked = (question_digest(judged.spec), generation)
        if session.get(Question, asked) is None:
            participants = json.dumps(list(judged.spec.participants))
            session.add(Question(digest=asked[0], generation=asked[1], participants=participants))
    session.flush()


def envelope_from(text: str) -> Envelope:
    return Envelope.from_json(text.encode())
