"""What an order stood on is kept with the run, verifies again offline, and cannot be altered unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from analysis_jobs.variables.reads import find_reads
from node.decisions.judge_papers import Papers, judge_papers, tell_papers
from node.decisions.site_policy import SitePolicy
from node.registers.run_papers import find_papers
from node.registers.what_left import check_objects
from node.state.memory import load_roots, save_roots
from node.state.tables import AuditEvent, Outgoing, Run, RunPapers, StoredObject
from onggi.errors import OnggiError, Refused
from onggi.protocol.parcels import ParcelKind
from onggi.protocol.rendering import render_statement
from onggi.protocol.statements import JobApproval
from tests.support.federation_root import COMMITTEE
from tests.support.lone_node import close_nodes
from tests.support.rogue_orders import House, make_house

RUN = "run-0001"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make_house(tmp_path, policy=SitePolicy(consent="ask"))
    yield made
    asyncio.run(close_nodes([made.node]))


def _approved(house: House) -> Papers:
    asyncio.run(house.beyond_bounds())
    return _papers(house)


def _papers(house: House) -> Papers:
    services = house.node.services
    with services.sessions() as session:
        found = find_papers(session, services.objects, RUN)
    assert found is not None
    return found[1]


def _again(house: House, papers: Papers) -> str | None:
    """The code with which papers are refused, or None."""
    with house.node.services.sessions() as session:
        roots = load_roots(session, fingerprint=house.node.services.settings.root_fingerprint)
    try:
        judge_papers(papers, roots, reads=find_reads(papers.spec))
    except OnggiError as error:
        return error.code
    return None


def test_the_papers_of_an_approved_job_tell_who_signed_and_verify_again(house: House) -> None:
    papers = _approved(house)
    assert (papers.basis, papers.root_version, len(papers.approvals)) == ("approval", 1, 1)
    assert _again(house, papers) is None
    told = tell_papers(papers, house.honest.root)
    permit, approval = told.statements
    assert {each.id for each in permit.signers} == set(COMMITTEE[2:5])
    assert {each.id for each in approval.signers} == set(COMMITTEE[2:5])
    assert isinstance(approval.predicate, JobApproval)
    assert approval.text == render_statement(approval.predicate)
    assert (permit.index, approval.index, told.log_size) == (2, 3, 4)
    assert told.witnesses == ("budapest hospital", "zurich hospital")


def test_the_papers_of_a_job_within_bounds_hold_no_vote_of_its_own(house: House) -> None:
    asyncio.run(house.order())
    papers = _papers(house)
    assert (papers.basis, papers.approvals) == ("bounds", ())
    assert _again(house, papers) is None


def test_papers_are_named_in_the_audit_event_and_read_again_with_the_books(house: House) -> None:
    _approved(house)
    services = house.node.services
    with services.sessions() as session:
        digest = session.get_one(RunPapers, RUN).object_digest
        told = session.scalars(select(AuditEvent.facts).where(AuditEvent.event == "node:order:ask")).one()
        assert f'"papers":"{digest}"' in told
        assert check_objects(session, services.objects) == 1
    with services.sessions.begin() as session:
        session.get_one(StoredObject, digest).content += b" "
    with services.sessions() as session, pytest.raises(Refused) as refused:
        find_papers(session, services.objects, RUN)
    assert refused.value.code == "register.object_damaged"


def test_a_declined_order_leaves_no_papers(house: House) -> None:
    asyncio.run(house.order(permit=house.honest.permit(by=COMMITTEE[2:4])))
    assert list(house.node.states.values()) == ["declined"]
    with house.node.services.sessions() as session:
        assert session.scalar(select(func.count()).select_from(RunPapers)) == 0


def test_run_and_papers_are_written_together_or_not_at_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Refused("node.disk_full")

    monkeypatch.setattr(house.node.services.outbox, "record", full)
    asyncio.run(house.order())
    with house.node.services.sessions() as session:
        for table in (Run, RunPapers, StoredObject, Outgoing):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    monkeypatch.undo()
    asyncio.run(house.order())
    assert list(house.node.states.values()) == ["asked"]


def test_a_repeated_order_keeps_its_papers_once(house: House) -> None:
    async def story() -> None:
        bundle = await house.order()
        await house.show(bundle)

    asyncio.run(story())
    assert house.node.events.count("node:order:ask") == 1
    assert _again(house, _papers(house)) is None


def test_papers_hold_by_the_root_of_their_time_after_it_was_changed(house: House) -> None:
    papers = _approved(house)
    services = house.node.services
    keep = [member.model_dump(mode="json") for member in house.honest.root.members]
    # The next root lets one more member decide: by its rule the old papers would not suffice.
    rule = house.honest.root.committee_rule.model_dump(mode="json") | {"threshold": 4}
    following = house.honest.next_root(members=keep, committee_rule=rule)
    with services.sessions.begin() as session:
        roots = load_roots(session, fingerprint=services.settings.root_fingerprint)
        save_roots(session, roots.advance(following))
    assert _again(house, papers) is None
    assert _again(house, papers.model_copy(update={"root_version": 2})) == "quorum.too_few"
    assert _again(house, papers.model_copy(update={"root_version": 3})) == "root.version_skipped"


def _permit(papers: Papers, **changes: Any) -> dict[str, Any]:
    return {"permit": papers.permit.model_copy(update=changes)}


def _fewer(papers: Papers) -> dict[str, Any]:
    envelope = papers.permit.envelope
    return _permit(papers, envelope=envelope.model_copy(update={"signatures": envelope.signatures[:2]}))


ALTERED: dict[str, tuple[str, Callable[[House, Papers], dict[str, Any]]]] = {
    "a signature less": ("quorum.too_few", lambda _, papers: _fewer(papers)),
    "another purpose": (
        "signature.invalid",
        lambda house, papers: _permit(
            papers, envelope=house.rogue.altered(papers.permit.envelope, purpose="something else")
        ),
    ),
    "another place in the log": ("log.not_included", lambda _, papers: _permit(papers, index=1)),
    "no proof": ("log.not_included", lambda _, papers: _permit(papers, proof=())),
    "no vote": ("bounds.minimum_sites", lambda _, papers: {"approvals": ()}),
    "another job": (
        "order.other_spec",
        lambda _, papers: {"spec": papers.spec.model_copy(update={"title": "Another question"})},
    ),
    "a head that nobody witnessed": (
        "log.too_few_witnesses",
        lambda house, papers: {
            "checkpoint": house.rogue.log.signed(by=(), at=house.clock()).render().decode()
        },
    ),
    "verified long after": (
        "log.stale",
        lambda _, papers: {"verified_at": papers.verified_at + timedelta(days=2)},
    ),
    "another hospital's": ("order.other_site", lambda _, papers: {"site": "zurich"}),
    "another log": ("root.unknown_log", lambda _, papers: {"log_origin": "elsewhere.example/log"}),
}


@pytest.mark.parametrize("name", ALTERED)
def test_papers_that_were_altered_do_not_verify(house: House, name: str) -> None:
    code, alter = ALTERED[name]
    papers = _approved(house)
    assert _again(house, papers.model_copy(update=alter(house, papers))) == code


def test_nothing_of_the_papers_travels_to_the_coordinator(house: House) -> None:
    _approved(house)
    assert {one.kind for one in house.node.sent} == {ParcelKind.DECISION}
    assert all(b"envelope" not in bytes(one.body) for one in house.node.sent)
