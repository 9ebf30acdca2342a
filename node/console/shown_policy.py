"""The hospital's policy as sentences and as a form, and what a person typed into that form as a policy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis_jobs.kinds.registry import kind_names
from node.console.access import Visit
from node.console.shown_rules import check_typed_rules, told_rules
from node.decisions.policy_changes import USUAL, change_policy
from node.decisions.site_policy import SitePolicy
from node.state.tables import Run
from onggi.errors import Refused
from onggi.spec.disclosure_rules import CODES
from onggi.spec.explain_rules import tell_value
from onggi.spec.job import JobSpec, ResultType
from pages.entries import Entries
from pages.problems import Problems

MOST_PROJECTS: Final = 30
_PROJECT: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_CONSENTS: Final = ("automatic", "ask", "never")
RESULTS: Final[tuple[str, ...]] = get_args(ResultType)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    """What the form shows: every field's value as it stands or as it was typed."""

    consent: str
    masked: str
    minimum_persons: str
    small_hospitals: str
    refusal_quota: str
    kinds: tuple[tuple[str, str], ...]
    projects: tuple[tuple[str, str], ...]
    releases: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]
    new_project: str = ""
    new_rule: str = "ask"

    def fields(self) -> list[tuple[str, str]]:
        """All of it, as a form sends it."""
        found = [
            ("consent", self.consent),
            ("masked", self.masked),
            ("minimum_persons", self.minimum_persons),
            ("small_hospitals", self.small_hospitals),
            ("refusal_quota", self.refusal_quota),
            ("new_project", self.new_project),
            ("new_rule", self.new_rule),
        ]
        for group, rules in (
            ("kind", self.kinds),
            ("project", self.projects),
            ("release", self.releases),
            ("rule", self.rules),
        ):
            found += [(f"{group}.{name}", rule) for name, rule in rules]
        return found


def form_of(policy: SitePolicy, *, projects: Iterable[str] = ()) -> PolicyForm:
    """The form of a policy; `projects` are offered beside those that it names."""
    kinds = kind_names()  # a rule for a kind that this software does not know stays as it is
    named = [*sorted(policy.consent_by_project), *projects]
    return PolicyForm(
        consent=policy.consent,
        masked=policy.masked,
        minimum_persons=str(policy.minimum_persons),
        small_hospitals="yes" if policy.small_hospitals else "no",
        refusal_quota=str(policy.refusal_quota),
        kinds=tuple((name, policy.consent_by_kind.get(name, USUAL)) for name in kinds),
        projects=tuple((name, policy.consent_by_project.get(name, USUAL)) for name in dict.fromkeys(named)),
        releases=tuple((name, policy.release.get(name, USUAL)) for name in RESULTS),  # type: ignore[call-overload]  # every name is a result's
        rules=tuple((rule, tell_value(policy.rules, rule)[1]) for rule in CODES),
    )


def known_projects(session: Session) -> list[str]:
    """Projects of the latest runs here."""
    latest = session.scalars(select(Run.spec).order_by(Run.received_at.desc()).limit(200))
    found = dict.fromkeys(JobSpec.model_validate_json(spec).project for spec in latest)
    return sorted(list(found)[:MOST_PROJECTS])


def typed_form(entries: Entries, shown: PolicyForm) -> PolicyForm:
    """The form with what was typed; a field that was not sent keeps its value.

    Raises:
        Refused: ``policy.entry_wrong`` for a field that no form of ours has.
    """

    def rules(group: str, known: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        start = f"{group}."
        sent = {name[len(start) :]: entries.text(name) for name in entries.values if name.startswith(start)}
        names = dict(known)
        for name in sent.keys() - names.keys():
            if group != "project" or not _PROJECT.fullmatch(name):
                raise Refused("policy.entry_wrong", entry=group)
        return tuple({**names, **sent}.items())

    def text(name: str, otherwise: str) -> str:
        return entries.text(name) if name in entries.values else otherwise

    return PolicyForm(
        consent=text("consent", shown.consent),
        masked=text("masked", shown.masked),
        minimum_persons=text("minimum_persons", shown.minimum_persons),
        small_hospitals=text("small_hospitals", shown.small_hospitals),
        refusal_quota=text("refusal_quota", shown.refusal_quota),
        kinds=rules("kind", shown.kinds),
        projects=rules("project", shown.projects),
        releases=rules("release", shown.releases),
        rules=rules("rule", shown.rules),
        new_project=text("new_project", ""),
        new_rule=text("new_rule", "ask"),
    )


def read_form(form: PolicyForm, before: SitePolicy, problems: Problems) -> SitePolicy | None:
    """The policy that the form describes, or None with what is wrong, each at its field."""
    projects = dict(form.projects)
    for name, number in (("minimum_persons", form.minimum_persons), ("refusal_quota", form.refusal_quota)):
        with problems.at(name):
            if not _WHOLE.fullmatch(number) or int(number) < 1:
                raise Refused("policy.entry_wrong", entry=name)
    check_typed_rules(form.rules, problems)
    if form.new_project:
        with problems.at("new_project"):
            if not _PROJECT.fullmatch(form.new_project):
                raise Refused("policy.entry_wrong", entry="consent_by_project")
            projects[form.new_project] = form.new_rule
    if problems:
        return None
    with problems.at(""):
        return change_policy(
            before,
            consent=form.consent,
            masked=form.masked,
            minimum_persons=int(form.minimum_persons),
            small_hospitals=form.small_hospitals,
            refusal_quota=int(form.refusal_quota),
            by_kind=dict(form.kinds),
            by_project=projects,
            release=dict(form.releases),
            rules=dict(form.rules),
        )
    return None


def sentences(visit: Visit, policy: SitePolicy) -> list[tuple[str, str]]:
    """(what it is about, the rule) of a policy, the most general first."""
    say = visit.say
    rows = [(say("policy.consent"), say(f"policy.consent.{policy.consent}"))]
    kinds = set(kind_names())
    for name, rule in sorted(policy.consent_by_kind.items()):
        told = say(f"kind.{name}") if name in kinds else name
        rows.append((say("policy.of_kind", kind=told), say(f"policy.consent.{rule}")))
    for name, rule in sorted(policy.consent_by_project.items()):
        rows.append((say("policy.of_project", project=name), say(f"policy.consent.{rule}")))
    rows.append((say("policy.masked"), say(f"policy.masked.{policy.masked}")))
    for result, release in sorted(policy.release.items()):
        told = say(f"policy.result.{result}")
        rows.append((say("policy.of_result", result=told), say(f"policy.release.{release}")))
    unsaid = say("policy.release_usual")
    return [
        *rows,
        (say("policy.of_others"), unsaid),
        (say("policy.minimum"), say("policy.persons", number=policy.minimum_persons)),
        (say("policy.small"), say("policy.yes" if policy.small_hospitals else "policy.no")),
        (say("policy.quota"), say("policy.quota_number", number=policy.refusal_quota)),
        *told_rules(visit, policy.rules),
    ]
