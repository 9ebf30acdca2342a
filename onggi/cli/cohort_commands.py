"""Cohort definitions of ATLAS: import, validate, tell in plain words, and count at the hospitals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_file
from onggi.cli.secret_input import SecretEnv, SecretFd, read_secret
from onggi.cli.session import Session, as_value, session_of
from onggi.client.language import plain_line
from onggi.client.private_files import create_file
from onggi.client.replies import Permit
from onggi.client.told_errors import exit_code_of, words_of
from onggi.client.webapi import LARGEST_DEFINITION, fetch_definition
from onggi.errors import Refused
from onggi.protocol.canonical import parse_strict_json
from onggi.spec.builders.jobs import count, end_of_day
from onggi.spec.circe.explain import explain_cohort
from onggi.spec.circe.finding import Finding
from onggi.spec.circe.problems import find_problems
from onggi.spec.circe.read import read_cohort
from onggi.spec.circe.surprises import find_surprises
from onggi.spec.circe.webapi import expression_in

Definition = Annotated[Path, typer.Argument(metavar="FILE", help="A definition of ATLAS as JSON.")]
app = new_group("Cohort definitions: import, validate, explain, run.")


class Spoken(StrEnum):
    """The languages in which a definition is told."""

    KO = "ko"
    EN = "en"


@app.command()
def validate(context: typer.Context, file: Definition) -> None:
    """Every problem with its place, and what may surprise. Ends with the first problem's number."""
    session = session_of(context)
    expression = _read(file, strict=False)
    problems = find_problems(expression)
    remarks = () if problems else find_surprises(expression)
    session.say(
        "\n".join(_summary(session, problems, remarks)),
        {
            "valid": not problems,
            "problems": [_value(session, each) for each in problems],
            "remarks": [_value(session, each) for each in remarks],
        },
    )
    if problems:
        raise typer.Exit(exit_code_of(_as_error(problems[0])))


@app.command()
def explain(
    context: typer.Context,
    file: Definition,
    language: Annotated[Spoken | None, typer.Option("--language", help="The session's otherwise.")] = None,
) -> None:
    """The whole definition in plain sentences."""
    session = session_of(context)
    spoken = session.language if language is None else language.value
    text = explain_cohort(_read(file), language=spoken)
    session.say(text.rstrip("\n"), {"language": spoken, "text": text})


@app.command("import")
def import_definition(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A file, or https://<host>/WebAPI/cohortdefinition/<id>.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A new file; the screen otherwise.")] = None,
    ca_file: Annotated[Path | None, typer.Option("--ca-file", help="Authorities of that server.")] = None,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Fetch a definition and keep its expression. A token for WebAPI is given by --secret-env or -fd."""
    session = session_of(context)
    if "://" in source:
        token = None
        if secret_env is not None or secret_fd is not None:
            token = read_secret(session, "WebAPI", env=secret_env, fd=secret_fd)
        answer = fetch_definition(source, token=token, ca_file=ca_file)
    else:
        answer = read_json_file(Path(source))
    expression = expression_in(answer, parse=_parse)
    text = json.dumps(expression, ensure_ascii=False, indent=2) + "\n"
    problems = find_problems(expression)
    for each in problems:
        session.say_aside(_line(session, each))
    if out is None:
        typer.echo(text, nl=False)
        return
    create_file(out, text.encode())
    said = session.tell("저장한 파일", "Written to")
    session.say(f"{said}: {out}", {"file": str(out), "valid": not problems})


@app.command()
def run(
    context: typer.Context,
    file: Definition,
    permit: Annotated[str, typer.Option("--permit", help="The permit under which it is asked.")],
    dataset: Annotated[str | None, typer.Option("--dataset", help="The permit's only one otherwise.")] = None,
    hospital: Annotated[
        list[str] | None, typer.Option("--hospital", help="A site; repeat it. All of the permit otherwise.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="One line; the file's name otherwise.")] = None,
    minimum_sites: Annotated[int | None, typer.Option("--minimum-sites", min=1, help="Else all.")] = None,
    minimum_persons: Annotated[int, typer.Option("--minimum-persons", min=1)] = 10,
    masked: Annotated[bool, typer.Option("--masked/--not-masked", help="Hide each site's counts.")] = True,
    funnel: Annotated[
        list[str] | None,
        typer.Option("--funnel", help="Rules by position from 0, such as 2,0: a further funnel. Repeat it."),
    ] = None,
    events: Annotated[bool, typer.Option("--events", help="Count index events beside persons.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the answer.")] = True,
    timeout: Annotated[float | None, typer.Option("--timeout", help="Seconds to wait.")] = None,
) -> None:
    """Count the definition's persons at the hospitals, rule by rule. The same file again is the same job."""
    session = session_of(context)
    expression = _read(file)
    read_cohort(expression)
    with session.client() as client:
        found = client.permit(permit)
        chosen = _dataset(found, dataset)
        spec = count(
            title=title or plain_line(file.stem),
            project=found.project,
            permit=found.id,
            dataset=chosen,
            participants=hospital or [one.site for one in found.permit.datasets if one.dataset == chosen],
            cohort=expression,
            minimum_sites=minimum_sites,
            minimum_persons=minimum_persons,
            masked=masked,
            expires=end_of_day(session.clock()),
            funnels=[_rules(each) for each in funnel or ()],
            events=events,
        )
        job = client.submit(spec)
        if not wait:
            session.say(job.id, {"job": job.id, "state": job.state, "digest": job.digest})
            return
        session.say_aside(f"{session.tell('작업', 'Job')}: {job.id}")
        answer = job.wait(timeout=timeout, progress=not session.as_json).result()
    session.say(answer.summary(), {"job": job.id, "result": as_value(answer)})


def _rules(funnel: str) -> list[int]:
    try:
        return [int(each) for each in funnel.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{funnel!r}: positions of rules from 0, such as 2,0") from None


def _dataset(permit: Permit, wanted: str | None) -> str:
    known = sorted({each.dataset for each in permit.permit.datasets})
    if wanted is not None:
        return wanted
    if len(known) != 1:
        raise Refused("cohort.dataset_unclear", datasets=", ".join(known))
    return known[0]


def _parse(text: str) -> object:
    try:
        return parse_strict_json(text.encode(), LARGEST_DEFINITION)
    except (Refused, UnicodeEncodeError):
        raise ValueError(text[:0]) from None


def _read(file: Path, *, strict: bool = True) -> Mapping[str, object]:
    """The expression in a file. Without `strict`, an object without one stands for itself."""
    value: Any = read_json_file(file)
    try:
        return expression_in(value, parse=_parse)
    except Refused:
        if strict or not isinstance(value, dict) or "expression" in value:
            raise
        return value


def _as_error(finding: Finding) -> Refused:
    return Refused(finding.code, **finding.facts)


def _value(session: Session, finding: Finding) -> dict[str, object]:
    cause, following = words_of(_as_error(finding), session.language)
    return {
        "code": finding.code,
        "place": finding.place,
        "cause": cause,
        "next": following,
        "facts": dict(finding.facts),
    }


def _line(session: Session, finding: Finding) -> str:
    cause, following = words_of(_as_error(finding), session.language)
    return f"- {cause} [{finding.code}]\n  {following}"


def _summary(session: Session, problems: tuple[Finding, ...], remarks: tuple[Finding, ...]) -> list[str]:
    if problems:
        head = session.tell(f"문제: {len(problems)}건", f"Problems: {len(problems)}")
        return [head, *(_line(session, each) for each in problems)]
    lines = [session.tell("읽을 수 있는 정의입니다.", "The definition can be read.")]
    if remarks:
        lines.append(session.tell(f"참고: {len(remarks)}건", f"Remarks: {len(remarks)}"))
        lines += [_line(session, each) for each in remarks]
    return lines
