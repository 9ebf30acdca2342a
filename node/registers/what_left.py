"""Reads again what left, as its receiver reads it: names, shapes and numbers."""

from __future__ import annotations

import io

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.registers.objects import ObjectStore
from node.state.tables import HeldReply, Judgement, PolicyVersion, Release, RunPapers
from onggi.errors import NotTrusted, Refused


def read_numbers(content: bytes) -> list[dict[str, object]]:
    """Every array of a clear reply. Raises Refused(``register.object_unreadable``)."""
    from flwr.app import ArrayRecord

    from analysis_jobs.runner import flower_adapter

    try:
        records = flower_adapter.records_from_bytes(content)
        return [
            _numbers(f"{record}.{name}", array.data)
            for record, held in sorted(records.items())
            if isinstance(held, ArrayRecord)
            for name, array in held.items()
        ]
    except (ValueError, OSError, EOFError, TypeError, KeyError, Refused, NotTrusted):
        raise Refused("register.object_unreadable") from None


def _numbers(name: str, data: bytes) -> dict[str, object]:
    array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return {
        "name": name,
        "shape": "x".join(map(str, array.shape)) or "1",
        "values": [float(value) for value in array.ravel()],
    }


def check_objects(session: Session, objects: ObjectStore) -> int:
    """How many different contents lie behind the books, each read and hashed.

    What left, what is held, the papers of the runs, the reports of what was judged, and every policy.

    Raises:
        Refused: ``register.object_damaged`` at the first that is gone or altered.
    """
    digests = {
        *session.scalars(select(Release.object_digest)),
        *session.scalars(select(HeldReply.object_digest)),
        *session.scalars(select(RunPapers.object_digest)),
        *session.scalars(select(Judgement.object_digest)),
        *session.scalars(select(PolicyVersion.digest)),
        *session.scalars(select(PolicyVersion.previous)),
    }
    for digest in sorted(digests):
        objects.get(session, digest)
    return len(digests)
