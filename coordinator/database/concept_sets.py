"""Records of named concept sets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.database.base import Base

PUBLIC = "public"
"""Stands for the project of a set that everybody may read. Projects have chance names, never this one."""


class ConceptSetRow(Base):
    """One version of one set. Rows are added and never changed."""

    __tablename__ = "concept_sets"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    owner: Mapped[str] = mapped_column(String(63), index=True)
    name: Mapped[str] = mapped_column(String(63))
    version: Mapped[int] = mapped_column(Integer)
    items: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(71))
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created: Mapped[datetime]

    __table_args__ = (UniqueConstraint("owner", "name", "version", name="uq_concept_sets_version"),)
