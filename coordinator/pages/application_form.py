"""The forms of applications to the committee, one for each kind: what they show and what they read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, get_args

from pydantic import ValidationError

from coordinator.committee.application_content import (
    Amendment,
    Closing,
    Content,
    Extension,
    Feasibility,
    JobReview,
    Kind,
    NewPermit,
    PermitTerms,
    permit_of,
)
from coordinator.jobs.job_store import Job
from coordinator.pages.access import Visit
from coordinator.pages.field_names import FormProblems
from coordinator.pages.terms_form import (
    ZONE,
    Offered,
    entered,
    entered_terms,
    offered,
    read_grants,
    read_terms,
    read_until,
    shown_terms,
)
from coordinator.pages.terms_words import offers, terms_in
from coordinator.states import JobState
from onggi.errors import Refused
from pages.problems import Problems

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ABOUT_A_PERMIT: Final = frozenset({"amendment", "extension", "closing"})
LONGEST: Final = 4000
_LONGEST_REPORT: Final = 20_000
_YEAR: Final = timedelta(days=365)


@dataclass(slots=True, kw_only=True)
class ApplicationForm:
    """One form on its way: what is shown in its fields, and what is wrong with them."""

    visit: Visit
    kind: Kind
    project: str
    permit: str | None
    values: dict[str, Any]
    sets: list[Offered]
    problems: Problems
    jobs: list[Job] = field(default_factory=list)

    def drawn(self) -> dict[str, Any]:
        """The values of its template."""
        people = self.visit.services.projects.get(self.project).people
        return {
            "kind": self.kind,
            "permit": self.permit,
            "form": self.values,
            "sets": self.sets,
            "offers": offers(self.visit, people),
            "job_options": [(job.id, job.spec.title, job.id) for job in self.jobs],
            "problems": self.problems,
        }


def empty_form(visit: Visit, kind: Kind, project: str, permit: str | None) -> ApplicationForm:
    """A new application's form; an amendment's begins with what is granted now.

    Raises:
        Refused: ``permit.not_found`` where the kind is about a permit and none of the project's was named.
    """
    terms = _terms_now(visit, kind, project, permit)
    return _form(visit, kind, project, permit, terms=terms)


def filled_form(visit: Visit, content: Content, *, project: str, reason: str) -> ApplicationForm:
    """The form of an application that was written before."""
    terms = content.terms if isinstance(content, NewPermit | Amendment) else None
    form = _form(visit, content.kind, project, permit_of(content), terms=terms)
    form.values["reason"] = reason
    match content:
        case Extension(expires=expires):
            form.values["until"] = expires.astimezone(ZONE).date().isoformat()
        case Closing(report=report):
            form.values["report"] = report
        case Feasibility():
            form.values |= {"people": content.people, "per_day": content.per_day}
            form.sets = offered(visit, project, content.datasets)
            form.values["until"] = content.expires.astimezone(ZONE).date().isoformat()
        case JobReview(job=job, expires=expires):
            form.values |= {"job": job, "until": expires.astimezone(ZONE).date().isoformat()}
    return form


def read_form(form: ApplicationForm) -> tuple[Content, str] | None:
    """What was typed; or nothing, and the form says what is wrong or shows the data sets that were added."""
    entries, problems = form.visit.entries, form.problems
    form.values |= entered_terms(entries)
    form.values |= {name: entries.text(name) for name in ("reason", "report", "per_day", "job")}
    form.sets = entered(entries, form.sets)
    reason = entries.text("reason")
    if len(reason) > LONGEST:
        problems.add("reason", Refused("page.too_long", longest=LONGEST))
    if entries.text("add"):
        return None
    content = _read(form)
    return None if problems or content is None else (content, reason)


def _read(form: ApplicationForm) -> Content | None:
    entries, problems, permit = form.visit.entries, form.problems, form.permit or ""
    match form.kind:
        case "permit" | "amendment":
            terms = read_terms(entries, form.sets, problems)
            if terms is None:
                return None
            return NewPermit(terms=terms) if form.kind == "permit" else Amendment(permit=permit, terms=terms)
        case "closing":
            report = entries.text("report")
            if not 0 < len(report) <= _LONGEST_REPORT:
                problems.add("report", Refused("page.too_long", longest=_LONGEST_REPORT))
                return None
            return Closing(permit=permit, report=report)
    with problems.at("until"):
        until = read_until(entries.text("until"))
        match form.kind:
            case "extension":
                return Extension(permit=permit, expires=until)
            case "feasibility":
                return _read_feasibility(form, until)
            case "job":
                chosen = next((job for job in form.jobs if job.id == entries.text("job")), None)
                if chosen is None:
                    problems.add("job", Refused("page.choice_missing"))
                    return None
                return JobReview(job=chosen.id, permit=chosen.permit, spec=chosen.digest, expires=until)
    return None


def _read_feasibility(form: ApplicationForm, until: Any) -> Feasibility | None:
    entries, problems = form.visit.entries, form.problems
    fields = {
        "people": entries.texts("people"),
        "datasets": read_grants(form.sets, problems),
        "per_day": entries.text("per_day"),
        "expires": until,
    }
    try:
        return Feasibility.model_validate(fields)
    except ValidationError as wrong:
        for each in wrong.errors():
            place = str(each["loc"][0])
            problems.add(place, Refused("application.field", field=place))
        return None


def _form(
    visit: Visit, kind: Kind, project: str, permit: str | None, *, terms: PermitTerms | None
) -> ApplicationForm:
    now = visit.services.clock()
    values = shown_terms(terms, now=now) | {"reason": "", "report": "", "per_day": 20, "job": ""}
    if kind == "extension" and terms is not None:
        values["until"] = (terms.expires + _YEAR).astimezone(ZONE).date().isoformat()
    waiting = [JobState.WAITING_FOR_APPROVAL]
    jobs = visit.services.jobs.jobs(limit=50, project=project, states=waiting) if kind == "job" else []
    return ApplicationForm(
        visit=visit,
        kind=kind,
        project=project,
        permit=permit,
        values=values,
        sets=offered(visit, project, () if terms is None else terms.datasets),
        problems=FormProblems(visit.language),
        jobs=jobs,
    )


def _terms_now(visit: Visit, kind: Kind, project: str, permit: str | None) -> PermitTerms | None:
    if kind not in ABOUT_A_PERMIT:
        return None
    if permit is None:
        raise Refused("permit.not_found")
    found = visit.services.permits.get(permit)
    if found.project != project:
        raise Refused("permit.not_found")
    return terms_in(found.permit)
