"""A policy is tried on the past with the rules of the next order, and changes in one piece, audited."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from sqlalchemy import select

from node.decisions.policy_changes import change_policy
from node.decisions.preview_policy import PastJob, preview_policy
from node.decisions.site_policy import SitePolicy
from node.registers.audit import check_chain
from node.registers.objects import ObjectStore
from node.registers.past_jobs import list_past_jobs
from node.registers.policies import adopt_file, find_in_force, read_policy, record_policy
from node.registers.what_left import check_objects
from node.state.tables import AuditEvent, HeldReply, PolicyVersion, StoredObject
from onggi.errors import Refused
from onggi.protocol.canonical import digest_of
from onggi.spec.disclosure_rules import DEFAULT_RULES
from onggi.spec.job import JobSpec, Privacy
from tests.support.job_specs import make_spec
from tests.support.node_desk import NOW, NodeDesk, make_run, ready_node, record_left


def _job(run: str, *, answers: int = 1, masked: bool = False, minimum: int = 10, **changes: Any) -> PastJob:
    privacy = Privacy(masked=masked, minimum_persons=minimum)
    spec: JobSpec = make_spec({}).model_copy(update={"privacy": privacy, **changes})
    return PastJob(run=run, spec=spec, answers=answers)


# --- the past ----------------------------------------------------------------------------------------------


def test_the_past_is_counted_by_the_rules_of_the_next_order() -> None:
    jobs = [
        _job("refused", minimum=5),
        _job("asked", project="project-2"),
        _job("held", answers=3),
        _job("masked", masked=True, answers=2),
        _job("never", project="project-3", answers=7),
    ]
    new = SitePolicy(
        consent_by_project={"project-2": "ask", "project-3": "never"},
        masked="hold",
        release={"count_table": "hold"},
    )
    seen = preview_policy(new, jobs, now=SitePolicy(minimum_persons=5))
    assert (seen.jobs, seen.refused, seen.asked) == (5, 2, 1)
    assert seen.held == 1 + 3, "the answers of jobs that would still run, the asked one's too"
    assert seen.blocked == 2
    changed = {each.job.run: (each.was, each.would, each.held_after) for each in seen.changed}
    assert changed == {
        "refused": ("runs", "refuses", True),
        "asked": ("runs", "asks", True),
        "held": ("runs", "runs", True),
        "masked": ("runs", "runs", True),
        "never": ("runs", "refuses", True),
    }


def test_the_same_policy_changes_nothing_and_an_empty_past_is_empty() -> None:
    policy = SitePolicy(consent="ask")
    assert preview_policy(policy, [_job("run-1")], now=policy).changed == ()
    empty = preview_policy(policy, [], now=SitePolicy())
    assert (empty.jobs, empty.refused, empty.asked, empty.held, empty.blocked) == (0, 0, 0, 0, 0)


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    return ready_node(tmp_path)


def test_the_past_holds_what_the_policy_decided_and_nothing_that_it_could_not(desk: NodeDesk) -> None:
    with desk.state() as session:
        session.add(make_run("run-1", state="finished"))
        for run, code in (
            ("run-2", "consent.never"),
            ("run-3", "quorum.too_few"),
            ("run-4", "floor.site_minimum"),
        ):
            row = make_run(run, state="declined")
            row.code = code
            session.add(row)
        old = make_run("run-old", state="finished")
        old.received_at = "2026-09-01T00:00:00Z"
        session.add(old)
        session.flush()
        digest = f"sha256:{'1' * 64}"
        for ordinal, decision in ((0, None), (1, "done")):
            session.add(
                HeldReply(
                    run="run-1",
                    ordinal=ordinal,
                    since="2026-11-22T05:00:00Z",
                    object_digest=digest,
                    message_digest=digest,
                    decision=decision,
                )
            )
    record_left(desk)
    with desk.state() as session:
        found = {job.run: job.answers for job in list_past_jobs(session, now=NOW + timedelta(hours=1))}
    assert found == {"run-1": 2, "run-2": 0, "run-4": 0}, (
        "one left, one waits; a sent held one is counted once"
    )


# --- changing ----------------------------------------------------------------------------------------------


def _force(desk: NodeDesk) -> SitePolicy:
    with desk.state() as session:
        return find_in_force(session, ObjectStore(desk.settings.objects), desk.settings).policy


def _set(desk: NodeDesk, policy: SitePolicy, *, seen: str, by: str = "it-1") -> bool:
    settings = desk.settings
    with desk.state() as session:
        objects = ObjectStore(settings.objects)
        return record_policy(session, objects, settings, policy, seen=seen, now=NOW, by=by)


def test_a_change_is_audited_with_both_texts_and_done_once(desk: NodeDesk) -> None:
    old, new = SitePolicy(), SitePolicy(consent="ask")
    assert _force(desk) == old
    assert _set(desk, new, seen=digest_of(old))
    assert not _set(desk, new, seen=digest_of(old)), "sent twice, it is changed once"
    assert _force(desk) == new
    with desk.state() as session:
        objects = ObjectStore(desk.settings.objects)
        facts = session.scalars(
            select(AuditEvent.facts).where(AuditEvent.event == "hospital:policy:change")
        ).one()
        told = json.loads(facts)
        assert told == {"by": "it-1", "digest": digest_of(new), "previous": digest_of(old)}
        assert read_policy(session, objects, told["previous"]) == old
        assert check_objects(session, objects) == 2
        check_chain(session)


def test_the_second_of_two_who_changed_it_is_told(desk: NodeDesk) -> None:
    seen = digest_of(SitePolicy())
    _set(desk, SitePolicy(consent="ask"), seen=seen)
    with pytest.raises(Refused) as refused:
        _set(desk, SitePolicy(consent="never"), seen=seen)
    assert refused.value.code == "policy.changed_meanwhile"
    assert _force(desk).consent == "ask"


def test_of_two_at_the_same_moment_one_is_told(desk: NodeDesk) -> None:
    seen = digest_of(SitePolicy())

    def change(number: int) -> str:
        try:
            return str(_set(desk, SitePolicy(minimum_persons=20 + number), seen=seen))
        except Refused as error:
            return error.code

    with ThreadPoolExecutor(4) as threads:
        told = sorted(threads.map(change, range(4)))
    assert told == ["True", *["policy.changed_meanwhile"] * 3]


def test_the_federations_floor_cannot_be_undercut(desk: NodeDesk) -> None:
    with pytest.raises(Refused) as refused:
        _set(desk, SitePolicy(minimum_persons=9), seen=digest_of(SitePolicy()))
    assert (refused.value.code, refused.value.facts["floor"]) == ("policy.below_floor", 10)
    with desk.state() as session:
        assert session.scalar(select(PolicyVersion)) is None


def test_a_policy_whose_text_was_altered_lets_nothing_be_guessed(desk: NodeDesk) -> None:
    new = SitePolicy(consent="never")
    _set(desk, new, seen=digest_of(SitePolicy()))
    with desk.state() as session:
        session.get_one(StoredObject, digest_of(new)).content = b"{}"
    with pytest.raises(Refused) as refused:
        _force(desk)
    assert refused.value.code == "register.object_damaged"


def test_a_policy_written_into_the_file_afterwards_counts_from_the_next_start(desk: NodeDesk) -> None:
    _set(desk, SitePolicy(consent="ask"), seen=digest_of(SitePolicy()))

    def start() -> bool:
        with desk.state() as session:
            return adopt_file(session, ObjectStore(desk.settings.objects), desk.settings, now=NOW)

    assert not start(), "nobody wrote into the file"
    file = desk.settings.file
    content = tomlkit.parse(file.read_text()).unwrap() | {"policy": {"consent": "never"}}
    file.write_text(tomlkit.dumps(content))
    assert _force(desk).consent == "ask", "not before the next start"
    assert start()
    assert _force(desk).consent == "never"
    assert not start()
    _set(desk, SitePolicy(), seen=digest_of(SitePolicy(consent="never")))
    assert not start(), "what was saved after it counts on"
    assert _force(desk) == SitePolicy()


def test_before_any_change_the_file_counts_and_nothing_is_written(desk: NodeDesk) -> None:
    with desk.state() as session:
        assert not adopt_file(session, ObjectStore(desk.settings.objects), desk.settings, now=NOW)
        assert session.scalar(select(PolicyVersion)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"consent": "sometimes"},
        {"masked": "later"},
        {"minimum_persons": 0},
        {"by_kind": {"count": "maybe"}},
        {"release": {"everything": "send"}},
        {"by_project": {"p": ""}},
    ],
)
def test_an_entry_that_cannot_be_understood_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        change_policy(SitePolicy(), **changes)
    assert refused.value.code == "policy.entry_wrong"


# --- the command line --------------------------------------------------------------------------------------


def test_the_command_line_shows_previews_and_sets(desk: NodeDesk) -> None:
    with desk.state() as session:
        session.add(make_run("run-1", state="finished"))
    told = desk.type("policy", "show", "--json").json
    assert (told["version"], told["floor"], told["policy"]["consent"]) == (0, 10, "automatic")
    seen = desk.type("policy", "preview", "--project", "project-1=ask", "--json").json
    assert (seen["jobs"], seen["asked"], [one["run"] for one in seen["changed"]]) == (1, 1, ["run-1"])
    assert "asked you for 1" in desk.type("policy", "preview", "--project", "project-1=ask").out
    assert desk.type("policy", "show", "--json").json["version"] == 0, "trying changes nothing"
    made = desk.type("policy", "set", "--project", "project-1=ask", "--kind", "glm=never", "--json")
    assert (made.code, made.json["changed"]) == (0, True)
    gone = desk.type("policy", "set", "--kind", "glm=usual", "--json").json["policy"]
    assert (gone["consent_by_kind"], gone["consent_by_project"]) == ({}, {"project-1": "ask"})
    told = desk.type("policy", "show", "--json").json
    assert (told["version"], told["by"]) == (2, None)
    desk.language = "ko_KR"
    assert "연합의 최소 인원" in desk.type("policy", "show").out
    assert "동의를 물음" in desk.type("policy", "preview", "--consent", "ask").out


def test_the_command_line_tightens_disclosure_rules(desk: NodeDesk) -> None:
    with desk.state() as session:
        session.add(make_run("run-1", state="finished"))
    asked = ["--rule", "residual_dof=25", "--rule", "empty_step_is_small=yes"]
    assert desk.type("policy", "preview", *asked, "--json").json["refused"] == 1
    made = desk.type("policy", "set", *asked, "--json").json["policy"]["rules"]
    assert (made["residual_dof"], made["empty_step_is_small"], made["rounding_base"]) == (25, True, 5)
    assert _force(desk).rules.residual_dof == 25
    told = desk.type("policy", "show").out
    assert "residual_dof" in told
    assert "25" in told
    desk.type("policy", "set", "--rule", "residual_dof=usual", "--rule", "empty_step_is_small=no")
    assert _force(desk).rules == DEFAULT_RULES


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["set", "--minimum-persons", "9"], "policy.below_floor"),
        (["set", "--rule", "residual_dof=9"], "policy.entry_wrong"),
        (["preview", "--rule", "rounding_base=many"], "policy.entry_wrong"),
        (["set", "--rule", "other=1"], "policy.entry_wrong"),
        (["preview", "--minimum-persons", "9"], "policy.below_floor"),
        (["set", "--consent", "maybe"], "policy.entry_wrong"),
        (["set", "--kind", "count"], "policy.entry_wrong"),
        (["set", "--project", "=ask"], "policy.entry_wrong"),
    ],
)
def test_the_command_line_refuses_what_the_page_refuses(desk: NodeDesk, words: list[str], code: str) -> None:
    told = desk.type("policy", *words, "--json")
    assert (told.code, told.json["error"]["code"]) == (149, code)


def test_a_run_is_stopped_at_the_command_line(desk: NodeDesk) -> None:
    with desk.state() as session:
        session.add(make_run("run-1", state="running"))
    told = desk.type("stop", "run-1", "--reason", "asked by the ward", "--json")
    assert told.json == {"run": "run-1", "stopped": True, "changed": True}
    assert desk.type("stop", "run-1", "--json").json["changed"] is False
    assert desk.type("stop", "run-9", "--json").json["error"]["code"] == "run.not_found"
    assert "within a heartbeat" in desk.type("stop", "run-1").out
