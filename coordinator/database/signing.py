"""Records of signing tickets: what one person may fetch and hand in from a page that is not ours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class SigningTicketRow(Base):
    """One paper for one signer, for some minutes; its secret is known only by its SHA-256."""

    __tablename__ = "signing_tickets"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(80))
    envelope: Mapped[str] = mapped_column(Text)
    expires: Mapped[datetime] = mapped_column(index=True)
    used: Mapped[datetime | None]
