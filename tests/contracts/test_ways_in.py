"""Sessions, sign-in passkeys, recovery, places of guessing: one suite on SQLite and a real PostgreSQL."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, inspect, select

from coordinator.accounts.page_sessions import (
    ABSOLUTE_LIFE,
    FRESH,
    GRACE,
    LONGEST_SECRET,
    RENEW_AFTER,
    PageSession,
)
from coordinator.accounts.passkey_answers import words_to_answer
from coordinator.accounts.passkeys import CHALLENGE_LIFE, MOST_PASSKEYS, Challenge
from coordinator.accounts.recovery import SECRET_LIFE, WAITS_FOR_SECOND
from coordinator.accounts.source_limits import MOST_FAILURES, MOST_QUESTIONS, find_source
from coordinator.accounts.tokens import PAGE_IDLE
from coordinator.database import ways_in
from coordinator.database.base import Base
from coordinator.database.people import AccountRoleRow
from coordinator.roles import Role
from coordinator.services import Services
from coordinator.states import RECOVERY_MOVES, RecoveryState
from onggi.errors import Refused
from onggi.protocol.canonical import encode_base64
from onggi.protocol.dsse import add_passkey_signature, verified_signers
from onggi.protocol.passkey import PasskeyProof, challenge_for
from tests.support.coordinator_house import PASSWORD, House, permit_fields
from tests.support.coordinator_passkeys import SignInPasskey, keep_passkey
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house, together
from tests.support.federation_root import key

ME = "researcher-1"
NEW = "another long password"


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


def signed_in(house: House, name: str = ME) -> str:
    return house.services.login.login(name, PASSWORD, kind="page").secret


def session_of(house: House, secret: str) -> PageSession:
    found = house.services.page_sessions.find(secret)
    assert found is not None
    return found


def use_for(house: House, secret: str, **time: float) -> None:
    """Looks at a page every half hour for so long."""
    ends = house.clock.now + type(PAGE_IDLE)(**time)
    while house.clock.now < ends:
        house.clock.now = min(ends, house.clock.now + PAGE_IDLE / 2)
        assert house.services.page_sessions.find(secret) is not None


# the records


def test_the_migrated_tables_are_those_of_the_code(house: House) -> None:
    own = {row.__tablename__ for row in vars(ways_in).values() if hasattr(row, "__tablename__")}
    with house.database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        assert own <= set(inspect(connection).get_table_names())
    assert not [each for each in found if any(name in str(each) for name in own)]


# sessions


def test_a_secret_changes_in_time_and_the_one_before_counts_for_a_minute(house: House) -> None:
    sessions, first = house.services.page_sessions, signed_in(house)
    token = session_of(house, first).caller.token
    use_for(house, first, seconds=RENEW_AFTER.total_seconds() - 1)
    assert not session_of(house, first).is_due
    house.clock.forward(seconds=1)
    assert session_of(house, first).is_due
    second = sessions.renew_in_time(token, secret=first)
    assert second not in (None, first)
    assert sessions.renew_in_time(token, secret=first) is None, "two tabs change it once"
    house.clock.forward(seconds=GRACE.total_seconds() - 1)
    assert session_of(house, first).caller.account == ME
    assert not session_of(house, first).is_due
    house.clock.forward(seconds=1)
    assert sessions.find(first) is None
    assert session_of(house, str(second)).form_token == session_of(house, str(second)).form_token


def test_two_tabs_that_are_due_at_once_get_one_new_secret(house: House) -> None:
    sessions, first = house.services.page_sessions, signed_in(house)
    token = session_of(house, first).caller.token
    renew = lambda: sessions.renew_in_time(token, secret=first)  # noqa: E731 - the same act three times
    made = [each for each in together(renew, renew, renew) if each is not None]
    assert len(made) == 1
    assert sessions.find(made[0]) is not None


def test_a_secret_that_was_never_changed_ends_and_so_does_every_session(house: House) -> None:
    secret = signed_in(house)
    use_for(house, secret, seconds=LONGEST_SECRET.total_seconds() - 1)
    house.clock.forward(seconds=1)
    assert house.services.page_sessions.find(secret) is None
    secret = signed_in(house)
    began = house.clock.now
    while house.clock.now < began + ABSOLUTE_LIFE - PAGE_IDLE:
        found = session_of(house, secret)
        if found.is_due:
            secret = house.services.page_sessions.renew_in_time(found.caller.token, secret=secret) or ""
        house.clock.now += PAGE_IDLE / 2
    house.clock.now = began + ABSOLUTE_LIFE
    assert house.services.page_sessions.find(secret) is None


def test_after_an_act_the_old_secret_is_worth_nothing_at_once(house: House) -> None:
    sessions, first = house.services.page_sessions, signed_in(house)
    found = session_of(house, first)
    second = sessions.renew_at_once(found.caller.token)
    assert sessions.find(first) is None
    assert session_of(house, second).form_token == found.form_token, "open forms of the person stay good"
    third = sessions.renew_in_time(found.caller.token, secret=second)
    sessions.renew_at_once(found.caller.token)
    assert sessions.find(second) is None
    assert sessions.find(str(third)) is None


def test_a_confirmation_is_fresh_for_some_minutes_and_for_its_session_alone(house: House) -> None:
    first, other = signed_in(house), signed_in(house)
    assert not session_of(house, first).is_fresh, "signing in alone is not enough"
    house.services.page_sessions.confirm(session_of(house, first).caller.token)
    assert session_of(house, first).is_fresh
    assert not session_of(house, other).is_fresh
    house.clock.forward(seconds=FRESH.total_seconds())
    assert not session_of(house, first).is_fresh


def test_signing_out_everywhere_leaves_programs_and_others(house: House) -> None:
    sessions, tokens = house.services.page_sessions, house.services.tokens
    mine, other = signed_in(house), signed_in(house, "researcher-2")
    line = house.services.login.login(ME, PASSWORD).secret
    sessions.end_all(ME, by=ME)
    assert sessions.find(mine) is None
    assert tokens.find_caller(line) is None
    assert sessions.find(other) is not None
    assert tokens.find_caller(house.tokens[ME]) is not None
    assert {each.kind for each in sessions.of_account(ME)} == {"api"}
    assert audit_events(house, ME)[-1] == "person:account:end_sessions"


def test_a_cookies_secret_is_no_bearer_token_and_the_other_way_round(house: House) -> None:
    assert house.services.tokens.find_caller(signed_in(house)) is None
    assert house.services.page_sessions.find(house.tokens[ME]) is None
    assert house.services.page_sessions.find(house.services.login.login(ME, PASSWORD).secret) is None


def test_a_changed_password_ends_every_session_but_the_one_to_keep(house: House) -> None:
    mine, other = signed_in(house), signed_in(house)
    keep = session_of(house, mine).caller.token
    house.services.login.change_password(ME, old=PASSWORD, new=NEW, keep=keep)
    assert house.services.page_sessions.find(mine) is not None
    assert house.services.page_sessions.find(other) is None
    assert house.services.tokens.find_caller(house.tokens[ME]) is None


# passkeys


def ask(house: House, purpose: Any = "sign_in", **more: Any) -> Challenge:
    return house.services.passkeys.ask(purpose, binding=more.pop("binding", "me"), **more)


def test_a_passkey_signs_in_whose_it_is(house: House) -> None:
    passkey = SignInPasskey()
    kept = keep_passkey(house, ME, passkey)
    store = house.services.passkeys
    assert store.find_signed_in(passkey.answer(ask(house)), binding="me") == ME
    [shown] = store.of_account(ME)
    assert (shown.id, shown.last_used) == (kept, house.clock.now)
    assert audit_events(house, ME)[-1] == "person:passkey:add"


def test_a_challenge_is_answered_once_in_time_by_its_visitor_for_its_purpose(house: House) -> None:
    passkey, store = SignInPasskey(), house.services.passkeys
    keep_passkey(house, ME, passkey)
    used = passkey.answer(ask(house))
    store.find_signed_in(used, binding="me")
    late, other, mixed = ask(house), ask(house, binding="somebody-else"), ask(house, "confirm", account=ME)
    wrong = [(used, "me"), (passkey.answer(other), "me"), (passkey.answer(mixed), "me")]
    for answer, binding in wrong:
        assert code_of(lambda a=answer, b=binding: store.find_signed_in(a, binding=b)) == (  # type: ignore[misc]
            "login.passkey_refused"
        )
    house.clock.forward(seconds=CHALLENGE_LIFE.total_seconds())
    refused = code_of(lambda: store.find_signed_in(passkey.answer(late), binding="me"))
    assert refused == "login.passkey_refused"


def test_a_failed_answer_spends_its_challenge_too(house: House) -> None:
    passkey, store = SignInPasskey(), house.services.passkeys
    keep_passkey(house, ME, passkey)
    challenge = ask(house)
    assert code_of(lambda: store.find_signed_in(passkey.answer(challenge, flags=1), binding="me"))
    assert code_of(lambda: store.find_signed_in(passkey.answer(challenge), binding="me"))


def test_one_answer_sent_many_times_at_once_signs_in_once(house: House) -> None:
    passkey, store = SignInPasskey(), house.services.passkeys
    keep_passkey(house, ME, passkey)
    answer = passkey.answer(ask(house))
    send = lambda: store.find_signed_in(answer, binding="me")  # noqa: E731 - the same act four times
    assert sorted(together(send, send, send, send)) == ["login.passkey_refused"] * 3 + [ME]


WRONG_ANSWERS: list[dict[str, Any]] = [
    {"client": {"type": "webauthn.create"}},
    {"client": {"origin": "https://localhost:1"}},
    {"client": {"origin": "https://sign.localhost"}},
    {"client": {"challenge": challenge_for(b"DSSEv1 a paper")}},
    {"client": {"crossOrigin": True}},
    {"client": {"topOrigin": "https://localhost"}},
    {"flags": 0x04},
    {"flags": 0x01},
    {"rp_id": "elsewhere.example"},
    {"signer": key("committee-1")},
]


@pytest.mark.parametrize("wrong", WRONG_ANSWERS, ids=[str(at) for at in range(len(WRONG_ANSWERS))])
def test_whatever_is_wrong_a_stranger_learns_the_same(house: House, wrong: dict[str, Any]) -> None:
    passkey, store = SignInPasskey(), house.services.passkeys
    keep_passkey(house, ME, passkey)
    unknown = SignInPasskey().answer(ask(house))
    answers = [
        passkey.answer(ask(house), **wrong),
        unknown,
        replace(unknown, nonce="?"),
        replace(unknown, nonce=""),
    ]
    for answer in answers:
        with pytest.raises(Refused) as caught:
            store.find_signed_in(answer, binding="me")
        assert (caught.value.code, caught.value.facts) == ("login.passkey_refused", {})


WRONG_REGISTRATIONS: list[tuple[dict[str, Any], str]] = [
    ({"client": {"type": "webauthn.get"}}, "passkey.wrong_type"),
    ({"client": {"origin": "https://evil.example"}}, "passkey.wrong_origin"),
    ({"client": {"challenge": "AAAA"}}, "passkey.wrong_challenge"),
    ({"client": {"crossOrigin": 0}}, "passkey.cross_origin"),
    ({"rp_id": "evil.example"}, "passkey.wrong_relying_party"),
    ({"flags": 0x44}, "passkey.user_absent"),
    ({"flags": 0x41}, "passkey.user_not_verified"),
    ({"flags": 0x05}, "passkey.malformed"),
    ({"flags": 0x55}, "passkey.malformed"),
    ({"extra": b"\xa0"}, "passkey.malformed"),
    ({"cose": b"\xa5" + bytes(76)}, "key.not_p256"),
    (
        {"cose": bytes.fromhex("a5010203262001215820") + bytes(32) + bytes.fromhex("225820") + bytes(32)},
        "key.not_p256",
    ),
    ({"cose": b""}, "passkey.malformed"),
]


@pytest.mark.parametrize(("wrong", "code"), WRONG_REGISTRATIONS, ids=str)
def test_a_new_passkey_is_taken_only_as_browsers_make_it(
    house: House, wrong: dict[str, Any], code: str
) -> None:
    store = house.services.passkeys
    answer = SignInPasskey().register(ask(house, "register", account=ME), **wrong)
    assert code_of(lambda: store.add(ME, answer, label="x", binding="me")) == code
    assert store.of_account(ME) == []


def test_a_challenge_of_one_account_adds_no_passkey_to_another(house: House) -> None:
    store, passkey = house.services.passkeys, SignInPasskey()
    answer = passkey.register(ask(house, "register", account=ME))
    assert (
        code_of(lambda: store.add("researcher-2", answer, label="x", binding="me"))
        == "passkey.wrong_challenge"
    )


def test_a_key_that_signs_papers_never_signs_in(house: House) -> None:
    """Neither by registering it, nor when a root names a key that was registered before."""
    store, signing = house.services.passkeys, SignInPasskey(key=key("committee-1"))
    answer = signing.register(ask(house, "register", account="committee-1"))
    add = lambda: store.add("committee-1", answer, label="x", binding="me")  # noqa: E731 - one act
    assert code_of(add) == "passkey.signs_papers"
    with house.database.writing() as session:
        session.add(
            ways_in.PasskeyRow(
                id="passkey-x",
                account="committee-1",
                credential=signing.name,
                public_key=signing.key.public_key.pem,
                label="x",
                created=house.clock.now,
                last_used=None,
            )
        )
    refused = code_of(lambda: store.find_signed_in(signing.answer(ask(house)), binding="me"))
    assert refused == "login.passkey_refused"


def test_a_sign_in_passkey_never_signs_a_paper(house: House) -> None:
    """A rogue portal asks it for a paper's hash: the answer is no signature, whatever key is claimed."""
    passkey = SignInPasskey()
    keep_passkey(house, "committee-1", passkey)
    drafted = house.services.statements.draft(
        "project-permit", permit_fields(house.project()), by=house.caller("committee-1")
    )
    paper = drafted.envelope
    asked = Challenge(nonce="", value=challenge_for(paper.signed_bytes), rp_id="localhost", origin="")
    answer = passkey.answer(asked)
    pad = lambda text: encode_base64(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))  # noqa: E731 - one form
    proof = PasskeyProof(
        authenticatorData=pad(answer.authenticator_data), clientDataJSON=pad(answer.client_data)
    )
    signature = base64.urlsafe_b64decode(answer.signature + "=" * (-len(answer.signature) % 4))
    root = house.services.roots.get_current()
    for fingerprint in (passkey.key.public_key.fingerprint, key("committee-1").public_key.fingerprint):
        forged = add_passkey_signature(paper, fingerprint=fingerprint, signature=signature, proof=proof)
        assert code_of(lambda f=forged: _signers_or_none(f, root))  # type: ignore[misc]
        assert code_of(
            lambda f=forged: house.services.statements.sign(drafted.id, f, by=house.caller("committee-1"))  # type: ignore[misc]
        )
    assert house.services.statements.get(drafted.id).signed_by == ()


def _signers_or_none(envelope: Any, root: Any) -> None:
    if not verified_signers(envelope, root.keys_of("committee")):
        raise Refused("passkey.not_found")


def test_a_challenge_is_never_the_hash_of_a_paper() -> None:
    for purpose in ("sign_in", "confirm", "register"):
        asked = words_to_answer(b"DSSEv1 28 application/vnd.in-toto+json", purpose=purpose)  # type: ignore[arg-type]
        assert not asked.startswith(b"DSSEv1")
        assert (
            hashlib.sha256(asked).digest()
            != hashlib.sha256(b"DSSEv1 28 application/vnd.in-toto+json").digest()
        )


def test_the_last_way_in_is_never_removed(house: House) -> None:
    store = house.services.passkeys
    kept = keep_passkey(house, ME)
    with house.database.writing() as session:
        session.get_one(ways_in.PasskeyRow, kept)
        from coordinator.database.people import AccountRow

        session.get_one(AccountRow, ME).password_hash = None
    assert code_of(lambda: store.remove(kept, by=ME)) == "account.last_way"
    second = keep_passkey(house, ME)
    remove = [lambda k=k: store.remove(k, by=ME) for k in (kept, second)]  # type: ignore[misc]
    assert sorted(map(str, together(*remove))) == ["None", "account.last_way"]
    assert len(store.of_account(ME)) == 1


def test_only_the_owner_removes_a_passkey_and_a_known_one_is_refused(house: House) -> None:
    store, passkey = house.services.passkeys, SignInPasskey()
    kept = keep_passkey(house, ME, passkey)
    assert code_of(lambda: store.remove(kept, by="researcher-2")) == "passkey.not_found"
    assert code_of(lambda: keep_passkey(house, "researcher-2", passkey)) == "passkey.known"
    store.remove(kept, by=ME)
    assert code_of(lambda: store.find_signed_in(passkey.answer(ask(house)), binding="me"))


def test_there_are_no_more_passkeys_than_a_person_oversees(house: House) -> None:
    for _ in range(MOST_PASSKEYS):
        keep_passkey(house, ME)
    assert code_of(lambda: keep_passkey(house, ME)) == "passkey.too_many"


@pytest.mark.parametrize("label", ["", "x" * 61, "a\nb", "a\u202eb", "a\u200bb"])
def test_a_label_is_one_line_that_reads_as_it_is(house: House, label: str) -> None:
    answer = SignInPasskey().register(ask(house, "register", account=ME))
    assert (
        code_of(lambda: house.services.passkeys.add(ME, answer, label=label, binding="me")) == "passkey.label"
    )


def test_a_closed_account_has_no_way_in(house: House) -> None:
    passkey = SignInPasskey()
    keep_passkey(house, ME, passkey)
    secret = signed_in(house)
    house.services.accounts.close(ME, by="operator-1")
    assert house.services.page_sessions.find(secret) is None
    assert code_of(lambda: house.services.passkeys.find_signed_in(passkey.answer(ask(house)), binding="me"))


@pytest.mark.parametrize("origin", ["https://127.0.0.1:8400", "https://[::1]", "http://coordinator.example"])
def test_where_browsers_take_no_passkey_there_is_none(house: House, origin: str) -> None:
    services: Services = replace(house.services, web_origin=origin)
    assert services.passkeys.scope is None
    assert code_of(lambda: services.passkeys.ask("sign_in", binding="me")) == "passkey.no_host"


# recovery


@pytest.fixture
def operators(house: House) -> tuple[str, str, str]:
    for name in ("operator-2", "operator-3"):
        house.services.accounts.add(
            name,
            organisation="university-1",
            roles={Role.OPERATOR},
            password=PASSWORD,
            country_of_access="KR",
            pledged=None,
            member=None,
            site=None,
            by="operator-1",
        )
    return "operator-1", "operator-2", "operator-3"


def demote(house: House, name: str) -> None:
    with house.database.writing() as session:
        session.execute(delete(AccountRoleRow).where(AccountRoleRow.account == name))


def confirmed(house: House, account: str = ME) -> str:
    store = house.services.recoveries
    opened = store.open(account, reason="lost the telephone", by="operator-1")
    return store.confirm(opened.id, by="operator-2")


def test_two_operators_let_a_person_in_again(house: House, operators: Any) -> None:
    store, services = house.services.recoveries, house.services
    passkey, before = SignInPasskey(), signed_in(house)
    keep_passkey(house, ME, passkey)
    secret = confirmed(house)
    assert store.use(secret, password=NEW, remove_others=False) == ME
    assert services.page_sessions.find(before) is None
    assert services.tokens.find_caller(house.tokens[ME]) is None
    assert services.login.login(ME, NEW).secret
    assert code_of(lambda: services.login.login(ME, PASSWORD)) == "login.refused"
    assert len(services.passkeys.of_account(ME)) == 1, "only when asked for"
    [told] = store.to_tell(ME)
    assert (told.opened_by, told.confirmed_by, told.state) == ("operator-1", "operator-2", RecoveryState.USED)
    events = audit_events(house, told.id)
    assert events == ["person:recovery:open", "person:recovery:confirm", "person:recovery:use"]
    store.acknowledge(ME)
    assert store.to_tell(ME) == []
    assert code_of(lambda: store.use(secret, password=NEW, remove_others=False)) == "recovery.secret_refused"


def test_other_ways_go_when_asked_for(house: House, operators: Any) -> None:
    keep_passkey(house, ME)
    house.services.recoveries.use(confirmed(house), password=NEW, remove_others=True)
    assert house.services.passkeys.of_account(ME) == []


def test_one_operator_alone_never_does_it(house: House, operators: Any) -> None:
    store = house.services.recoveries
    opened = store.open(ME, reason="x", by="operator-1")
    assert code_of(lambda: store.confirm(opened.id, by="operator-1")) == "recovery.second_operator"
    for nobody in (ME, "auditor-1", "committee-1", "nobody-here"):
        assert code_of(lambda n=nobody: store.confirm(opened.id, by=n)) == "recovery.operators_only"  # type: ignore[misc]
        assert code_of(lambda n=nobody: store.open("researcher-2", reason="x", by=n)) == (  # type: ignore[misc]
            "recovery.operators_only"
        )
    assert code_of(lambda: store.open("operator-1", reason="x", by="operator-1")) == "recovery.own_account"


def test_an_operators_own_recovery_needs_two_others(house: House, operators: Any) -> None:
    store = house.services.recoveries
    opened = store.open("operator-3", reason="x", by="operator-1")
    assert code_of(lambda: store.confirm(opened.id, by="operator-3")) == "recovery.own_account"
    assert (
        store.use(store.confirm(opened.id, by="operator-2"), password=NEW, remove_others=False)
        == "operator-3"
    )


@pytest.mark.parametrize(
    ("gone", "how"), list(itertools.product(("operator-1", "operator-2"), ("demoted", "closed")))
)
def test_both_must_be_operators_to_the_end(house: House, operators: Any, gone: str, how: str) -> None:
    def go() -> None:
        if how == "demoted":
            demote(house, gone)
        else:
            house.services.accounts.close(gone, by="operator-3")

    store = house.services.recoveries
    secret = confirmed(house)
    opened = store.open("researcher-2", reason="x", by="operator-1")
    go()
    assert code_of(lambda: store.use(secret, password=NEW, remove_others=False)) == "recovery.secret_refused"
    expected = "recovery.opener_gone" if gone == "operator-1" else "recovery.operators_only"
    second = "operator-3" if gone == "operator-1" else "operator-2"
    assert code_of(lambda: store.confirm(opened.id, by=second)) == expected


def test_a_closed_or_missing_account_is_not_recovered(house: House, operators: Any) -> None:
    store = house.services.recoveries
    assert code_of(lambda: store.open("nobody-here", reason="x", by="operator-1")) == "account.not_found"
    secret = confirmed(house)
    house.services.accounts.close(ME, by="operator-3")
    assert code_of(lambda: store.use(secret, password=NEW, remove_others=False)) == "recovery.secret_refused"
    assert code_of(lambda: store.open(ME, reason="x", by="operator-1")) == "account.not_found"


def test_a_secret_lives_an_hour_and_a_first_half_three_days(house: House, operators: Any) -> None:
    store = house.services.recoveries
    secret = confirmed(house)
    opened = store.open("researcher-2", reason="x", by="operator-1")
    house.clock.forward(seconds=SECRET_LIFE.total_seconds())
    assert code_of(lambda: store.use(secret, password=NEW, remove_others=False)) == "recovery.secret_refused"
    house.clock.forward(seconds=WAITS_FOR_SECOND.total_seconds())
    assert code_of(lambda: store.confirm(opened.id, by="operator-2")) == "recovery.too_late"
    house.services.expiry.end_what_ran_out()
    assert {each.state for each in store.newest(limit=9)} == {RecoveryState.EXPIRED}
    assert store.to_tell(ME) == []


def test_person_and_operators_stop_it_and_nobody_else(house: House, operators: Any) -> None:
    store = house.services.recoveries
    opened = store.open(ME, reason="x", by="operator-1")
    assert code_of(lambda: store.open(ME, reason="x", by="operator-3")) == "recovery.open_already"
    assert code_of(lambda: store.cancel(opened.id, by="researcher-2")) == "recovery.not_found"
    secret = store.confirm(opened.id, by="operator-2")
    store.cancel(opened.id, by=ME)
    assert code_of(lambda: store.use(secret, password=NEW, remove_others=False)) == "recovery.secret_refused"
    store.cancel(store.open(ME, reason="x", by="operator-1").id, by="operator-3")


def test_two_who_confirm_at_once_make_one_secret_and_it_is_used_once(house: House, operators: Any) -> None:
    store = house.services.recoveries
    opened = store.open(ME, reason="x", by="operator-1")
    made = together(*[lambda n=n: store.confirm(opened.id, by=n) for n in operators[1:]])  # type: ignore[misc]
    assert sorted(each.startswith("state.") for each in made) == [False, True]
    secret = next(each for each in made if not each.startswith("state."))
    use = lambda: store.use(secret, password=NEW, remove_others=False)  # noqa: E731 - the same act twice
    assert sorted(together(use, use)) == ["recovery.secret_refused", ME]


def test_a_short_password_spends_nothing(house: House, operators: Any) -> None:
    store, secret = house.services.recoveries, confirmed(house)
    assert code_of(lambda: store.use(secret, password="short", remove_others=False)) == "password.length"
    assert store.use(secret, password=NEW, remove_others=False) == ME


def test_only_the_hashes_of_secrets_are_kept(house: House, operators: Any) -> None:
    secret, challenge = confirmed(house), ask(house)
    with house.database.reading() as session:
        kept = [
            str(getattr(row, column.name))
            for table in (ways_in.RecoveryRow, ways_in.PasskeyChallengeRow)
            for row in session.scalars(select(table)).all()
            for column in table.__table__.columns
        ]
    assert secret not in " ".join(kept)
    assert challenge.nonce not in " ".join(kept)
    assert challenge.value not in " ".join(kept)


def test_every_state_of_a_recovery_is_walked_here() -> None:
    assert {to for _, to in RECOVERY_MOVES} == set(RecoveryState) - {RecoveryState.OPENED}


# where guesses come from


def test_guesses_from_one_place_are_slowed_down_whatever_the_name(house: House) -> None:
    login = house.services.login
    for number in range(MOST_FAILURES):
        guess = lambda n=number: login.login(f"name-{n}", "wrong password", source="192.0.2.1")  # noqa: E731  # type: ignore[misc]
        assert code_of(guess) == "login.refused"
    here = lambda: login.login(ME, PASSWORD, source="192.0.2.1")  # noqa: E731 - one act
    assert code_of(here) == "login.too_many_from_here"
    assert login.login(ME, PASSWORD, source="192.0.2.2").secret
    house.clock.forward(minutes=16)
    assert here().secret


def test_people_who_sign_in_do_not_lock_their_own_network(house: House) -> None:
    sources = house.services.sources
    for _ in range(MOST_FAILURES + 5):
        with sources.attempt("192.0.2.1"):
            pass


def test_questions_that_are_written_down_have_a_limit_too(house: House) -> None:
    sources = house.services.sources
    for _ in range(MOST_QUESTIONS):
        sources.ask("192.0.2.1")
    assert code_of(lambda: sources.ask("192.0.2.1")) == "login.too_many_from_here"
    sources.ask("192.0.2.2")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "source"),
    [
        ("192.0.2.1", "198.51.100.7", (), "192.0.2.1"),
        ("127.0.0.1", "198.51.100.7", (), "127.0.0.1"),
        ("10.0.0.1", "198.51.100.7", ("10.0.0.1",), "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", ("10.0.0.1",), "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", ("10.0.0.1", "10.0.0.2"), "198.51.100.7"),
        ("10.0.0.1", "", ("10.0.0.1",), "10.0.0.1"),
        ("2001:db8::1", "", (), "2001:db8::/64"),
        ("2001:db8::ffff:2", "", (), "2001:db8::/64"),
        ("::ffff:192.0.2.1", "", (), "192.0.2.1"),
    ],
)
def test_a_requests_word_about_its_sender_counts_from_configured_proxies_alone(
    peer: str, forwarded: str, proxies: tuple[str, ...], source: str
) -> None:
    assert find_source(peer, forwarded=forwarded, proxies=proxies) == source
