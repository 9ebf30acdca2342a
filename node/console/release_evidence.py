"""What stands beside a release: what its run stood on, and how the disclosure rules judged its answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.console.access import Visit
from node.decisions.judge_papers import Papers, ToldPapers, roots_until, tell_papers
from node.egress.disclosure_report import DisclosureReport, find_reports
from node.registers.run_papers import find_papers
from node.state.memory import load_roots
from node.state.tables import Release, Revoked
from onggi.errors import OnggiError
from onggi.words import public_words


@dataclass(frozen=True, slots=True, kw_only=True)
class PapersShown:
    """The papers of a run as a page shows them; all empty where none were kept.

    Args:
        damaged: why they cannot be read, in words.
        withdrawn: whether the permit or the job was withdrawn since.
    """

    digest: str | None = None
    papers: Papers | None = None
    told: ToldPapers | None = None
    damaged: str | None = None
    withdrawn: bool = False
    expired: bool = False


def papers_of(visit: Visit, session: Session, run: str) -> PapersShown:
    """The papers of a run, told and not verified again."""
    services = visit.services
    try:
        found = find_papers(session, services.objects, run)
        if found is None:
            return PapersShown()
        digest, papers = found
        roots = load_roots(session, fingerprint=services.settings.root_fingerprint)
        told = tell_papers(papers, roots_until(roots, version=papers.root_version).latest)
    except OnggiError as error:
        return PapersShown(damaged=" ".join(public_words(error, visit.language)))
    return PapersShown(
        digest=digest,
        papers=papers,
        told=told,
        withdrawn=_is_withdrawn(session, papers, told),
        expired=_has_expired(told, now=services.clock()),
    )


def _is_withdrawn(session: Session, papers: Papers, told: ToldPapers) -> bool:
    named = {papers.spec.permit, *(each.predicate.id for each in told.statements)}
    named |= {each.predicate.spec for each in told.statements if hasattr(each.predicate, "spec")}
    return session.scalar(select(Revoked.target).where(Revoked.target.in_(named)).limit(1)) is not None


def _has_expired(told: ToldPapers, *, now: datetime) -> bool:
    return any(now >= each.predicate.expires for each in told.statements)


def reports_of(visit: Visit, session: Session, release: Release) -> tuple[list[DisclosureReport], str | None]:
    """The reports of an answer, or why they cannot be read."""
    try:
        found = find_reports(session, visit.services.objects, run=release.run, ordinal=release.ordinal)
    except OnggiError as error:
        return [], " ".join(public_words(error, visit.language))
    return [report for _, report in found], None
