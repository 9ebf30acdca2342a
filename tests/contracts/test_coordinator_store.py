"""One suite for the coordinator's records, run on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select, text, update

from coordinator.accounts.roles import Scope
from coordinator.accounts.tokens import digest_of_secret
from coordinator.audit.trail import Head, check_chain, find_head, record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.base import Base
from coordinator.database.ledger import AuditRow, LogLeafRow
from coordinator.database.migrate import check_migrated, migrate
from coordinator.database.people import TokenRow
from coordinator.database.work import ExportVoteRow, JobRow, SignatureRow
from coordinator.hospitals.certificate_store import StoredCertificates
from coordinator.link.authority import TokenRecord
from coordinator.states import JobState, PermitState, StatementState
from coordinator.transparency.verify_log import check_log
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.checkpoint import cosign_checkpoint, verify_checkpoint
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.keys import FileKey, new_private_pem
from onggi.protocol.merkle import is_consistent, is_included, leaf_hash
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from tests.support.coordinator_house import (
    CODE,
    PASSWORD,
    QUORUM,
    House,
    furnished_house,
    house_root,
    house_spec,
    make_result,
    permit_fields,
    unsigned,
    verdict,
)
from tests.support.federation_root import NOW, ORIGIN, SITES, key


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    built = furnished_house(tmp_path, backend=request.param)
    yield built
    with built.database.reading() as session:
        check_chain(session)  # whatever a test did, the trail must be whole
    check_log(built.database, origin=ORIGIN, log_key=key("log").public_key)
    built.database.close()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(OnggiError) as caught:
        act()
    return caught.value.code


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Runs acts at the same moment; a refusal is returned instead of raised."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except OnggiError as error:
            return error.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def audit_events(house: House, subject: str) -> list[str]:
    with house.database.reading() as session:
        wanted = select(AuditRow.event).where(AuditRow.subject == subject).order_by(AuditRow.seq)
        return list(session.scalars(wanted))


# records


def test_the_migrated_form_is_the_declared_form(house: House) -> None:
    migrate(house.database)
    check_migrated(house.database)
    with house.database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_an_older_form_is_named(house: House) -> None:
    with house.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert code_of(lambda: check_migrated(house.database)) == "coordinator.not_migrated"


def test_a_change_that_fails_leaves_nothing_behind(house: House) -> None:
    with house.database.reading() as session:
        before = find_head(session)

    def fail() -> None:
        with house.database.writing() as session:
            audit = Audit(event=AuditEvent.ACCOUNT_CLOSED, actor="x", subject="y")
            record_event(session, audit, at=NOW)
            raise Refused("account.not_found")

    assert code_of(fail) == "account.not_found"
    with house.database.reading() as session:
        assert find_head(session) == before


# audit


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody"},
        {"facts": "{}"},
        {"event": "person:account:close"},
        {"subject": "x"},
        {"prev_hash": "1" * 64},
    ],
)
def test_a_changed_audit_entry_is_noticed(house: House, change: dict[str, str]) -> None:
    with house.database.reading() as session:
        kept = session.get_one(AuditRow, 3)
        original = {name: getattr(kept, name) for name in change}
    with house.database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.seq == 3).values(**change))
    with house.database.reading() as session, pytest.raises(NotTrusted) as caught:
        check_chain(session)
    assert caught.value.facts["seq"] == 3
    with house.database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.seq == 3).values(**original))


def test_a_missing_and_a_cut_audit_entry_are_noticed(house: House) -> None:
    with house.database.writing() as session:
        head = find_head(session)
        last = session.get_one(AuditRow, head.seq)
        kept = {column.name: getattr(last, column.name) for column in AuditRow.__table__.columns}
        session.delete(last)
    with house.database.reading() as session:
        check_chain(session)  # a sound chain, only shorter
        assert code_of(lambda: check_chain(session, expected_head=head)) == "trail.cut_short"
    with house.database.writing() as session:
        session.add(AuditRow(**kept))
    with house.database.reading() as session:
        assert check_chain(session, expected_head=head) == head
        assert check_chain(session, expected_head=Head(0, "0" * 64)) == head


def test_audit_entries_of_many_writers_form_one_chain(house: House) -> None:
    def act(number: int) -> None:
        with house.database.writing() as session:
            audit = Audit(event=AuditEvent.TOKEN_REVOKED, actor=f"writer-{number}", subject="s")
            record_event(session, audit, at=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(40)))
    with house.database.reading() as session:
        check_chain(session)
        written = session.scalar(select(func.count()).where(AuditRow.subject == "s"))
    assert written == 40


# accounts


def test_login_gives_a_token_that_ends(house: House) -> None:
    issued = house.services.login.login("researcher-1", PASSWORD)
    found = house.services.tokens.find_caller(issued.secret)
    assert found is not None
    assert found.account == "researcher-1"
    house.clock.forward(hours=9)
    assert house.services.tokens.find_caller(issued.secret) is None


def test_only_the_hash_of_a_token_is_kept(house: House) -> None:
    issued = house.services.login.login("researcher-1", PASSWORD)
    with house.database.reading() as session:
        rows = session.scalars(select(TokenRow)).all()
        kept = " ".join(str(getattr(row, c.name)) for row in rows for c in TokenRow.__table__.columns)
    assert issued.secret not in kept
    assert digest_of_secret(issued.secret) in kept


def test_the_sixth_guess_is_not_even_looked_at(house: House) -> None:
    login = house.services.login
    for _ in range(5):
        assert code_of(lambda: login.login("researcher-1", "wrong password")) == "login.refused"
    assert code_of(lambda: login.login("researcher-1", PASSWORD)) == "login.too_many_attempts"
    assert login.login("researcher-2", PASSWORD).secret
    house.clock.forward(minutes=16)
    assert login.login("researcher-1", PASSWORD).secret


def test_guesses_made_at_the_same_time_count_one_by_one(house: House) -> None:
    guess = lambda: house.services.login.login("researcher-1", "wrong password")  # noqa: E731 - eight equal acts
    answers = together(*[guess] * 8)
    assert sorted(answers) == ["login.refused"] * 5 + ["login.too_many_attempts"] * 3


def test_an_unknown_name_is_refused_like_a_wrong_password(house: House) -> None:
    login = house.services.login
    codes = [code_of(lambda: login.login("nobody-here", PASSWORD)) for _ in range(6)]
    assert codes == ["login.refused"] * 5 + ["login.too_many_attempts"]


def test_closing_an_account_ends_its_tokens(house: House) -> None:
    token = house.tokens["researcher-2"]
    house.services.accounts.close("researcher-2", by="operator-1")
    assert house.services.tokens.find_caller(token) is None
    assert code_of(lambda: house.services.login.login("researcher-2", PASSWORD)) == "login.refused"


def test_changing_the_password_needs_the_old_one_and_ends_sessions(house: House) -> None:
    login, token = house.services.login, house.tokens["researcher-1"]
    new = "another long password"
    assert code_of(lambda: login.change_password("researcher-1", old="wrong", new=new)) == "login.refused"
    assert house.services.tokens.find_caller(token) is not None
    login.change_password("researcher-1", old=PASSWORD, new=new)
    assert house.services.tokens.find_caller(token) is None
    assert login.login("researcher-1", new).secret


def test_a_revoked_token_opens_nothing(house: House) -> None:
    issued = house.services.tokens.issue(
        "researcher-1", kind="api", scopes={Scope.READ}, label="x", life=timedelta(days=1), by="researcher-1"
    )
    house.services.tokens.revoke(issued.id, by="researcher-1")
    assert house.services.tokens.find_caller(issued.secret) is None


# log


def test_every_entry_is_proved_in_every_head(house: House) -> None:
    log = house.services.log
    heads = []
    for number in range(9):
        envelope = Envelope(payload="", signatures=()) if number < 0 else _some_envelope(number)
        audit = Audit(event=AuditEvent.LOG_APPENDED, actor="x", subject=f"entry-{number}")
        assert log.append(envelope, audit=audit) == number + 1  # the root stands at 0
        heads.append(log.publish_checkpoint().checkpoint)
    entries = dict(log.entries(start=0, limit=100))
    for head in heads:
        for index in range(head.size):
            proof = log.inclusion(index, head.size)
            assert is_included(
                leaf_hash(entries[index]), index=index, size=head.size, proof=proof, root=head.root
            )
    for old in heads:
        for new in heads[heads.index(old) :]:
            proof = log.consistency(old.size, new.size)
            assert is_consistent(old.size, new=new.size, old_root=old.root, new_root=new.root, proof=proof)
    assert code_of(lambda: log.inclusion(11, 11)) == "log.no_such_entry"
    assert code_of(lambda: log.consistency(3, 99)) == "log.no_such_entry"


def _some_envelope(number: int) -> Envelope:
    return Envelope.model_validate(
        {"payload": "AAAA" * (number + 1), "payloadType": "application/vnd.in-toto+json"}
    )


def test_the_same_entry_gets_the_same_place(house: House) -> None:
    log = house.services.log
    audit = Audit(event=AuditEvent.LOG_APPENDED, actor="x", subject="e")
    places = together(*[lambda: log.append(_some_envelope(1), audit=audit)] * 4)
    assert set(places) == {1}
    assert log.size() == 2
    assert log.find_index(_some_envelope(1)) == 1


def test_a_head_counts_when_enough_hospitals_cosigned_and_while_it_is_fresh(house: House) -> None:
    log, root = house.services.log, house_root()
    signed = log.publish_checkpoint()
    assert code_of(log.latest_cosigned) == "log.no_cosigned_checkpoint"
    for site in SITES[:2]:
        log.add_cosignature(_line(signed, site, house), size=signed.checkpoint.size)
    found = log.latest_cosigned()
    verified = verify_checkpoint(
        found, origin=ORIGIN, log_key=key("log").public_key, witnesses=root.witnesses(), quorum=2
    )
    assert {seen.name for seen in verified.witnessed} == set(SITES[:2])
    house.clock.forward(hours=25)
    assert code_of(log.latest_cosigned) == "log.no_cosigned_checkpoint"
    again = log.publish_checkpoint()
    for site in SITES[1:3]:
        log.add_cosignature(_line(again, site, house), size=again.checkpoint.size)
    assert log.latest_cosigned().checkpoint == signed.checkpoint


def _line(signed: Any, site: str, house: House) -> str:
    cosigned = cosign_checkpoint(signed, name=site, key=key(site), at=house.clock())
    return cosigned.render().decode().rstrip("\n").split("\n")[-1]


def test_a_strangers_line_is_no_cosignature(house: House) -> None:
    log = house.services.log
    signed = log.publish_checkpoint()
    forged = cosign_checkpoint(
        signed, name="cleveland", key=FileKey.from_pem(new_private_pem()), at=house.clock()
    )
    line = forged.render().decode().rstrip("\n").split("\n")[-1]
    size = signed.checkpoint.size
    assert code_of(lambda: log.add_cosignature(line, size=size)) == "log.cosignature_unknown"
    good = _line(signed, "cleveland", house)
    assert code_of(lambda: log.add_cosignature(good, size=size + 7)) == "log.no_such_entry"
    assert code_of(lambda: log.add_cosignature(f"{good}\n{good}", size=size)) == "log.cosignature_unknown"
    assert code_of(lambda: log.add_cosignature("— x y", size=size)) == "log.checkpoint_malformed"


def test_a_changed_log_entry_is_noticed(house: House) -> None:
    house.services.log.publish_checkpoint()
    with house.database.writing() as session:
        kept = session.get_one(LogLeafRow, 0).entry
        session.execute(update(LogLeafRow).values(entry=kept + b" "))
    public = key("log").public_key
    assert code_of(lambda: check_log(house.database, origin=ORIGIN, log_key=public)) == "log.forked"
    with house.database.writing() as session:
        session.execute(update(LogLeafRow).values(entry=kept))


# committee acts


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


# jobs


def test_a_job_inside_the_bounds_is_ready_at_once(house: House) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project))
    assert job.state is JobState.READY
    assert job.within_bounds
    assert audit_events(house, job.id) == ["person:job:submit", "coordinator:job:admit"]


def test_a_job_below_the_federations_floors_is_refused_at_once(house: House) -> None:
    """No vote could help it: every node refuses it, whoever approved it."""
    project = house.project()
    permit = house.permit(project)

    def submit(**changes: Any) -> Callable[[], object]:
        return lambda: house.submit(project, permit, **changes)

    assert code_of(submit(privacy={"minimum_persons": 9})) == "floor.minimum_persons"
    assert code_of(submit(minimum_sites=2)) == "floor.minimum_hospitals"


def test_a_job_outside_waits_for_the_committee(house: House) -> None:
    project = house.project()
    permit = house.permit(project, bounds=permit_fields(project)["bounds"] | {"minimum_persons": 20})
    job = house.submit(project, permit)
    assert (job.state, job.outside) == (JobState.WAITING_FOR_APPROVAL, "bounds.minimum_persons")
    fields = {"project": project, "permit": permit, "spec": job.digest, "expires": "2027-01-01T00:00:00Z"}
    view = house.services.statements.draft("job-approval", fields, by=house.caller("committee-5"))
    house.sign(view, by=QUORUM)
    assert house.services.jobs.get(job.id).state is JobState.READY
    (approval,) = house.services.jobs.approvals_of(job.id)
    assert (
        approval.envelope.to_json()
        == dict(house.services.log.entries(start=approval.log_index, limit=1))[approval.log_index]
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"permit": "permit-none"}, "permit.not_found"),
        ({"dataset": "lungs"}, "permit.dataset_not_granted"),
        ({"expires": "2026-11-01T00:00:00Z"}, "job.too_late"),
        ({"code": CODE.model_copy(update={"source": "sha256:" + "9" * 64}).model_dump()}, "job.other_code"),
    ],
)
def test_a_job_that_breaks_a_rule_is_not_kept(house: House, changes: dict[str, Any], code: str) -> None:
    project = house.project()
    permit = house.permit(project)
    broken = JobSpec.model_validate(house_spec(project, permit).model_dump(mode="json") | changes)
    caller = house.caller("researcher-1")
    assert code_of(lambda: house.services.submitter.submit(broken, by=caller)) == code
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JobRow)) == 0


def test_only_people_of_project_and_permit_submit(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    assert code_of(lambda: house.submit(project, permit, by="researcher-2")) == "project.not_found"
    house.services.projects.add_member(project, "researcher-2", by="researcher-1")
    assert code_of(lambda: house.submit(project, permit, by="researcher-2")) == "permit.not_among_its_people"


def test_the_same_spec_again_is_the_same_job(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    spec = house_spec(project, permit)
    submit = lambda: house.services.submitter.submit(spec, by=house.caller("researcher-1"))  # noqa: E731 - six equal acts
    made = together(*[submit] * 6)
    assert len({one.job.id for one in made}) == 1
    assert sum(one.is_new for one in made) == 1
    assert audit_events(house, made[0].job.id).count("person:job:submit") == 1


def test_the_last_job_of_the_bounds_is_given_out_once(house: House) -> None:
    project = house.project()
    bounds = permit_fields(project)["bounds"] | {"maximum_jobs": 1}
    permit = house.permit(project, bounds=bounds)
    jobs = together(*[lambda n=n: house.submit(project, permit, seed=n) for n in range(4)])
    assert sorted(job.state for job in jobs) == [JobState.READY] + [JobState.WAITING_FOR_APPROVAL] * 3


def test_cancelling_twice_is_once_and_too_late_is_refused(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job, caller = house.submit(project, permit), house.caller("researcher-1")
    house.services.submitter.cancel(job.id, by=caller)
    house.services.submitter.cancel(job.id, by=caller)
    assert audit_events(house, job.id).count("person:job:cancel") == 1
    held = house.held(project, permit, seed=1)
    assert code_of(lambda: house.services.submitter.cancel(held.id, by=caller)) == "state.not_possible"
    stranger = house.caller("researcher-2")
    assert code_of(lambda: house.services.submitter.cancel(held.id, by=stranger)) == "job.not_found"


def test_withdrawing_a_permit_takes_one_signature_and_stops_its_jobs(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    ready, held = house.submit(project, permit), house.held(project, permit, seed=1)
    running = house.submit(project, permit, seed=2)
    house.move(running.id, JobState.RUNNING)
    fields = {"what": "permit", "target": permit, "reason": "Stop", "expires": "2027-01-01T00:00:00Z"}
    view = house.services.statements.draft("revocation", fields, by=house.caller("committee-2"))
    house.sign(view, by=("committee-2",))
    assert house.services.permits.get(permit).state is PermitState.WITHDRAWN
    for job in (ready, held, running):
        now = house.services.jobs.get(job.id)
        assert (now.state, now.code) == (JobState.REFUSED, "job.permit_withdrawn")
    late = lambda: house.services.results.record(running.id, make_result(), verdict())  # noqa: E731 - one act
    assert code_of(late) == "state.not_possible"
    assert code_of(lambda: house.submit(project, permit, seed=3)) == "permit.no_longer_valid"
    assert [at for _, at in house.services.statements.revocations()] == [house.services.log.size() - 1]


def test_one_job_can_be_stopped_by_its_digest(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job, other = house.submit(project, permit), house.submit(project, permit, seed=1)
    fields = {"what": "job", "target": job.digest, "reason": "Stop", "expires": "2027-01-01T00:00:00Z"}
    view = house.services.statements.draft("revocation", fields, by=house.caller("committee-2"))
    house.sign(view, by=("committee-2",))
    assert house.services.jobs.get(job.id).code == "job.stopped_by_committee"
    assert house.services.jobs.get(other.id).state is JobState.READY


def test_what_runs_out_ends(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job = house.submit(project, permit)
    view = house.services.statements.draft(
        "project-permit", permit_fields(project), by=house.caller("committee-1")
    )
    assert house.services.expiry.end_what_ran_out() == 0
    house.clock.forward(days=120)
    assert house.services.expiry.end_what_ran_out() == 3
    assert house.services.expiry.end_what_ran_out() == 0
    assert house.services.jobs.get(job.id).state is JobState.EXPIRED
    assert house.services.permits.get(permit).state is PermitState.EXPIRED
    assert house.services.statements.get(view.id).state is StatementState.EXPIRED
    assert code_of(lambda: house.sign(view, by=("committee-1",))) == "state.not_possible"


# results and exports


def test_a_result_waits_for_votes_and_is_recorded_once(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job = house.held(project, permit)
    assert job.state is JobState.HELD
    assert code_of(lambda: house.services.results.get_released(job.id)) == "result.not_released"
    again = house.services.results.record(job.id, make_result(), verdict(passed=False))
    assert again is JobState.HELD
    other = lambda: house.services.results.record(job.id, make_result(7), verdict())  # noqa: E731 - one act
    assert code_of(other) == "result.already_recorded"


@pytest.mark.parametrize(
    ("allowed", "passed", "state"),
    [(True, True, JobState.RELEASED), (True, False, JobState.HELD), (False, True, JobState.HELD)],
)
def test_only_a_clean_result_leaves_without_vote_and_only_if_the_permit_says_so(
    house: House, allowed: bool, passed: bool, state: JobState
) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project, export_without_vote=allowed))
    house.move(job.id, JobState.RUNNING)
    assert house.services.results.record(job.id, make_result(), verdict(passed=passed)) is state


def test_two_approvals_release_and_enter_the_log_together(house: House) -> None:
    project = house.project()
    job = house.held(project, house.permit(project))
    size = house.services.log.size()
    first = house.vote(job.id, "checker-1")
    assert (first.is_decided, first.own_vote) == (False, "approve")
    assert house.services.log.size() == size  # the log is public: a lone entry would show the first vote
    second = house.vote(job.id, "checker-2")
    assert second.is_decided
    assert house.services.log.size() == size + 2
    assert house.services.results.get_released(job.id).result == make_result()


def test_nobody_sees_a_vote_before_giving_their_own(house: House) -> None:
    project = house.project()
    job = house.held(project, house.permit(project))
    house.vote(job.id, "checker-1", "refuse")
    blind = house.services.exports.view(job.id, caller=house.caller("checker-2"))
    assert (blind.votes, blind.own_vote) == (None, None)
    page = house.ask("checker-2", "GET", f"/v1/exports/{job.id}").text
    assert "checker-1" not in page
    trail = house.ask("auditor-1", "GET", f"/v1/audit?subject={job.id}").json()["items"]
    assert trail[-1]["event"] == "person:export:vote"
    assert trail[-1]["facts"] == {}
    entries = house.ask(None, "GET", "/v1/log/entries?limit=200").text
    assert all(vote not in entries for vote in _votes_of(house, job.id))
    seen = house.vote(job.id, "checker-2")
    assert {vote.member: vote.verdict for vote in seen.votes} == {
        "checker-1": "refuse",
        "checker-2": "approve",
    }
    assert not seen.is_decided
    assert house.vote(job.id, "checker-3", "refuse").is_decided
    assert house.services.jobs.get(job.id).state is JobState.REFUSED


def _votes_of(house: House, job: str) -> list[str]:
    with house.database.reading() as session:
        stored = session.scalars(select(ExportVoteRow.envelope).where(ExportVoteRow.job == job)).all()
    return [Envelope.from_json(one.encode()).payload for one in stored]


def test_a_checker_of_the_project_neither_votes_nor_sees(house: House) -> None:
    project = house.project()
    house.services.projects.add_member(project, "checker-1", by="researcher-1")
    job = house.held(project, house.permit(project))
    assert code_of(lambda: house.vote(job.id, "checker-1")) == "export.own_project"
    assert house.services.exports.waiting_for(house.caller("checker-1"), after="", limit=9) == []
    view = lambda: house.services.exports.view(job.id, caller=house.caller("checker-1"))  # noqa: E731 - one act
    assert code_of(view) == "export.own_project"
    assert [
        one.id for one in house.services.exports.waiting_for(house.caller("checker-2"), after="", limit=9)
    ] == [job.id]


def test_a_vote_is_ones_own_about_this_result_and_final(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job, other = house.held(project, permit), house.held(project, permit, seed=1)
    exports, caller = house.services.exports, house.caller("checker-1")
    ballot = exports.draw_ballot(job.id, "approve", reason=None, caller=caller).envelope
    foreign = add_signature(ballot, key=key("checker-2"))
    both = add_signature(foreign, key=key("checker-1"))
    mine = add_signature(ballot, key=key("checker-1"))
    assert code_of(lambda: exports.vote(job.id, ballot, caller=caller)) == "export.not_own_signature"
    assert code_of(lambda: exports.vote(job.id, foreign, caller=caller)) == "export.not_own_signature"
    assert code_of(lambda: exports.vote(job.id, both, caller=caller)) == "export.not_own_signature"
    assert code_of(lambda: exports.vote(other.id, mine, caller=caller)) == "export.other_result"
    exports.vote(job.id, mine, caller=caller)
    exports.vote(job.id, mine, caller=caller)
    assert code_of(lambda: house.vote(job.id, "checker-1", "refuse")) == "export.already_voted"
    assert (
        code_of(lambda: exports.vote(job.id, mine, caller=house.caller("checker-2"))) == "statement.id_reused"
    )


def test_voters_at_the_same_moment_decide_once(house: House) -> None:
    project = house.project()
    job = house.held(project, house.permit(project))
    answers = together(
        *[lambda who=who: house.vote(job.id, who) for who in ("checker-1", "checker-2", "checker-3")]
    )
    assert answers.count("export.already_decided") == 1
    assert audit_events(house, job.id).count("person:export:approve") == 1
    assert house.services.jobs.get(job.id).state is JobState.RELEASED


# hospitals


def test_an_enrolment_token_is_spent_by_one_key(house: House) -> None:
    store: StoredCertificates = house.services.certificates
    token = TokenRecord(secret_sha256="a" * 64, site=SiteId("cleveland"), expires=NOW + timedelta(hours=1))
    store.record_token(token)
    bound = together(*[lambda n=n: store.bind_token("a" * 64, f"{n}" * 64) for n in range(4)])
    assert len({one.key_sha256 for one in bound}) == 1
    assert store.bind_token("b" * 64, "0" * 64) is None


def test_a_certificate_that_is_unknown_counts_as_revoked(house: House) -> None:
    store = house.services.certificates
    serial = 2**150 + 5
    assert store.is_revoked(serial)
    store.record_issued(serial, SiteId("cleveland"), NOW + timedelta(days=7))
    assert not store.is_revoked(serial)
    assert store.find_serials(SiteId("cleveland")) == (serial,)
    store.record_revoked(serial)
    store.record_revoked(serial)
    assert store.is_revoked(serial)
    assert audit_events(house, "cleveland").count("person:certificate:revoke") == 1
