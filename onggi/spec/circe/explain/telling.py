"""Tells a whole cohort definition: who enters, which rules are asked, how an episode ends.

The text is a function of the plan and of the names in the file: equal definitions give equal texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from onggi.spec.circe.explain.names import Names, plain, read_names
from onggi.spec.circe.explain.terms import DOMAINS, Scope
from onggi.spec.circe.explain.words import Language, Words
from onggi.spec.circe.plan import (
    CohortPlan,
    Correlated,
    Criterion,
    DateShift,
    Demographic,
    DrugEraExit,
    Group,
    OffsetExit,
)
from onggi.spec.circe.read import read_cohort

__all__ = ["Language", "explain_cohort", "explain_plan"]
_NOTES = ("note_days", "note_observed", "note_ages", "note_names")


def explain_cohort(expression: Mapping[str, object], *, language: Language) -> str:
    """The definition in plain sentences.

    Raises:
        Refused: as `read_cohort`; what cannot be read cannot be told.
    """
    return explain_plan(read_cohort(expression), read_names(expression), language=language)


def explain_plan(plan: CohortPlan, names: Names, *, language: Language) -> str:
    """The plan in plain sentences, with these names for display."""
    return "\n".join(_Telling(Words(language, names)).whole(plan)) + "\n"


def _under(head: str, details: Iterable[str]) -> list[str]:
    """A point with its details below it."""
    return [f"- {head}", *(f"  {line}" for line in details)]


class _Telling:
    def __init__(self, words: Words) -> None:
        self._words = words
        self._say = words.say

    def whole(self, plan: CohortPlan) -> list[str]:
        parts = [
            [self._say("title"), *(self._say(note) for note in _NOTES)],
            self._entry(plan),
            self._additional(plan),
            self._rules(plan),
            self._exit(plan),
            self._concept_sets(plan),
        ]
        return [line for at, part in enumerate(parts) for line in ([""] if at else []) + part]

    def _entry(self, plan: CohortPlan) -> list[str]:
        days = {"before": self._words.days(plan.prior_days), "after": self._words.days(plan.post_days)}
        return [
            self._say("entry"),
            self._say("entry_any"),
            *(line for each in plan.primary for line in self._criterion(each)),
            self._say("observed_both", **days),
            self._say("primary_limit", limit=self._say(plan.primary_limit)),
        ]

    def _additional(self, plan: CohortPlan) -> list[str]:
        if plan.additional is None:
            return [self._say("additional"), self._say("no_additional")]
        return [
            self._say("additional"),
            *self._group(plan.additional, "entry"),
            self._say("qualified_limit", limit=self._say(plan.qualified_limit)),
        ]

    def _rules(self, plan: CohortPlan) -> list[str]:
        told = [self._say("rules")] if plan.rules else [self._say("rules"), self._say("no_rules")]
        for number, rule in enumerate(plan.rules, start=1):
            told.append(self._say("rule", number=number, name=f"“{plain(rule.name)}”"))
            told += (f"  {line}" for line in self._group(rule.group, "entry"))
        return [*told, self._say("expression_limit", limit=self._say(plan.expression_limit))]

    def _exit(self, plan: CohortPlan) -> list[str]:
        told = [self._say("exit"), *self._strategy(plan.exit)]
        if plan.censoring:
            told.append(self._say("censoring"))
            told += (line for each in plan.censoring for line in self._criterion(each))
        told.append(self._say("eras", days=self._words.days(plan.era_pad)))
        told += [self._say("earliest", day=plan.earliest)] if plan.earliest else []
        told += [self._say("latest", day=plan.latest)] if plan.latest else []
        return told

    def _strategy(self, found: OffsetExit | DrugEraExit | None) -> list[str]:
        days = self._words.days
        match found:
            case None:
                return [self._say("exit_observation")]
            case OffsetExit(side, offset):
                anchor = self._words.day_of("entry", side)
                told = [self._say("exit_offset", day=self._words.moved(anchor, offset))]
                return told + ([self._say("exit_before_entry")] if offset < 0 else [])
            case DrugEraExit(codeset, gap, offset, supply):
                lasts = self._say("as_recorded") if supply is None else days(supply)
                return [
                    self._say("exit_drug"),
                    f"- {self._say('exit_drug_set', set=self._words.concept_set(codeset))}",
                    f"- {self._say('exit_drug_gap', days=days(gap))}",
                    f"- {self._say('exit_drug_offset', days=days(offset))}",
                    f"- {self._say('exit_drug_supply', days=lasts)}",
                ]

    def _concept_sets(self, plan: CohortPlan) -> list[str]:
        told = [self._say("concept_sets")]
        if not plan.concept_sets:
            return [*told, self._say("no_concept_sets")]
        for each in plan.concept_sets:
            told.append(self._words.concept_set(each.id))
            told += (f"- {self._words.item(item)}" for item in each.items)
            told += [] if each.items else [f"- {self._say('empty_set')}"]
        return told

    def _group(self, group: Group, scope: Scope) -> list[str]:
        members = [
            *(self._correlated(each, scope) for each in group.criteria),
            *(self._demographic(each, scope) for each in group.demographics),
            *(self._inner(each, scope) for each in group.groups),
        ]
        if not members:
            return [self._say("group_empty")]
        head = self._say(f"group_{group.type}", n=group.count)
        return [head, *(line for member in members for line in member)]

    def _inner(self, group: Group, scope: Scope) -> list[str]:
        head, *details = self._group(group, scope)
        return _under(head, details)

    def _demographic(self, member: Demographic, scope: Scope) -> list[str]:
        details = [f"- {self._words.condition(each, scope)}" for each in member.conditions]
        return _under(self._say("person"), details)

    def _correlated(self, member: Correlated, scope: Scope) -> list[str]:
        observed = not member.ignore_observation_period
        windows = [each for each in (member.start_window, member.end_window) if each is not None]
        details = [f"- {self._words.window(each, scope, observed=observed)}" for each in windows]
        details += [] if observed else [f"- {self._say('ignore_observation')}"]
        details += [f"- {self._say(f'same_visit_{scope}')}"] if member.same_visit else []
        details += [f"- {self._words.counted(member.distinct)}"] if member.distinct is not None else []
        head = f"{self._words.count(member)}, {self._records(member.criterion)}"
        return _under(head, [*details, *self._details(member.criterion)])

    def _criterion(self, criterion: Criterion) -> list[str]:
        return _under(self._records(criterion), self._details(criterion))

    def _records(self, criterion: Criterion) -> str:
        """The domain and the concepts."""
        domain = self._words.of(DOMAINS[criterion.domain])
        if criterion.codeset is not None:
            chosen = self._words.concept_set(criterion.codeset)
            return f"{domain}: {self._say('concept_set', set=chosen)}"
        return domain if criterion.source_codeset is not None else f"{domain}: {self._say('any_record')}"

    def _details(self, criterion: Criterion) -> list[str]:
        """What else is asked of each record."""
        told = []
        if criterion.source_codeset is not None:
            told.append(self._say("source", set=self._words.concept_set(criterion.source_codeset)))
        told += [self._say("first")] if criterion.first else []
        told += self._shift(criterion.shift)
        told += (self._words.condition(each, "record") for each in criterion.conditions)
        for side, day in (("start", criterion.fixed_start), ("end", criterion.fixed_end)):
            told += [self._say(f"fixed_{side}", day=day)] if day is not None else []
        lines = [f"- {each}" for each in told]
        if criterion.group is not None:
            lines += _under(self._say("of_this_record"), self._group(criterion.group, "above"))
        return lines

    def _shift(self, shift: DateShift | None) -> list[str]:
        if shift is None:
            return []
        start = self._words.moved(self._say(f"recorded_{shift.start_from}"), shift.start_days)
        end = self._words.moved(self._say(f"recorded_{shift.end_from}"), shift.end_days)
        return [self._say("shift_start", day=start), self._say("shift_end", day=end)]
