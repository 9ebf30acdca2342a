"""What the committee drafts and signs at the coordinator: one suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from coordinator.database.work import SignatureRow
from coordinator.states import PermitState, StatementState
from onggi.protocol.dsse import add_signature
from onggi.protocol.keys import FileKey, new_private_pem
from tests.support.coordinator_house import QUORUM, House, permit_fields, unsigned
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house, together
from tests.support.federation_root import key


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


def test_a_permit_comes_into_force_with_its_quorum_and_not_before(house: House) -> None:
    project = house.project()
    view = house.services.statements.draft(
        "project-permit", permit_fields(project), by=house.caller("committee-1")
    )
    view = house.sign(view, by=("committee-1", "committee-2", "committee-3"))
    assert view.state is StatementState.OPEN  # three signatures, none from outside
    assert code_of(lambda: house.services.permits.get(view.id)) == "permit.not_found"
    view = house.sign(view, by=("committee-4",))
    assert view.state is StatementState.COMPLETE
    permit = house.services.permits.get(view.id)
    assert permit.state is PermitState.VALID
    entry = dict(house.services.log.entries(start=permit.log_index, limit=1))[permit.log_index]
    assert entry == permit.envelope.to_json()


def test_the_people_of_a_permit_cannot_sign_it(house: House) -> None:
    project = house.project()
    fields = permit_fields(project, people=["researcher-1", "committee-2"])
    view = house.services.statements.draft("project-permit", fields, by=house.caller("committee-1"))
    assert code_of(lambda: house.sign(view, by=("committee-2",))) == "quorum.own_approval"
    waiting = house.services.statements.statements(after="", limit=9, waiting_for=house.caller("committee-2"))
    assert waiting == []
    waiting = house.services.statements.statements(after="", limit=9, waiting_for=house.caller("committee-1"))
    assert [one.id for one in waiting] == [view.id]


def test_members_of_the_project_cannot_sign_for_it_either(house: House) -> None:
    project = house.project()
    house.services.projects.add_member(project, "committee-3", by="researcher-1")
    view = house.services.statements.draft(
        "project-permit", permit_fields(project), by=house.caller("committee-1")
    )
    assert code_of(lambda: house.sign(view, by=("committee-3",))) == "quorum.own_approval"


def test_a_forged_or_foreign_signature_is_refused(house: House) -> None:
    view = house.services.statements.draft(
        "project-permit", permit_fields(house.project()), by=house.caller("committee-1")
    )
    statements, caller = house.services.statements, house.caller("committee-1")
    stranger = add_signature(view.envelope, key=FileKey.from_pem(new_private_pem()))
    assert code_of(lambda: statements.sign(view.id, stranger, by=caller)) == "statement.no_known_signature"
    checker = add_signature(view.envelope, key=key("checker-1"))
    assert code_of(lambda: statements.sign(view.id, checker, by=caller)) == "statement.no_known_signature"
    good = add_signature(view.envelope, key=key("committee-1"))
    other = good.signatures[0].model_copy(update={"keyid": key("committee-2").public_key.fingerprint})
    forged = good.model_copy(update={"signatures": (other,)})
    assert code_of(lambda: statements.sign(view.id, forged, by=caller)) == "signature.invalid"
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignatureRow)) == 0


def test_an_id_stands_for_one_payload(house: House) -> None:
    project = house.project()
    statements, caller = house.services.statements, house.caller("committee-1")
    first = statements.draft("project-permit", permit_fields(project), by=caller)
    second = statements.draft("project-permit", permit_fields(project, title="Other"), by=caller)
    swapped = add_signature(second.envelope, key=key("committee-1"))
    assert code_of(lambda: statements.sign(first.id, swapped, by=caller)) == "statement.id_reused"


def test_a_statement_signed_elsewhere_is_taken_whole(house: House) -> None:
    project = house.project()
    statements, caller = house.services.statements, house.caller("committee-1")
    view = statements.draft("project-permit", permit_fields(project), by=caller)
    envelope = unsigned(view.envelope)
    for name in QUORUM:
        envelope = add_signature(envelope, key=key(name))
    done = statements.take_signed(envelope, by=caller)
    assert done.state is StatementState.COMPLETE
    assert statements.take_signed(envelope, by=caller) == done


def test_signers_at_the_same_moment_complete_a_statement_once(house: House) -> None:
    view = house.services.statements.draft(
        "project-permit", permit_fields(house.project()), by=house.caller("committee-1")
    )
    size = house.services.log.size()
    together(*[lambda who=who: house.sign(view, by=(who,)) for who in QUORUM])
    assert house.services.statements.get(view.id).state is StatementState.COMPLETE
    assert house.services.log.size() == size + 1
    assert audit_events(house, view.id).count("person:permit:grant") == 1


def test_what_could_never_hold_is_refused_before_anybody_signs(house: House) -> None:
    project, caller = house.project(), house.caller("committee-1")

    def draft(**changes: Any) -> Callable[[], object]:
        fields = permit_fields(project, **changes)
        return lambda: house.services.statements.draft("project-permit", fields, by=caller)

    low = permit_fields(project)["bounds"] | {"minimum_persons": 3}
    few = permit_fields(project)["bounds"] | {"minimum_sites": 1}
    assert code_of(draft(people=["nobody-here"])) == "permit.unknown_person"
    assert code_of(draft(datasets=[{"site": "mars", "dataset": "heart"}])) == "permit.unknown_site"
    assert code_of(draft(bounds=low)) == "permit.below_floor"
    assert code_of(draft(bounds=few)) == "permit.below_floor"
    assert code_of(draft(title="")) == "statement.field"
    assert code_of(draft(expires="2020-01-01T00:00:00Z")) == "statement.field"
    approval = {
        "project": project,
        "permit": "permit-1",
        "spec": "sha256:" + "0" * 64,
        "expires": "2027-01-01T00:00:00Z",
    }
    unknown = lambda: house.services.statements.draft("job-approval", approval, by=caller)  # noqa: E731 - one act
    assert code_of(unknown) == "job.not_found"
