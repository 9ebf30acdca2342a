"""A population's budget in the visitor's words: how it stands, what follows from it, and its ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

from node.console.access import Visit
from node.registers.budget_counts import Spent, SpentBy
from node.registers.budget_populations import WHOLE_HOSPITAL, Decided
from node.registers.budget_runs import RunSpent
from onggi.spec.explain_job import tell_epsilon
from privacy.budgets.ceilings import MILLION, Ceiling
from privacy.budgets.outlook import Leaves, Outlook
from privacy.budgets.written import tell_delta, tell_left, tell_reserved, tell_used

_CODE: Final = Markup("<code>{}</code>")
_RESERVED: Final[Mapping[Leaves, str]] = {
    "all": "budget.state.reserved_all",
    "some": "budget.state.reserved_some",
    "none": "budget.state.reserved_none",
}
_ACTS: Final[Mapping[str, str]] = {
    "ceiling": "event.hospital:budget:set_ceiling",
    "assigned": "event.hospital:budget:assign_dataset",
    "joined": "event.hospital:budget:join_populations",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBudget:
    """A budget on its page. `used` and `reserved` are millionths of the bar, which ends at a million."""

    population: str
    heading: str | Markup
    told: str
    used: int
    reserved: int
    behind: bool
    states: tuple[str, ...]
    rows: tuple[tuple[str, str | Markup], ...]


def show_budget(visit: Visit, spent: Spent) -> ShownBudget:
    used = min(spent.share_charged, MILLION)
    return ShownBudget(
        population=spent.population,
        heading=tell_population(visit, spent.population),
        told=_told_shares(visit, spent),
        used=used,
        reserved=min(spent.share, MILLION) - used,
        behind=spent.behind,
        states=_states(visit, spent),
        rows=tuple(_rows(visit, spent)),
    )


def tell_population(visit: Visit, population: str) -> str | Markup:
    if population == WHOLE_HOSPITAL:
        return visit.say("budget.whole")
    return Markup("{} {}").format(visit.say("budget.population"), _CODE.format(population))


def tell_dataset(visit: Visit, dataset: str) -> Markup:
    return Markup("{}: {}").format(visit.say("population.dataset"), _CODE.format(dataset))


def _told_shares(visit: Visit, spent: Spent) -> str:
    if spent.behind:
        return visit.say("budget.all_spent")
    if spent.ceiling is None:
        return visit.say("budget.no_ceiling")
    return visit.say(
        "budget.shares",
        charged=tell_used(spent.share_charged),
        reserved=tell_reserved(spent.share_charged, spent.share),
        left=tell_left(spent.share),
    )


def _states(visit: Visit, spent: Spent) -> tuple[str, ...]:
    """What follows from it now, in sentences."""
    if spent.behind:
        return (visit.say("budget.behind"),)
    if spent.ceiling is None:
        return (visit.say("budget.state.no_ceiling"),)
    return tuple(words for _, words in _follows(visit, spent, spent.reserved))


def _follows(visit: Visit, stands: Spent | Outlook, reserved: int) -> list[tuple[str, str]]:
    say = visit.say
    found = [(say("budget.further"), say("budget.state.more" if stands.takes_more else "budget.state.full"))]
    if reserved:
        found.append((say("budget.reserved_ones"), say(_RESERVED[stands.reserved_leave])))
    return found


def tell_ceiling(visit: Visit, ceiling: Ceiling | None) -> str:
    if ceiling is None:
        return visit.say("budget.no_ceiling")
    return f"ε {tell_epsilon(ceiling.micro_epsilon)}, δ {tell_delta(ceiling.femto_delta)}"


def _rows(visit: Visit, spent: Spent) -> list[tuple[str, str | Markup]]:
    say, epsilon = visit.say, spent.micro_epsilon
    rows: list[tuple[str, str | Markup]] = [(say("budget.ceiling"), tell_ceiling(visit, spent.ceiling))]
    if spent.joined:
        rows.append((say("budget.joined"), Markup(", ").join(map(_CODE.format, spent.joined))))
    rows.append((say("budget.charged"), say("budget.answers", number=spent.charged)))
    if epsilon is not None:
        rows.append((say("budget.tells"), f"ε {tell_epsilon(epsilon)}"))
    rows.append((say("budget.reserved"), say("budget.answers", number=spent.reserved)))
    return rows


def compare(
    visit: Visit, now: Spent, ceiling: Ceiling | None, then: Outlook, *, reserved: int | None = None
) -> list[tuple[str, str | Markup, str | Markup]]:
    """(what, as it is now, as it would be) under another ceiling: all lines, also those that stay.

    Args:
        reserved: how many answers are reserved then, where it is not as many as now.
    """
    say, reserved = visit.say, now.reserved if reserved is None else reserved
    before = {
        say("budget.ceiling"): tell_ceiling(visit, now.ceiling),
        say("budget.used"): tell_used(now.share),
        say("budget.left"): tell_left(now.share) if now.ceiling else tell_left(MILLION),
        **dict(_follows(visit, now, reserved)),
    }
    after = {
        say("budget.ceiling"): tell_ceiling(visit, ceiling),
        say("budget.used"): tell_used(then.share),
        say("budget.left"): tell_left(then.share) if ceiling else tell_left(MILLION),
        **dict(_follows(visit, then, reserved)),
    }
    return [(label, before[label], after[label]) for label in before]


def compare_populations(
    visit: Visit, now: Spent, then: Spent
) -> list[tuple[str, str | Markup, str | Markup]]:
    """The same of a data set that is put into another population."""
    say = visit.say
    before, after = (
        {
            say("population.whose"): tell_population(visit, each.population),
            say("budget.ceiling"): tell_ceiling(visit, each.ceiling),
            say("budget.left"): tell_left(each.share) if each.ceiling else tell_left(MILLION),
            say("budget.further"): _states(visit, each)[0],
        }
        for each in (now, then)
    )
    return [(label, before[label], after[label]) for label in before]


def project_rows(spenders: Iterable[SpentBy]) -> list[tuple[object, ...]]:
    """(project, permit, runs, answers that left, reserved ones, share, last moment) each."""
    return [
        (
            _CODE.format(each.project),
            _CODE.format(each.permit),
            each.runs,
            each.charged,
            each.reserved,
            tell_used(each.share),
            datetime.fromisoformat(each.last),
        )
        for each in spenders
    ]


def run_rows(visit: Visit, runs: Iterable[RunSpent]) -> list[tuple[object, ...]]:
    """(job, project, moment of the reservation, what became of its answers, share) each."""
    return [
        (
            _job(visit, each),
            _CODE.format(each.project),
            datetime.fromisoformat(each.at),
            _became(visit, each),
            tell_used(each.share),
        )
        for each in runs
    ]


def _job(visit: Visit, each: RunSpent) -> Markup:
    if each.title is None:
        return _CODE.format(each.run)
    link = Markup('<a href="{}">{}</a><br><span class="quiet">{}</span>')
    return link.format(visit.address("consents", each.run), each.title, each.run)


def _became(visit: Visit, each: RunSpent) -> str:
    """What became of its answers; of several with their numbers."""
    kinds = (
        ("budget.run.charged", each.charged),
        ("budget.run.reserved", each.reserved),
        ("budget.run.returned", each.returned),
    )
    found = [(visit.say(name), number) for name, number in kinds if number]
    alone = sum(number for _, number in found) == 1
    return ", ".join(words if alone else f"{words} {number}" for words, number in found)


def decisions(visit: Visit, decided: tuple[Decided, ...]) -> list[tuple[datetime, str, str, str | Markup]]:
    """The history of a population: (moment, who, act, details)."""
    return [
        (
            datetime.fromisoformat(each.at),
            each.by,
            visit.say(_ACTS[each.what]),
            Markup("{}: {}").format(_CODE.format(each.about), each.reason)
            if each.ceiling is None
            else f"{tell_ceiling(visit, each.ceiling)}: {each.reason}",
        )
        for each in decided
    ]
