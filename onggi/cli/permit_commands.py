"""Drafting a permit from a file, and looking at permits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_object
from onggi.cli.session import as_value, session_of

app = new_group("Permits: draft, list.")


@app.command()
def draft(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The permit's fields as JSON, with `expires`.")],
) -> None:
    """Draft a permit for the committee to sign. Id, federation and dates are filled in and checked."""
    session = session_of(context)
    fields = read_json_object(file)
    with session.client() as client:
        page = client.review.draft("project-permit", fields, now=session.clock())
    value = as_value(page.reply)
    assert isinstance(value, dict)
    session.say(f"{page.text}\n{page.reply.id}", {**value, "text": page.text})


@app.command("list")
def list_permits(
    context: typer.Context,
    project: Annotated[str | None, typer.Option("--project", help="Only this project's.")] = None,
) -> None:
    """Permits, in force or not."""
    session = session_of(context)
    with session.client() as client:
        found = list(client.permits(project=project))
    rows = [(one.id, one.project, one.state, f"{one.expires:%Y-%m-%d}") for one in found]
    ko, en = ("이용승인", "과제", "상태", "만료"), ("permit", "project", "state", "expires")
    session.say_table(ko if session.language == "ko" else en, rows, [as_value(one) for one in found])
