"""Verifies again what stands beside a release, from stored bytes alone, and hands it out as a file."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from analysis_jobs.variables.reads import find_reads
from node.console.access import Visit, Visiting
from node.console.record_pages import Checked
from node.console.release_pages import EntryNumber, as_file, get_release
from node.decisions.judge_papers import Papers, judge_papers
from node.egress.disclosure_report import find_reports
from node.registers.objects import SMALL
from node.registers.releases import check_register
from node.registers.run_papers import find_papers
from node.state.memory import load_roots
from node.state.tables import Release
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.words import public_words
from pages.gate import page_router

router = page_router()


@router.get("/{language}/releases/{entry}/verify", name="console_release_verify_again")
def verify_again(entry: EntryNumber, visit: Visiting) -> Response:
    """The outcome has no address of its own: it was true at one moment."""
    with visit.services.reading() as session:
        get_release(session, entry)
    return RedirectResponse(visit.address("releases", str(entry)), HTTPStatus.SEE_OTHER)


@router.post("/{language}/releases/{entry}/verify", name="console_release_verify")
def verify(entry: EntryNumber, visit: Visiting) -> HTMLResponse:
    """Recomputes digests, signatures and proofs offline and says the outcome. Changes nothing."""
    services = visit.services
    with services.reading() as session:
        release = get_release(session, entry)
        checked = [
            _check(visit, "register", lambda: check_register(session)[0]),
            _check(visit, "content", lambda: len(services.objects.get(session, release.object_digest))),
            _check(visit, "papers", lambda: _check_papers(visit, session, release)),
            _check(visit, "judged", lambda: _check_reports(visit, session, release)),
        ]
    return visit.answer("console/release_verified.html", entry=entry, checked=checked, at=services.clock())


def _check_papers(visit: Visit, session: Session, release: Release) -> int:
    """How many signatures the statements carry, once all of them hold."""
    papers = _get_papers(visit, session, release)
    roots = load_roots(session, fingerprint=visit.services.settings.root_fingerprint)
    judged = judge_papers(papers, roots, reads=find_reads(papers.spec))
    if judged.order.run != release.run or judged.spec_digest != release.spec_digest:
        raise NotTrusted("order.other_spec")
    return sum(len(each.envelope.signatures) for each in (papers.permit, *papers.approvals))


def _get_papers(visit: Visit, session: Session, release: Release) -> Papers:
    found = find_papers(session, visit.services.objects, release.run)
    if found is None:
        raise Refused("papers.not_kept")
    return found[1]


def _check_reports(visit: Visit, session: Session, release: Release) -> int:
    return len(find_reports(session, visit.services.objects, run=release.run, ordinal=release.ordinal))


def _check(visit: Visit, part: str, check: Callable[[], int]) -> Checked:
    try:
        return Checked(part=part, number=check())
    except OnggiError as error:
        return Checked(part=part, wrong=public_words(error, visit.language))


@router.get("/{language}/releases/{entry}/evidence", name="console_release_evidence")
def evidence(entry: EntryNumber, visit: Visiting) -> Response:
    """One JSON file for another verifier: entry, papers, roots, reports and, if small, the bytes."""
    services = visit.services
    with services.reading() as session:
        release = get_release(session, entry)
        found = find_papers(session, services.objects, release.run)
        reports = find_reports(session, services.objects, run=release.run, ordinal=release.ordinal)
        content = services.objects.get(session, release.object_digest)
        told: dict[str, object] = {
            "release": {column.key: getattr(release, column.key) for column in Release.__table__.columns},
            "content_base64": base64.b64encode(content).decode() if len(content) <= SMALL else None,
            "papers": None if found is None else found[1],
            "papers_digest": None if found is None else found[0],
            "reports": [{"digest": digest, "report": report} for digest, report in reports],
            **_roots(visit, session),
        }
    # Through the canonical form: whoever hashes the papers in it gets the digest beside them.
    whole = json.loads(canonical_json(told))
    assert found is None or digest_of(whole["papers"]) == found[0], "papers are kept in canonical form"
    text = json.dumps(whole, ensure_ascii=False, indent=1).encode()
    return as_file(text, f"release-{entry}-evidence.json")


def _roots(visit: Visit, session: Session) -> dict[str, object]:
    pinned = visit.services.settings.pinned_root
    if pinned is None:
        return {"root_fingerprint": None, "roots": []}
    return {
        "root_fingerprint": pinned,
        "roots": list(load_roots(session, fingerprint=pinned).envelopes),
    }
