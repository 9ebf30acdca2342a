"""Records of the dataset cards that hospitals gave."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base


class DatasetCardRow(Base):
    """The present card of one dataset of one hospital; `card` is its file, or names where that lies."""

    __tablename__ = "dataset_cards"

    site: Mapped[str] = mapped_column(String(63), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(63), primary_key=True)
    digest: Mapped[str] = mapped_column(String(71))
    persons: Mapped[str | None] = mapped_column(String(40))
    """The band of persons that the card tells; empty for a card taken before it was kept here."""
    card: Mapped[bytes] = mapped_column(LargeBinary)
    added: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(80))
