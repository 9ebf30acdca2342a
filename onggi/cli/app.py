"""Puts the commands together and starts them."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from onggi import __version__
from onggi.cli import (
    account_commands,
    budget_commands,
    cohort_commands,
    cohort_jobs,
    concept_set_commands,
    export_commands,
    job_commands,
    key_commands,
    letter_commands,
    log_commands,
    permit_commands,
    review_commands,
    root_commands,
)
from onggi.cli.frame import Frame
from onggi.cli.session import Session


class Lang(StrEnum):
    """The languages of every message."""

    KO = "ko"
    EN = "en"


app = typer.Typer(
    cls=Frame,
    help="Ask many hospitals one exact question; rows never leave. / 여러 기관에 질문하는 명령입니다.",
    epilog="--json and --lang may stand anywhere on the line. Exit codes: 300-399 are ours, "
    "200-299 the coordinator's; a shell shows them modulo 256.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _begin(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
    lang: Annotated[Lang | None, typer.Option("--lang", help="Language; by locale otherwise.")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if not isinstance(context.obj, Session):
        context.obj = Session.of(os.environ)
    context.obj.as_json = as_json
    if lang is not None:
        context.obj.language = lang.value


account_commands.add_to(app)
job_commands.add_to(app)
cohort_jobs.add_to(cohort_commands.app)
app.add_typer(cohort_commands.app, name="cohort")
app.add_typer(concept_set_commands.app, name="concept-set")
app.add_typer(key_commands.app, name="keys")
app.add_typer(review_commands.app, name="review")
app.add_typer(export_commands.app, name="export")
app.add_typer(permit_commands.app, name="permit")
app.add_typer(budget_commands.app, name="budget")
app.add_typer(root_commands.app, name="root")
app.add_typer(log_commands.app, name="log")
app.add_typer(letter_commands.app, name="letter")


def main() -> None:
    """The entry point of the `onggi` command."""
    app()
