"""Threads, changes asked and sampled exports as people meet them: without scripts, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coordinator.decisions.threads import Audience, MessageKind
from coordinator.permissions import Thing
from tests.support.coordinator_house import House, furnished_house, permit_fields
from tests.support.coordinator_records import audit_events
from tests.support.page_visitor import Visitor
from tests.support.talking_house import Study, held_study

PAYLOADS = (Path(__file__).parents[1] / "data" / "xss" / "payloads.txt").read_text("utf-8").splitlines()
TEXT = "첫 줄 <script>alert(1)</script>\n\n{{ 7*7 }} \"'&amp; --"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def study(house: House) -> Study:
    return held_study(house)


def visitor(house: House, who: str, language: str = "en") -> Visitor:
    made = Visitor(house, language=language)
    made.sign_in(who)
    return made


def pages_of(study: Study) -> dict[str, tuple[Thing, str]]:
    drafted = study.house.services.statements.draft(
        "project-permit", permit_fields(study.project), by=study.house.caller("committee-1")
    )
    return {
        f"projects/{study.project}": (Thing.PROJECT, study.project),
        f"permits/{study.permit}": (Thing.PERMIT, study.permit),
        f"statements/{drafted.id}": (Thing.STATEMENT, drafted.id),
        f"jobs/{study.job}": (Thing.JOB, study.job),
    }


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_written_stands_on_the_page_and_in_its_history(study: Study, language: str) -> None:
    me = visitor(study.house, "committee-1", language)
    for at, (page, on) in enumerate(pages_of(study).items()):
        address = f"/{language}/{page}"
        sent = me.send(
            me.get(address).form(f"{address}/thread"), text=f"{TEXT} {at}", kind="note", audience="everybody"
        )
        assert (sent.status, sent.path) == (200, address)
        [message] = study.house.services.threads.read(
            on[0], on[1], caller=study.house.caller("committee-1"), limit=9
        ).messages
        assert message.text == f"{TEXT} {at}"
        assert "<script>alert" not in sent.html
        assert f"{TEXT} {at}".split("\n")[0] in sent.words
        assert sent.html.count(f'href="#{message.id}"') == 1
        assert f'id="{message.id}"' in sent.html


def test_the_same_form_sent_twice_writes_once(study: Study) -> None:
    me = visitor(study.house, "researcher-1")
    form = me.get(f"/en/jobs/{study.job}").form(f"/en/jobs/{study.job}/thread")
    first, second = (me.send(form, text="Only once") for _ in range(2))
    assert (first.path, second.path) == (f"/en/jobs/{study.job}",) * 2
    assert study.read("researcher-1") == ["Only once"]
    assert audit_events(study.house, study.job).count("person:thread:write") == 1
    changed = me.send(form, text="Something else")
    assert "request.key_reused" in changed.html or "Use a new key" in changed.words
    assert study.read("researcher-1") == ["Only once"]
    assert "Something else" in changed.words or "Something else" in changed.html
    me.send(changed.form(form.action), text="Something else")
    assert study.read("researcher-1") == ["Only once", "Something else"]


@pytest.mark.parametrize("once", ["", "short", "x" * 81, "a b c d e f g"])
def test_a_form_without_its_own_key_is_not_taken(study: Study, once: str) -> None:
    me = visitor(study.house, "researcher-1")
    form = me.get(f"/en/jobs/{study.job}").form(f"/en/jobs/{study.job}/thread")
    assert "page.form_too_old" in me.send(form, text="x", once=once).words
    assert study.read("researcher-1") == []


@pytest.mark.parametrize("text", ["", "  ", "x" * 4001, "a\u202eb", "\u200b"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_was_typed_stays_and_the_problem_is_told(study: Study, text: str, language: str) -> None:
    me = visitor(study.house, "committee-1", language)
    for page in pages_of(study):
        address = f"/{language}/{page}"
        form = me.get(address).form(f"{address}/thread")
        again = me.send(form, text=text, kind="note", audience="reviewers")
        assert again.status == 422
        assert 'id="text-wrong"' in again.html
        assert text.strip() in again.html
        kept = dict(again.form(f"{address}/thread").fields)
        assert (kept["kind"], kept["audience"]) == ("note", "reviewers")
        assert me.get(f"{address}/thread").path == address, "the other language's link leads back to the page"


def test_reviewers_say_who_reads_it_and_others_are_not_asked(study: Study) -> None:
    address = f"/en/projects/{study.project}"
    me = visitor(study.house, "committee-1")
    missing = me.send(me.get(address).form(f"{address}/thread"), text="x")
    assert missing.status == 422
    assert 'id="audience-wrong"' in missing.html
    them = visitor(study.house, "researcher-1").get(address)
    assert "Who reads it" not in them.words
    forged = visitor(study.house, "researcher-1")
    refused = forged.send(forged.get(address).form(f"{address}/thread"), text="x", audience="reviewers")
    assert refused.status == 422
    assert study.read("committee-1", on=(Thing.PROJECT, study.project)) == []


def test_the_auditor_reads_and_gets_no_form(study: Study) -> None:
    study.write("committee-1", "Among us", audience=Audience.REVIEWERS)
    page = visitor(study.house, "auditor-1").get(f"/en/jobs/{study.job}")
    assert "Among us" in page.words
    assert "Auditors only read." in page.words
    assert f"/en/jobs/{study.job}/thread" not in page.html


def test_a_researchers_page_and_its_history_show_nothing_for_reviewers(study: Study) -> None:
    before = visitor(study.house, "researcher-1").get(f"/en/jobs/{study.job}").words
    study.write("committee-1", "Among us", audience=Audience.REVIEWERS)
    study.house.vote(study.job, "checker-1", "refuse")
    study.write("checker-1", "I said no", audience=Audience.REVIEWERS)
    assert visitor(study.house, "researcher-1").get(f"/en/jobs/{study.job}").words == before


@pytest.mark.parametrize("language", ["ko", "en"])
def test_changes_are_asked_on_the_export_and_answered_on_the_job(study: Study, language: str) -> None:
    checker, researcher = (visitor(study.house, who, language) for who in ("checker-1", "researcher-1"))
    export, job = f"/{language}/exports/{study.job}", f"/{language}/jobs/{study.job}"
    sent = checker.send(
        checker.get(export).form(f"{export}/thread"), kind="changes_asked", text="Join the ages\nover 80"
    )
    assert (sent.status, sent.path) == (200, export)
    [asked] = study.house.services.threads.read(
        Thing.JOB, study.job, caller=study.house.caller("researcher-1"), limit=9
    ).messages
    assert (asked.kind, asked.awaits_answer) == (MessageKind.CHANGES_ASKED, True)
    assert "notice-warning" in researcher.get(job).html
    answering = researcher.get(f"{job}?answer={asked.id}")
    form = answering.form(f"{job}/thread")
    assert dict(form.fields)["answers"] == asked.id
    done = researcher.send(form, text="Joined")
    assert done.status == 200
    assert "notice-warning" not in done.html.split('id="thread"')[1]
    assert "Joined" in checker.get(export).words
    house = study.house
    house.vote(study.job, "checker-1")
    voted = checker.get(export)
    assert 'value="changes_asked"' not in voted.html
    assert dict(voted.form(f"{export}/thread").fields)["audience"] == "reviewers"
    assert f"?answer={asked.id}" not in voted.html


@pytest.mark.parametrize(
    "query", ["answer=nothing", "answer=%00", "answer=<script>", "before=%FF", "answer=" + "x" * 500]
)
def test_odd_queries_change_nothing(study: Study, query: str) -> None:
    me = visitor(study.house, "researcher-1")
    plain = me.get(f"/en/jobs/{study.job}")
    odd = me.get(f"/en/jobs/{study.job}?{query}")
    assert (odd.status, odd.words) == (200, plain.words)


def test_a_foreign_job_takes_no_message_and_looks_missing(house: House, study: Study) -> None:
    me = visitor(house, "researcher-2")
    form = visitor(house, "researcher-1").get(f"/en/jobs/{study.job}").form(f"/en/jobs/{study.job}/thread")
    token = dict(me.get("/en/parts").forms[-1].fields)["form_token"]
    assert me.send(form, text="x", form_token=token).status == 404
    assert study.read("researcher-1") == []


def test_more_than_a_page_of_messages(study: Study) -> None:
    for at in range(55):
        study.write("researcher-1", f"number {at} of them")
    me = visitor(study.house, "committee-1")
    page = me.get(f"/en/jobs/{study.job}")
    assert "number 54 of them" in page.words
    assert "number 4 of them" not in page.words
    earlier = page.html.split("?before=")[1].split('"')[0]
    assert "number 4 of them" in me.get(f"/en/jobs/{study.job}?before={earlier}").words


# sampled exports


@pytest.fixture
def sampled(house: House, study: Study) -> str:
    house.vote(study.job, "checker-1", "refuse")
    house.vote(study.job, "checker-2", "refuse")
    house.clock.forward(days=40)
    return study.job


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_opinion_is_shown_before_it_is_kept_and_kept_once(
    house: House, sampled: str, language: str
) -> None:
    me, address = visitor(house, "committee-1", language), f"/{language}/samples/{sampled}"
    desk = me.get(f"/{language}/desk")
    assert f'href="/{language}/samples"' in desk.html
    assert f'href="{address}"' in me.get(f"/{language}/samples").html
    page = me.get(address)
    assert "checker-1" in page.words
    empty = me.send(page.form(address))
    assert empty.status == 422
    assert {'id="opinion-wrong"', 'id="reason-wrong"'} <= set(empty.html.replace(">", " ").split(" "))
    check = me.send(page.form(address), opinion="disagrees", reason=TEXT)
    assert check.status == 200
    assert "<script>alert" not in check.html
    assert house.services.samples.samples(house.caller("committee-1"))[0].opinions == (), "not kept yet"
    back = me.send(check.form(address), act="change")
    kept = dict(back.form(address).fields)
    assert kept["opinion"] == "disagrees"
    assert "{{ 7*7 }}" in back.words
    for _ in range(2):
        done = me.send(check.form(address), act="keep")
        assert (done.status, done.path) == (200, address)
    [opinion] = house.services.samples.samples(house.caller("committee-1"))[0].opinions
    assert (opinion.account, opinion.reason) == ("committee-1", TEXT)
    assert "<script>alert" not in done.html
    assert address not in [form.action for form in done.forms]
    assert audit_events(house, sampled).count("person:sample:judge") == 1


def test_the_auditor_reads_the_reason_stands_for_the_form(house: House, sampled: str) -> None:
    me = visitor(house, "auditor-1")
    page = me.get(f"/en/samples/{sampled}")
    assert "Only committee members give an opinion here." in page.words
    assert f"/en/samples/{sampled}" not in [form.action for form in page.forms]
    assert f"/en/samples/{sampled}" in me.get("/en/samples").html


def test_a_checker_and_a_researcher_see_no_samples(house: House, sampled: str) -> None:
    for who in ("checker-1", "researcher-1", "operator-1"):
        me = visitor(house, who)
        assert me.get("/en/samples").status == me.get(f"/en/samples/{sampled}").status == 403


def test_every_dangerous_text_is_shown_as_typed(house: House, study: Study) -> None:
    for payload in PAYLOADS:
        if len(payload) <= 4000 and payload.isprintable():
            study.write("researcher-1", payload)
    house.clock.forward(minutes=1)
    me = visitor(house, "committee-1")
    page = me.get(f"/en/jobs/{study.job}")
    shown = [each for each in PAYLOADS if each.isprintable() and " ".join(each.split()) in page.words]
    assert len(shown) >= 40
    assert "<script>alert" not in page.html
