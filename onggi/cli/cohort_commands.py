"""Cohort definitions of ATLAS: import, validate, tell in plain words. `cohort_jobs` asks the hospitals."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.definition_files import Definition, parse_text, read_definition
from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_file
from onggi.cli.secret_input import SecretEnv, SecretFd, read_secret
from onggi.cli.session import Session, session_of
from onggi.client.private_files import create_file
from onggi.client.told_errors import exit_code_of, words_of
from onggi.client.webapi import fetch_definition
from onggi.errors import Refused
from onggi.spec.circe.explain import explain_cohort
from onggi.spec.circe.finding import Finding
from onggi.spec.circe.problems import find_problems
from onggi.spec.circe.surprises import find_surprises
from onggi.spec.circe.webapi import expression_in

app = new_group("Cohort definitions: import, validate, explain; run, overlap, concepts ask the hospitals.")


class Spoken(StrEnum):
    """The languages in which a definition is told."""

    KO = "ko"
    EN = "en"


@app.command()
def validate(context: typer.Context, file: Definition) -> None:
    """Every problem with its place, and what may surprise. Ends with the first problem's number."""
    session = session_of(context)
    expression = read_definition(file, strict=False)
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
    text = explain_cohort(read_definition(file), language=spoken)
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
    expression = expression_in(answer, parse=parse_text)
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
