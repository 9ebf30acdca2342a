"""Keeps what each order stood on, as verified: permit, approvals, places in the log, the witnessed head."""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from node.decisions.judge_order import Judged
from node.decisions.judge_papers import Papers
from node.registers.objects import ObjectStore
from node.state.tables import RunPapers
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.protocol.orders import OrderBundle
from onggi.spec.base import as_instant


def make_papers(bundle: OrderBundle, judged: Judged, *, now: datetime) -> Papers:
    """The papers of an order that was judged well."""
    return Papers(
        verified_at=now.replace(microsecond=0),
        root_version=judged.root.version,
        log_origin=judged.log.origin,
        site=judged.order.site,
        basis=judged.basis,
        order=bundle.order,
        spec=bundle.spec,
        permit=bundle.permit,
        approvals=bundle.approvals if judged.basis == "approval" else (),
        checkpoint=bundle.checkpoint,
    )


def record_papers(session: Session, objects: ObjectStore, papers: Papers, *, run: str) -> str:
    """Writes them in the session's transaction, beside the run; returns their digest."""
    digest = objects.put(session, canonical_json(papers))
    session.add(RunPapers(run=run, verified_at=as_instant(papers.verified_at), object_digest=digest))
    session.flush()
    return digest


def find_papers(session: Session, objects: ObjectStore, run: str) -> tuple[str, Papers] | None:
    """(digest, papers) of a run, or None for runs taken before papers were kept.

    Raises:
        Refused: ``register.object_damaged`` where they are gone, altered or no papers.
    """
    row = session.get(RunPapers, run)
    if row is None:
        return None
    try:
        return row.object_digest, Papers.model_validate_json(objects.get(session, row.object_digest))
    except ValidationError:
        raise Refused("register.object_damaged", digest=row.object_digest) from None
