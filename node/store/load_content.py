"""Says what a load is of: a whole CDM, or a vocabulary that several data sets share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from node.store.cdm_tables import REQUIRED_TABLES, VOCABULARY_TABLES, Table, get_cdm_tables

# A hospital's own map from its codes stays with its data; all the others are published.
SHARED_TABLES = VOCABULARY_TABLES - {"source_to_concept_map"}


@dataclass(frozen=True, slots=True)
class Content:
    """The tables that a load may bring and those that it must."""

    kind: Literal["cdm", "vocabulary"]
    tables: Mapping[str, Table]
    required: tuple[str, ...]


def cdm_content() -> Content:
    """Patients' data, with a vocabulary of its own or without."""
    return Content("cdm", get_cdm_tables(), REQUIRED_TABLES)


def vocabulary_content() -> Content:
    """The published vocabulary alone."""
    tables = {name: table for name, table in get_cdm_tables().items() if name in SHARED_TABLES}
    return Content("vocabulary", MappingProxyType(tables), ("concept", "vocabulary"))


def brings_vocabulary(tables: Collection[str]) -> bool:
    """Whether a source has a vocabulary of its own; then the shared one is none of its business."""
    return not SHARED_TABLES.isdisjoint(tables)
