"""What a node must remember through any crash: orders, runs, replies, what left, and what was promised.

* A change and its audit event are written in one transaction (`node.registers.audit`).
* A row here is the truth; nothing in memory is needed to go on after `kill -9`.
* No column holds a patient's value: replies are aggregates, and their bytes lie by digest on disk. Who was
  in a released set is sealed with the data key.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of a node's state."""


def table_of(kind: type[Base]) -> Table:
    """The plain table: what is written with every reply is written without the cost of mapped objects."""
    return cast(Table, kind.__table__)


class Fact(Base):
    """A single remembered value, e.g. the last seen log view or whether the hospital paused the node."""

    __tablename__ = "facts"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String)


class RootVersion(Base):
    """Every version of the federation root this node verified, from the pinned one on."""

    __tablename__ = "root_versions"
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    envelope: Mapped[str] = mapped_column(String)


class SeenStatement(Base):
    """Ids are unique for ever: the same id with other content is a replay."""

    __tablename__ = "seen_statements"
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    payload_digest: Mapped[str] = mapped_column(String(71))


class Revoked(Base):
    """Permits and jobs withdrawn by a committee member."""

    __tablename__ = "revoked"
    target: Mapped[str] = mapped_column(String(80), primary_key=True)
    envelope: Mapped[str] = mapped_column(String)


class ReplacedPermit(Base):
    """Permits in whose place another one came: nothing new starts under them."""

    __tablename__ = "replaced_permits"
    permit: Mapped[str] = mapped_column(String(80), primary_key=True)
    by: Mapped[str] = mapped_column(String(80))


class PermitJob(Base):
    """Which jobs ran inside a permit's bounds: the count that `maximum_jobs` limits."""

    __tablename__ = "permit_jobs"
    permit: Mapped[str] = mapped_column(String(80), primary_key=True)
    spec_digest: Mapped[str] = mapped_column(String(71), primary_key=True)
    accepted_at: Mapped[str] = mapped_column(String(20))


class Question(Base):
    """Over which hospitals a question's inputs were summed. They are never summed over another set."""

    __tablename__ = "questions"
    digest: Mapped[str] = mapped_column(String(71), primary_key=True)
    generation: Mapped[int] = mapped_column(Integer, primary_key=True)
    participants: Mapped[str] = mapped_column(String)


class Run(Base):
    """One order's execution here."""

    __tablename__ = "runs"
    run: Mapped[str] = mapped_column(String(80), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(80), unique=True)
    spec_digest: Mapped[str] = mapped_column(String(71))
    spec: Mapped[str] = mapped_column(String)
    permit: Mapped[str] = mapped_column(String)
    """The permit's predicate as JSON: what was verified when the order was accepted."""
    state: Mapped[str] = mapped_column(String(32))
    state_since: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(80))
    generation: Mapped[int | None] = mapped_column(Integer)
    workspace_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The run's workspace key wrapped by the node's key-encryption key; gone after destruction."""
    workspace_digest: Mapped[str | None] = mapped_column(String(71))
    """What lay in the workspace when the run ended: written before the first byte of it is removed."""
    workspace_bytes: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[str] = mapped_column(String(20), index=True)


class RunPapers(Base):
    """What was verified when an order was taken: statements, places in the log, and the witnessed head."""

    __tablename__ = "run_papers"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    verified_at: Mapped[str] = mapped_column(String(20))
    object_digest: Mapped[str] = mapped_column(String(71))


class RunStop(Base):
    """The hospital wants this one run to end; the running node ends it at its next look, or at its start."""

    __tablename__ = "run_stops"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    at: Mapped[str] = mapped_column(String(20))


class ToldRefusal(Base):
    """An answer that was refused because it would tell of few persons; the first of a run."""

    __tablename__ = "told_refusals"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    project: Mapped[str] = mapped_column(String(80), index=True)
    question: Mapped[str] = mapped_column(String(90))
    """What was asked on which data: the job's digest and the data generation."""
    code: Mapped[str] = mapped_column(String(80))
    at: Mapped[str] = mapped_column(String(20))


class Reply(Base):
    """The stored reply to one ordinal: sent again byte for byte, never computed twice."""

    __tablename__ = "replies"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True)
    message_digest: Mapped[str] = mapped_column(String(71))
    object_digest: Mapped[str] = mapped_column(String(71))
    release: Mapped[int] = mapped_column(ForeignKey("releases.entry"))


class BegunExchange(Base):
    """A masked exchange this node once began. Its secrets lived in memory: it is never begun again."""

    __tablename__ = "begun_exchanges"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True)


class RevealedSum(Base):
    """The survivor set for which this node revealed unmasking shares: one per sum, for ever."""

    __tablename__ = "revealed_sums"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True)
    which: Mapped[str] = mapped_column(String(16), primary_key=True)
    survivors: Mapped[str] = mapped_column(String)


class PooledSum(Base):
    """The verified pooled sum of an ordinal: from these the node derives the next parameters itself."""

    __tablename__ = "pooled_sums"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True)
    arrays: Mapped[bytes] = mapped_column(LargeBinary)
    sites: Mapped[str] = mapped_column(String)


class Release(Base):
    """The release register: everything that ever left, in order, chained."""

    __tablename__ = "releases"
    entry: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(String(20))
    run: Mapped[str] = mapped_column(String(80))
    ordinal: Mapped[int] = mapped_column(Integer)
    spec_digest: Mapped[str] = mapped_column(String(71))
    project: Mapped[str] = mapped_column(String(80))
    what: Mapped[str] = mapped_column(String(32))
    """`masked_sum`, `aggregate`: what kind of thing left."""
    result: Mapped[str] = mapped_column(String(32))
    bytes: Mapped[int] = mapped_column(Integer)
    object_digest: Mapped[str] = mapped_column(String(71))
    decision: Mapped[str] = mapped_column(String(16))
    """`sent`, `held`, `approved`, `refused`."""
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


_SPENDING = "what IN ('reserved', 'charged', 'returned')"


class KnownPersons(Base):
    """Persons by their permanent positions, as they became known: ids in a row, sealed with the data key."""

    __tablename__ = "known_persons"
    first: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The position of the first of them."""
    persons: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ReleasedPersons(Base):
    """Sets of persons whom released numbers describe, sealed; in order, chained, never changed."""

    __tablename__ = "released_persons"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(16))
    """`told`, `claimed`: a set, or a number given in place of one. `superseded`, `opened`, `dropped`: what
    became of the claims of an answer; such a row has no set."""
    run: Mapped[str] = mapped_column(String(80), index=True)
    ordinal: Mapped[int] = mapped_column(Integer)
    """Of the answer: a run describes most sets with its first one."""
    definition: Mapped[str] = mapped_column(String(64))
    meaning: Mapped[str | None] = mapped_column(String)
    """What the definition says of columns, as JSON; none where it is known to its own question alone."""
    sites: Mapped[str] = mapped_column(String)
    """The hospitals over which the numbers were summed, as JSON; empty where this one answered in clear."""
    small_beside: Mapped[bool] = mapped_column(Boolean)
    """Whether another one of them may have few of the persons: this one's number would show how few."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Who is in the set, sealed. Of `opened`: definitions of which another hospital has few, where known."""
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class BudgetEntry(Base):
    """The register of privacy budgets: ceilings, reservations, charges; in order, chained, never changed."""

    __tablename__ = "budget"
    entry: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(16))
    """`ceiling`, `assigned`, `joined`, `reserved`, `charged`, `returned`."""
    population: Mapped[str] = mapped_column(String(63), index=True)
    about: Mapped[str] = mapped_column(String(80), index=True)
    """The run; of `assigned` the data set, of `joined` the population that was joined to this one."""
    ordinal: Mapped[int] = mapped_column(Integer)
    dataset: Mapped[str] = mapped_column(String(63))
    project: Mapped[str] = mapped_column(String(80))
    permit: Mapped[str] = mapped_column(String(80))
    spec_digest: Mapped[str] = mapped_column(String(71))
    content: Mapped[str] = mapped_column(String)
    """The loss or the ceiling as canonical JSON (`privacy.budgets`)."""
    by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200))
    """Of a decision of the hospital: why, as the person who took it wrote."""
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (
        # Second to the register's own lock: no answer is reserved, charged or given back twice.
        Index(
            "ix_budget_once",
            "about",
            "ordinal",
            "what",
            unique=True,
            sqlite_where=text(_SPENDING),
            postgresql_where=text(_SPENDING),
        ),
    )


class Judgement(Base):
    """How the disclosure rules judged one answer: verdicts, thresholds and numbers of cells, no value."""

    __tablename__ = "judgements"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run: Mapped[str] = mapped_column(String(80), index=True)
    ordinal: Mapped[int] = mapped_column(Integer)
    at: Mapped[str] = mapped_column(String(20))
    object_digest: Mapped[str] = mapped_column(String(71))


class PolicyVersion(Base):
    """The hospital's policy since it was first changed here; a version's text is the object of its digest."""

    __tablename__ = "policies"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(String(20))
    by: Mapped[str | None] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(71))
    previous: Mapped[str] = mapped_column(String(71))
    in_file: Mapped[str] = mapped_column(String(71))
    """Digest of the settings file's policy at that time: another one there was written by hand since."""


class StoredObject(Base):
    """Small payloads by digest: in the transaction that names them, without a file of their own."""

    __tablename__ = "objects"
    digest: Mapped[str] = mapped_column(String(71), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class HeldReply(Base):
    """A reply that waits for the hospital's own decision before it may leave."""

    __tablename__ = "held_replies"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"))
    ordinal: Mapped[int] = mapped_column(Integer)
    since: Mapped[str] = mapped_column(String(20))
    object_digest: Mapped[str] = mapped_column(String(71))
    message_digest: Mapped[str] = mapped_column(String(71))
    decision: Mapped[str | None] = mapped_column(String(16))
    __table_args__ = (UniqueConstraint("run", "ordinal"),)


class Outgoing(Base):
    """A parcel on its way to the coordinator; the row goes when the coordinator acknowledged it."""

    __tablename__ = "outgoing"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    about: Mapped[str] = mapped_column(String(80))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """The body's header; the payload, where there is one, is the object of this digest."""
    object_digest: Mapped[str | None] = mapped_column(String(71))


class DeletionRecord(Base):
    """The signed statement that a run's workspace and its key are gone."""

    __tablename__ = "deletions"
    run: Mapped[str] = mapped_column(ForeignKey("runs.run"), primary_key=True)
    envelope: Mapped[str] = mapped_column(String)


class AuditEvent(Base):
    """What happened, in a closed vocabulary, each event chained to the one before."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(String(20))
    event: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(120), index=True)
    facts: Mapped[str] = mapped_column(String)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class WrittenLetter(Base):
    """A week's signed letter as it was written (`node.papers.weekly_letter`)."""

    __tablename__ = "letters"
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[str] = mapped_column(String(20))
    envelope: Mapped[str] = mapped_column(String)


class ConsoleAccount(Base):
    """A person of this hospital who may open the console. A closed name is never given again."""

    __tablename__ = "console_accounts"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    created: Mapped[str] = mapped_column(String(20))
    closed: Mapped[str | None] = mapped_column(String(20))


class ConsoleSession(Base):
    """One sign-in at the console, known by the hash of its secret alone."""

    __tablename__ = "console_sessions"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("console_accounts.name"), index=True)
    created: Mapped[str] = mapped_column(String(20))
    last_used: Mapped[str] = mapped_column(String(20))
    ended: Mapped[str | None] = mapped_column(String(20))


class ConsoleLoginWindow(Base):
    """How often a name was tried since the window opened; the name as typed is kept as its hash alone."""

    __tablename__ = "console_login_windows"
    name_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    opened: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer)
