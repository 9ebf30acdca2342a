"""What is known of one version of a dataset beside its rows, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetVersion:
    """Names and numbers alone: nothing in it comes from a patient's row.

    `digest` is ``sha256:`` and the hash of what tells this version from others; `left_out` are the columns,
    written ``table.column``, that the hospital's policy keeps out of its own store.
    """

    number: int
    digest: str
    cdm_version: str
    vocabulary_version: str | None
    synthetic: bool = False
    left_out: frozenset[str] = frozenset()
