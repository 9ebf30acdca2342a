"""Submitting jobs, following them, and reading their answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_file
from onggi.cli.session import Session, as_value, session_of
from onggi.client.explanation import Explanation
from onggi.client.job import Job
from onggi.client.language import plain_line
from onggi.client.private_files import create_file
from onggi.client.replies import Checked
from onggi.spec.builders.jobs import read_spec

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id.")]
app = new_group("One job: check, show, explain, wait, cancel, crate.")
FAILED_CHECK = 255
"""The exit code of a job that does not pass on twins."""


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
            _say_checked(session, client.check(spec))
            return
        job = client.submit(spec)
        explanation = job.explain()
    session.say(f"{job.id}\n{explanation}", _value(job, explanation))


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The job's specification as JSON; `code` may be absent.")],
) -> None:
    """Check a job and try it on synthetic twins; nothing is kept, no hospital is asked."""
    session = session_of(context)
    spec = read_spec(read_json_file(file))
    with session.client() as client:
        _say_checked(session, client.check(spec))


def _say_checked(session: Session, checked: Checked) -> None:
    """What was found, in words. Raises the failure's own refusal, so that the exit code tells it."""
    tried, korean = checked.dry_run, session.language == "ko"
    said = {
        "passed": session.tell("점검을 통과했습니다.", "The job passes the checks."),
        "failed": session.tell("점검을 통과하지 못했습니다.", "The job does not pass the checks."),
    }.get(
        tried.outcome,
        session.tell(
            "기본 점검은 통과했고, 합성데이터로는 확인하지 못했습니다.",
            "The job passes the static checks; it could not be tried on twins.",
        ),
    )
    lines = [said, f"{session.tell('다이제스트', 'Digest')}: {checked.digest}"]
    if tried.twins:
        told = (
            f"{tried.twins} × {tried.persons_each:,}",
            f"{session.tell('기관 카드', 'own cards')} {tried.own_cards}",
            f"{tried.milliseconds:,} ms",
        )
        lines.append(f"{session.tell('연습용 합성데이터', 'Synthetic twins')}: {', '.join(told)}")
    for found in tried.findings:
        label = (
            session.tell("참고", "Note") if found.severity == "remark" else session.tell("문제", "Problem")
        )
        cause, following = (found.cause_ko, found.next_ko) if korean else (found.cause_en, found.next_en)
        lines.append(f"{label}: {plain_line(cause)} ({plain_line(found.code)})\n  → {plain_line(following)}")
    session.say("\n".join(lines), as_value(checked))
    if tried.outcome == "failed":
        raise typer.Exit(FAILED_CHECK)


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


@app.command()
def crate(
    context: typer.Context,
    job_id: JobId,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the pack to this new file.")],
) -> None:
    """The evidence pack of a released job: a Five Safes RO-Crate as a ZIP file."""
    session = session_of(context)
    with session.client() as client:
        content = client.job(job_id).crate()
    create_file(out, content)
    told = session.tell(f"저장한 파일: {out}", f"Written to {out}")
    session.say(told, {"job": job_id, "file": str(out), "bytes": len(content)})


def result(
    context: typer.Context,
    job_id: JobId,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the table to this new file; all tables to a .zip.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a report for printing to this new file.")
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write the figure to this new file.")] = None,
    methods: Annotated[bool, typer.Option("--methods", help="Add the paragraph of methods.")] = False,
) -> None:
    """The released answer."""
    session = session_of(context)
    with session.client() as client:
        answer = client.job(job_id).result()
    if csv is not None:
        _write(session, csv, answer.to_zip() if csv.suffix == ".zip" else answer.to_csv().encode())
    if html is not None:
        _write(session, html, answer.to_html().encode())
    if svg is not None:
        _write(session, svg, answer.to_svg().encode())
    said = [answer.summary(), *([answer.methods()] if methods else [])]
    session.say("\n\n".join(said), as_value(answer))


def _write(session: Session, path: Path, content: bytes) -> None:
    create_file(path, content)
    session.say_aside(session.tell(f"저장한 파일: {path}", f"Written to {path}"))


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
