"""Asks the hospitals about cohorts: count one, compare several, report on the concepts that one names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from onggi.cli.definition_files import Definition, read_definition
from onggi.cli.session import Session, as_value, session_of
from onggi.client.language import plain_line
from onggi.client.replies import Permit
from onggi.errors import Refused
from onggi.spec.builders.jobs import concept_report, count, overlap
from onggi.spec.builders.unchosen import end_of_day
from onggi.spec.builders.variables import age, index_year, sex
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec
from onggi.spec.variables import Variable

PermitId = Annotated[str, typer.Option("--permit", help="The permit under which it is asked.")]
Dataset = Annotated[str | None, typer.Option("--dataset", help="The permit's only one otherwise.")]
Hospitals = Annotated[
    list[str] | None, typer.Option("--hospital", help="A site; repeat it. All of the permit otherwise.")
]
Title = Annotated[str | None, typer.Option("--title", help="One line; the file's name otherwise.")]
MinimumSites = Annotated[int | None, typer.Option("--minimum-sites", min=1, help="Else all.")]
MinimumPersons = Annotated[int, typer.Option("--minimum-persons", min=1)]
Masked = Annotated[bool, typer.Option("--masked/--not-masked", help="Hide each site's numbers.")]
SmallHospitals = Annotated[
    bool,
    typer.Option("--small-hospitals", help="A cell may be small at one site; the permit must say so."),
]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the answer.")]
Timeout = Annotated[float | None, typer.Option("--timeout", help="Seconds to wait.")]

_GROUPS: Mapping[str, Callable[[], Variable]] = {"age": age, "sex": sex, "year": index_year}


def add_to(app: typer.Typer) -> None:
    """Adds the commands to a group."""
    app.command()(run)
    app.command("overlap")(compare)
    app.command()(concepts)


def run(
    context: typer.Context,
    file: Definition,
    permit: PermitId,
    dataset: Dataset = None,
    hospital: Hospitals = None,
    title: Title = None,
    minimum_sites: MinimumSites = None,
    minimum_persons: MinimumPersons = 10,
    masked: Masked = True,
    small_hospitals: SmallHospitals = False,
    funnel: Annotated[
        list[str] | None,
        typer.Option("--funnel", help="Rules by position from 0, such as 2,0: a further funnel. Repeat it."),
    ] = None,
    events: Annotated[bool, typer.Option("--events", help="Count index events beside persons.")] = False,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="Groups: sex, year, age:40,65 (under 40, 40 to 64, 65 on). Repeat it."),
    ] = None,
    wait: Wait = True,
    timeout: Timeout = None,
) -> None:
    """Count the definition's persons at the hospitals, rule by rule. The same file again is the same job."""
    title = title or _called(file)
    frame = _Frame(session_of(context), permit, dataset, hospital, title, minimum_sites, masked)
    question = {
        "cohort": _read_whole(file),
        "minimum_persons": minimum_persons,
        "small_hospitals": small_hospitals,
        "funnels": [_whole_numbers(each, "2,0") for each in funnel or ()],
        "events": events,
        "by": [_groups(each) for each in by or ()],
    }
    frame.ask(count, question, wait=wait, timeout=timeout)


def compare(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Two to five definitions, called by their files.")
    ],
    permit: PermitId,
    dataset: Dataset = None,
    hospital: Hospitals = None,
    title: Title = None,
    minimum_sites: MinimumSites = None,
    minimum_persons: MinimumPersons = 10,
    masked: Masked = True,
    small_hospitals: SmallHospitals = False,
    wait: Wait = True,
    timeout: Timeout = None,
) -> None:
    """Count the persons in each combination of several definitions."""
    names = [_called(each) for each in files]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if len(files) < 2 or twice:
        raise typer.BadParameter("two to five files of different names")
    title = title or plain_line(" / ".join(names))
    frame = _Frame(session_of(context), permit, dataset, hospital, title, minimum_sites, masked)
    cohorts = dict(zip(names, map(_read_whole, files), strict=True))
    question = {
        "cohorts": cohorts,
        "minimum_persons": minimum_persons,
        "small_hospitals": small_hospitals,
    }
    frame.ask(overlap, question, wait=wait, timeout=timeout)


def concepts(
    context: typer.Context,
    file: Definition,
    permit: PermitId,
    dataset: Dataset = None,
    hospital: Hospitals = None,
    title: Title = None,
    minimum_sites: MinimumSites = None,
    masked: Masked = True,
    wait: Wait = True,
    timeout: Timeout = None,
) -> None:
    """At how many hospitals each concept that the definition names is known. Nobody is counted."""
    title = title or _called(file)
    frame = _Frame(session_of(context), permit, dataset, hospital, title, minimum_sites, masked)
    frame.ask(concept_report, {"cohort": _read_whole(file)}, wait=wait, timeout=timeout)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every such job says beside its question."""

    session: Session
    permit: str
    dataset: str | None
    hospitals: list[str] | None
    title: str
    minimum_sites: int | None
    masked: bool

    def ask(
        self,
        build: Callable[..., JobSpec],
        question: Mapping[str, Any],
        *,
        wait: bool,
        timeout: float | None,
    ) -> None:
        """Submits the job and says its answer, or its id alone."""
        session = self.session
        with session.client() as client:
            found = client.permit(self.permit)
            dataset = _dataset(found, self.dataset)
            spec = build(
                title=self.title,
                project=found.project,
                permit=found.id,
                dataset=dataset,
                participants=self.hospitals
                or [one.site for one in found.permit.datasets if one.dataset == dataset],
                minimum_sites=self.minimum_sites,
                masked=self.masked,
                expires=end_of_day(session.clock()),
                **question,
            )
            job = client.submit(spec)
            if not wait:
                session.say(job.id, {"job": job.id, "state": job.state, "digest": job.digest})
                return
            session.say_aside(f"{session.tell('작업', 'Job')}: {job.id}")
            answer = job.wait(timeout=timeout, progress=not session.as_json).result()
        session.say(answer.summary(), {"job": job.id, "result": as_value(answer)})


def _called(file: Path) -> str:
    return plain_line(file.stem)


def _read_whole(file: Path) -> Mapping[str, object]:
    """A definition that can be read as a whole. Raises Refused ``cohort.*``."""
    expression = read_definition(file)
    read_cohort(expression)
    return expression


def _whole_numbers(text: str, example: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r}: whole numbers with commas, such as {example}") from None


def _groups(text: str) -> tuple[Variable, list[int]]:
    name, colon, edges = text.partition(":")
    if name not in _GROUPS:
        raise typer.BadParameter(f"{text!r}: one of {', '.join(_GROUPS)}, such as sex or age:40,65")
    return _GROUPS[name](), _whole_numbers(edges, "age:40,65") if colon else []


def _dataset(permit: Permit, wanted: str | None) -> str:
    known = sorted({each.dataset for each in permit.permit.datasets})
    if wanted is not None:
        return wanted
    if len(known) != 1:
        raise Refused("cohort.dataset_unclear", datasets=", ".join(known))
    return known[0]
