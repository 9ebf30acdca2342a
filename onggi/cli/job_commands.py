"""Submitting jobs, following them, and reading their answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_file
from onggi.cli.session import as_value, session_of
from onggi.client.explanation import Explanation
from onggi.client.job import Job
from onggi.client.private_files import create_file
from onggi.spec.builders.jobs import read_spec

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id.")]
app = new_group("One job: show, explain, wait, cancel.")


def submit(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The job's specification as JSON; `code` may be absent.")],
    check: Annotated[bool, typer.Option("--check", help="Only check; nothing is kept.")] = False,
) -> None:
    """Hand a job in. The same file again is the same job."""
    session = session_of(context)
    spec = read_spec(read_json_file(file))
    with session.client() as client:
        if check:
            checked = client.check(spec)
            said = session.tell("점검을 통과했습니다. 다이제스트", "The job passes the checks. Digest")
            session.say(f"{said}: {checked.digest}", as_value(checked))
            return
        job = client.submit(spec)
        explanation = job.explain()
    session.say(f"{job.id}\n{explanation}", _value(job, explanation))


def jobs(
    context: typer.Context,
    project: Annotated[str | None, typer.Option("--project", help="Only this project's.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state.")] = None,
) -> None:
    """Your jobs, oldest first."""
    session = session_of(context)
    with session.client() as client:
        found = list(client.jobs(project=project, state=state))
    rows = [
        (job.id, job.spec.kind, job.state, f"{job.since:%Y-%m-%d %H:%M}", job.spec.title) for job in found
    ]
    ko, en = ("작업", "종류", "상태", "시점(UTC)", "제목"), ("job", "kind", "state", "since (UTC)", "title")
    session.say_table(ko if session.language == "ko" else en, rows, [as_value(job.record) for job in found])


@app.command()
def show(context: typer.Context, job_id: JobId) -> None:
    """State, digest and specification."""
    session = session_of(context)
    with session.client() as client:
        job = client.job(job_id)
    spec = job.spec
    lines = [
        (session.tell("작업", "Job"), job.id),
        (session.tell("제목", "Title"), spec.title),
        (session.tell("종류", "Kind"), spec.kind),
        (session.tell("상태", "State"), f"{job.state} ({job.since:%Y-%m-%d %H:%M} UTC)"),
        (session.tell("과제", "Project"), f"{job.record.project} / {job.record.permit}"),
        (session.tell("기관", "Hospitals"), ", ".join(spec.participants)),
        (session.tell("다이제스트", "Digest"), job.digest),
    ]
    session.say("\n".join(f"{label}: {value}" for label, value in lines), as_value(job.record))


@app.command()
def explain(context: typer.Context, job_id: JobId) -> None:
    """Whose turn it is, since when, and why."""
    session = session_of(context)
    with session.client() as client:
        job = client.job(job_id)
        explanation = job.explain()
    session.say(str(explanation), _value(job, explanation))


@app.command()
def wait(
    context: typer.Context,
    job_id: JobId,
    timeout: Annotated[float | None, typer.Option("--timeout", help="Seconds.")] = None,
) -> None:
    """Wait until the job has ended, with its progress."""
    session = session_of(context)
    with session.client() as client:
        job = client.job(job_id).wait(timeout=timeout, progress=not session.as_json)
        explanation = job.explain()
    session.say(str(explanation), _value(job, explanation))


@app.command()
def cancel(
    context: typer.Context,
    job_id: JobId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a job back before its result exists. This cannot be undone."""
    session = session_of(context)
    question = session.tell(
        "작업을 취소하시겠습니까? 되돌릴 수 없습니다.", "Cancel the job? This cannot be undone."
    )
    with session.client() as client:
        job = client.job(job_id)
        session.confirm(f"{job.spec.title}\n{question}", yes=yes)
        job.cancel()
    session.say(f"{job.id}: {job.state}", as_value(job.record))


def result(
    context: typer.Context,
    job_id: JobId,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table to this new file.")] = None,
) -> None:
    """The released answer."""
    session = session_of(context)
    with session.client() as client:
        answer = client.job(job_id).result()
    if csv is not None:
        create_file(csv, answer.to_csv().encode())
        session.say_aside(session.tell(f"저장한 파일: {csv}", f"Written to {csv}"))
    session.say(answer.summary(), as_value(answer))


def _value(job: Job, explanation: Explanation) -> dict[str, object]:
    return {
        "job": job.id,
        "state": explanation.state,
        "digest": job.digest,
        "since": explanation.since.isoformat(),
        "whose_turn": explanation.whose_turn,
        "ko": explanation.text("ko"),
        "en": explanation.text("en"),
        "reason": explanation.reason_code,
    }


def add_to(top: typer.Typer) -> None:
    """`submit`, `jobs` and `result` stand at the top, the rest under `job`."""
    for command in (submit, jobs, result):
        top.command()(command)
    top.add_typer(app, name="job")
