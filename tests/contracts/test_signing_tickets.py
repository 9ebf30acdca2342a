"""A ticket hands one paper to the page where its signer signs, and takes that one signature back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coordinator.committee.signing_tickets import LIFE
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope, add_signature, read_payload
from onggi.protocol.papers import read_whole_paper
from tests.support.coordinator_house import House, furnished_house, house_root, permit_fields
from tests.support.federation_root import key


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


def draft(house: House) -> str:
    fields = permit_fields(house.project())
    return house.services.statements.draft("project-permit", fields, by=house.caller("committee-1")).id


def fetched(house: House, ticket: str) -> dict[str, Any]:
    answer = house.web.get(f"/v1/signing/{ticket}")
    assert answer.status_code == 200
    return dict(answer.json())


def code_of(answer: Any) -> str:
    return str(answer.json()["code"])


def hand_in(house: House, ticket: str, envelope: Envelope) -> Any:
    return house.web.post(
        f"/v1/signing/{ticket}",
        content=envelope.to_json(),
        headers={"content-type": "application/json"},
    )


def test_a_statement_goes_out_unsigned_and_comes_back_with_one_signature(house: House) -> None:
    statement = draft(house)
    house.sign(house.services.statements.get(statement), by=["committee-2"])
    ticket = house.services.signing_tickets.for_statement(statement, by=house.caller("committee-4"))
    told = fetched(house, ticket)
    envelope = Envelope.model_validate(told["envelope"])
    assert envelope.signatures == (), "whose signatures are there concerns nobody else"
    payload: Any = read_payload(envelope)
    named = {digest_of(review) for review in told["named"]}
    assert named == {grant["review"] for grant in payload["predicate"]["datasets"]}, (
        "the reviews that the permit names"
    )
    answer = hand_in(house, ticket, add_signature(envelope, key=key("committee-4")))
    assert answer.json() == {"what": "statement", "subject": statement}
    assert house.services.statements.get(statement).signed_by == ("committee-2", "committee-4")
    again = hand_in(house, ticket, add_signature(envelope, key=key("committee-4")))
    assert again.status_code == 200, "the same again changes nothing"
    assert house.services.statements.get(statement).signed_by == ("committee-2", "committee-4")


def test_an_approval_comes_with_its_job_and_a_vote_with_its_result(house: House) -> None:
    project = house.project()
    permit = house.permit(project, bounds=None)
    job = house.submit(project, permit)
    approval = house.services.statements.draft(
        "job-approval",
        {
            "project": project,
            "permit": permit,
            "spec": job.digest,
            "expires": permit_fields(project)["expires"],
        },
        by=house.caller("committee-1"),
    )
    tickets = house.services.signing_tickets
    told = tickets.read(tickets.for_statement(approval.id, by=house.caller("committee-2")))
    paper = read_whole_paper(told.envelope, root=house_root(), named=told.named)
    assert paper.attached is not None
    assert job.spec.title in paper.attached

    held = house.held(project, house.permit(project))
    ballot = tickets.for_ballot(held.id, "refuse", reason="too small", by=house.caller("checker-1"))
    told = tickets.read(ballot)
    paper = read_whole_paper(told.envelope, root=house_root(), named=told.named)
    assert paper.role == "output_checker"
    assert paper.attached is not None
    assert "too_few_persons" in paper.attached
    answer = hand_in(house, ballot, add_signature(told.envelope, key=key("checker-1")))
    assert answer.json() == {"what": "ballot", "subject": held.id}
    view = house.services.exports.view(held.id, caller=house.caller("checker-1"))
    assert view.own_vote == "refuse"


def test_another_job_or_result_beside_the_paper_is_noticed(house: House) -> None:
    project = house.project()
    permit = house.permit(project, bounds=None)
    first, other = house.submit(project, permit), house.submit(project, permit, title="Another")
    fields = {"project": project, "permit": permit, "spec": first.digest}
    approval = house.services.statements.draft(
        "job-approval",
        {**fields, "expires": permit_fields(project)["expires"]},
        by=house.caller("committee-1"),
    )
    shown = other.spec.model_dump(mode="json")
    with pytest.raises(NotTrusted) as noticed:
        read_whole_paper(approval.envelope, root=house_root(), named=shown)
    assert noticed.value.code == "client.rendering_differs"
    with pytest.raises(Refused) as refused:
        read_whole_paper(approval.envelope, root=house_root(), named=None)
    assert refused.value.code == "client.spec_not_shown"


def test_a_ticket_is_for_one_paper_of_one_person_for_some_minutes(house: House) -> None:
    statement, other = draft(house), draft(house)
    tickets = house.services.signing_tickets
    ticket = tickets.for_statement(statement, by=house.caller("committee-2"))
    foreign = house.services.statements.get(other).envelope
    answer = hand_in(house, ticket, add_signature(foreign, key=key("committee-2")))
    assert (answer.status_code, code_of(answer)) == (422, "signing.other_paper")
    assert house.services.statements.get(other).signed_by == ()
    for unknown in (ticket[:-1] + "x", "x" * 43):
        assert code_of(house.web.get(f"/v1/signing/{unknown}")) == "signing.ticket_unknown"
    house.clock.forward(seconds=LIFE.total_seconds())
    assert code_of(house.web.get(f"/v1/signing/{ticket}")) == "signing.ticket_unknown"
    envelope = house.services.statements.get(statement).envelope
    late = hand_in(house, ticket, add_signature(envelope, key=key("committee-2")))
    assert code_of(late) == "signing.ticket_unknown"
    assert house.services.statements.get(statement).signed_by == ()


def test_a_ticket_of_a_closed_account_is_worth_nothing(house: House) -> None:
    statement = draft(house)
    ticket = house.services.signing_tickets.for_statement(statement, by=house.caller("committee-2"))
    envelope = house.services.statements.get(statement).envelope
    house.services.accounts.close("committee-2", by="operator-1")
    late = hand_in(house, ticket, add_signature(envelope, key=key("committee-2")))
    assert code_of(late) == "signing.ticket_unknown"


def test_a_vote_through_another_persons_ticket_does_not_count(house: House) -> None:
    project = house.project()
    held = house.held(project, house.permit(project))
    tickets = house.services.signing_tickets
    ticket = tickets.for_ballot(held.id, "approve", reason=None, by=house.caller("checker-1"))
    told = tickets.read(ticket)
    answer = hand_in(house, ticket, add_signature(told.envelope, key=key("checker-2")))
    assert code_of(answer) == "export.not_own_signature"
    assert house.services.exports.view(held.id, caller=house.caller("checker-1")).own_vote is None


def test_the_secret_is_not_kept(house: House) -> None:
    statement = draft(house)
    ticket = house.services.signing_tickets.for_statement(statement, by=house.caller("committee-2"))
    with house.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM signing_tickets").fetchall()
        trail = connection.exec_driver_sql("SELECT facts FROM audit_events").fetchall()
    assert len(rows) == 1
    assert ticket not in str(rows) + str(trail)
