"""What an operator sees first, who may vouch and open, when papers run out, and what a wait is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from coordinator.decisions.attention import (
    CLOCK_SKEW,
    SILENT_AFTER,
    STUCK_AFTER,
    Glance,
    Matter,
    NodeState,
    NodeView,
    Remark,
    Seen,
    Standing,
    find_stuck,
    how_long,
    view_node,
    what_first,
)
from coordinator.decisions.readiness import (
    Paper,
    Training,
    check_may_submit,
    day_of,
    paper_of,
)
from coordinator.decisions.vouching import (
    Asked,
    check_can_open,
    check_can_request,
    check_can_vouch,
    check_can_withdraw,
)
from coordinator.decisions.waiting_days import days_of
from coordinator.roles import ALL_SCOPES, Caller, Role
from coordinator.states import JOB_MOVES, JobState, Party, is_final
from onggi.errors import Refused
from tests.support.coordinator_records import code_of

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def standing(state: JobState, *, age: timedelta, job: str = "job-1") -> Standing:
    return Standing(job=job, title="How many", state=state, since=NOW - age)


def test_every_state_that_is_no_end_has_a_time_after_which_a_job_is_stuck() -> None:
    assert set(STUCK_AFTER) == {state for state in JobState if not is_final(JOB_MOVES, state)}


@pytest.mark.parametrize("state", JobState)
def test_a_job_is_stuck_one_second_after_its_time_and_not_at_it(state: JobState) -> None:
    allowed = STUCK_AFTER.get(state)
    if allowed is None:
        assert find_stuck([standing(state, age=timedelta(days=3000))], now=NOW) == ()
        return
    assert find_stuck([standing(state, age=allowed)], now=NOW) == ()
    [found] = find_stuck([standing(state, age=allowed + SECOND)], now=NOW)
    assert (found.beyond, found.allowed) == (SECOND, allowed)


def test_the_longest_beyond_its_time_comes_first() -> None:
    jobs = [
        standing(JobState.HELD, age=timedelta(days=9), job="job-held"),
        standing(JobState.RUNNING, age=timedelta(days=9), job="job-running"),
        standing(JobState.READY, age=timedelta(hours=1), job="job-fresh"),
    ]
    assert [each.standing.job for each in find_stuck(jobs, now=NOW)] == ["job-running", "job-held"]


def seen(*, ago: timedelta = timedelta(0), software: str = "1.0", clock: int | None = 0) -> Seen:
    return Seen(
        greeted=NOW - ago, last_seen=NOW - ago, software=software, protocol=(1, 1), clock_difference=clock
    )


def node(known: Seen | None, *, connected: bool = False) -> NodeView:
    return view_node("zurich", "Zurich", seen=known, is_connected=connected, software="1.0", now=NOW)


@pytest.mark.parametrize(
    ("known", "connected", "state"),
    [
        (None, False, NodeState.NEVER),
        (None, True, NodeState.CONNECTED),
        (seen(), True, NodeState.CONNECTED),
        (seen(ago=timedelta(days=9)), True, NodeState.CONNECTED),
        (seen(ago=SILENT_AFTER), False, NodeState.AWAY),
        (seen(ago=SILENT_AFTER + SECOND), False, NodeState.SILENT),
    ],
)
def test_a_node_is_called_silent_only_after_its_time(
    known: Seen | None, connected: bool, state: NodeState
) -> None:
    assert node(known, connected=connected).state is state


@pytest.mark.parametrize(
    ("known", "remarks"),
    [
        (seen(), ()),
        (seen(clock=None), ()),
        (seen(software="0.9"), (Remark.OTHER_SOFTWARE,)),
        (seen(software=""), (Remark.UNKNOWN_SOFTWARE,)),
        (seen(clock=int(CLOCK_SKEW.total_seconds())), ()),
        (seen(clock=int(CLOCK_SKEW.total_seconds()) + 1), (Remark.CLOCK,)),
        (seen(software="2.0", clock=-301), (Remark.OTHER_SOFTWARE, Remark.CLOCK)),
    ],
)
def test_what_is_odd_about_a_node_is_remarked(known: Seen, remarks: tuple[Remark, ...]) -> None:
    assert node(known).remarks == remarks


def test_waits_have_a_middle_and_a_longest() -> None:
    none = how_long([], now=NOW)
    assert (none.count, none.median_days, none.longest_days) == (0, None, None)
    some = how_long([NOW - timedelta(days=each) for each in (9, 1, 2)], now=NOW)
    assert (some.count, some.median_days, some.longest_days) == (3, 2.0, 9.0)
    assert how_long([NOW - timedelta(days=1), NOW - timedelta(days=2)], now=NOW).median_days == 1.5
    assert how_long([NOW + timedelta(days=1)], now=NOW).longest_days == 0.0


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        ([], (0, None, None)),
        ([4.0], (1, 4.0, 4.0)),
        ([float(each) for each in range(1, 11)], (10, 5.5, 9.0)),
        ([float(each) for each in range(1, 12)], (11, 6.0, 10.0)),
    ],
)
def test_the_ninth_tenth_is_the_nearest_rank(
    waited: list[float], expected: tuple[int, float | None, float | None]
) -> None:
    found = days_of(reversed(waited))
    assert (found.count, found.median, found.ninth_tenth) == expected


def glance(**changes: object) -> Glance:
    quiet = how_long([], now=NOW)
    fields: dict[str, object] = {
        "stuck": (),
        "nodes": (node(seen(), connected=True),),
        "statements": quiet,
        "approvals": quiet,
        "exports": quiet,
        "open_requests": 0,
        "papers": 0,
        "root_ends": NOW + timedelta(days=400),
    }
    return Glance(**fields | changes)  # type: ignore[arg-type]  # fields by name


def test_nothing_to_do_says_nothing() -> None:
    assert what_first(glance(), now=NOW) == ()


@pytest.mark.parametrize(
    ("changes", "matter"),
    [
        ({"root_ends": None}, Matter.ROOT_MISSING),
        ({"root_ends": NOW + timedelta(days=59)}, Matter.ROOT_ENDS),
        ({"nodes": (node(seen(ago=timedelta(days=1))),)}, Matter.NODES_SILENT),
        ({"nodes": (node(None),)}, Matter.NODES_NEVER),
        ({"nodes": (node(seen(clock=9999), connected=True),)}, Matter.CLOCKS),
        ({"nodes": (node(seen(software="0.1"), connected=True),)}, Matter.SOFTWARE),
        (
            {"stuck": find_stuck([standing(JobState.RUNNING, age=timedelta(days=2))], now=NOW)},
            Matter.JOBS_STUCK,
        ),
        ({"statements": how_long([NOW - timedelta(days=15)], now=NOW)}, Matter.STATEMENTS_WAIT),
        ({"open_requests": 2}, Matter.REQUESTS),
        ({"papers": 3}, Matter.PAPERS),
    ],
)
def test_each_matter_is_named_when_it_is_there(changes: dict[str, object], matter: Matter) -> None:
    assert [found for found, _ in what_first(glance(**changes), now=NOW)] == [matter]


def test_the_most_pressing_comes_first() -> None:
    found = what_first(glance(papers=1, open_requests=1, root_ends=None), now=NOW)
    assert [matter for matter, _ in found] == [Matter.ROOT_MISSING, Matter.REQUESTS, Matter.PAPERS]


# vouching


def caller(account: str, *roles: Role, organisation: str = "university-1") -> Caller:
    return Caller(
        account=account,
        organisation=organisation,
        roles=frozenset(roles),
        scopes=ALL_SCOPES,
        member=None,
        site=None,
        token="token-1",
    )


ASKER = caller("asker", Role.RESEARCHER)
COLLEAGUE = caller("colleague", Role.RESEARCHER)
STRANGER = caller("stranger", Role.RESEARCHER, organisation="elsewhere")
AUDITOR = caller("auditor", Role.AUDITOR)
OPERATOR = caller("operator", Role.OPERATOR, organisation="operating-body")
OTHER_OPERATOR = caller("other-operator", Role.OPERATOR, organisation="operating-body")
ASKED = Asked(organisation="university-1", requested_by="asker", vouched_by=None)
OTHERS = frozenset({"colleague"})


@pytest.mark.parametrize(
    ("who", "others", "reason", "expected"),
    [
        (COLLEAGUE, OTHERS, None, Party.ORGANISATION),
        (ASKER, OTHERS, None, "account_request.own_voucher"),
        (ASKER, frozenset(), None, "account_request.own_voucher"),
        (STRANGER, OTHERS, "I know them", "account_request.own_voucher"),
        (AUDITOR, OTHERS, None, "account_request.own_voucher"),
        (OPERATOR, OTHERS, "I know them", "account_request.organisation_vouches"),
        (OPERATOR, frozenset(), None, "account_request.reason_missing"),
        (OPERATOR, frozenset(), "", "account_request.reason_missing"),
        (OPERATOR, frozenset(), "Called back at the published number", Party.OPERATOR),
    ],
)
def test_who_may_vouch(
    who: Caller, others: frozenset[str], reason: str | None, expected: Party | str
) -> None:
    try:
        found: Party | str = check_can_vouch(ASKED, by=who, others=others, reason=reason)
    except Refused as refused:
        found = refused.code
    assert found == expected


def test_three_people_stand_behind_an_account_or_two_operators_where_nobody_else_can() -> None:
    for requester, voucher in product(("asker", "operator"), ("colleague", "operator")):
        asked = Asked(organisation="university-1", requested_by=requester, vouched_by=voucher)
        assert check_can_open(asked, by=OTHER_OPERATOR) is Party.OPERATOR
        if "operator" in (requester, voucher):
            code = code_of(lambda asked=asked: check_can_open(asked, by=OPERATOR))  # type: ignore[misc]
            assert code == "account_request.third_person_needed"


def test_one_asks_for_ones_own_organisation_and_an_operator_for_any() -> None:
    check_can_request("university-1", by=ASKER)
    check_can_request("university-1", by=OPERATOR)
    code = code_of(lambda: check_can_request("university-1", by=STRANGER))
    assert code == "account_request.other_organisation"


def test_only_the_asker_takes_a_request_back() -> None:
    assert check_can_withdraw(ASKED, by=ASKER) is Party.ORGANISATION
    for other in (COLLEAGUE, OPERATOR):
        code = code_of(lambda other=other: check_can_withdraw(ASKED, by=other))  # type: ignore[misc]
        assert code == "account_request.not_yours"


# papers

TODAY = date(2026, 11, 22)


def training(expires: date, *, name: str = "Research ethics") -> Training:
    return Training(
        id="training-1",
        name=name,
        completed=date(2025, 1, 1),
        expires=expires,
        recorded_by="operator",
        recorded=NOW,
    )


@pytest.mark.parametrize(
    ("pledged", "ends", "paper"),
    [
        (None, [TODAY + timedelta(days=400)], Paper.PLEDGE_MISSING),
        (TODAY, [], Paper.TRAINING_MISSING),
        (TODAY, [TODAY - timedelta(days=1)], Paper.EXPIRED),
        (TODAY, [TODAY], Paper.ENDS_SOON),
        (TODAY, [TODAY + timedelta(days=30)], Paper.ENDS_SOON),
        (TODAY, [TODAY + timedelta(days=31)], Paper.GOOD),
        (TODAY, [TODAY - timedelta(days=1), TODAY + timedelta(days=31)], Paper.GOOD),
    ],
)
def test_how_papers_stand(pledged: date | None, ends: list[date], paper: Paper) -> None:
    trainings = [training(each) for each in ends]
    assert paper_of(pledged, trainings, today=TODAY) is paper
    bad = {
        Paper.PLEDGE_MISSING: "readiness.pledge_missing",
        Paper.TRAINING_MISSING: "readiness.training_missing",
        Paper.EXPIRED: "readiness.training_expired",
    }
    if paper in bad:
        assert code_of(lambda: check_may_submit(pledged, trainings, today=TODAY)) == bad[paper]
    else:
        check_may_submit(pledged, trainings, today=TODAY)


def test_a_second_training_that_ran_out_counts_beside_a_good_one() -> None:
    both = [training(TODAY + timedelta(days=90)), training(TODAY - timedelta(days=1), name="Security")]
    assert paper_of(TODAY, both, today=TODAY) is Paper.EXPIRED


def test_a_day_is_a_day_in_korea() -> None:
    assert day_of(datetime(2026, 12, 31, 15, tzinfo=UTC)) == date(2027, 1, 1)
    assert day_of(datetime(2026, 12, 31, 14, 59, tzinfo=UTC)) == date(2026, 12, 31)
