"""Records of messages on objects, and of the committee's second looks at exports. Both only ever grow."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class ThreadMessageRow(Base):
    """One message on one object. `side`: as what its author wrote; `answers`: the message it answers."""

    __tablename__ = "thread_messages"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    thing: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(80))
    author: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    side: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20))
    audience: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    answers: Mapped[str | None] = mapped_column(ForeignKey("thread_messages.id"), index=True)

    __table_args__ = (Index("ix_thread_messages_thing_subject", "thing", "subject"),)


class SampleOpinionRow(Base):
    """What one committee member thinks of one decided export."""

    __tablename__ = "sample_opinions"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    opinion: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    given: Mapped[datetime]

    __table_args__ = (UniqueConstraint("job", "account", name="uq_sample_opinions_job_account"),)
