"""Named concept sets: save, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_file
from onggi.cli.session import as_value, session_of
from onggi.client.language import plain_line
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.concept_sets import NamedConcept, NamedConceptSet

Project = Annotated[str | None, typer.Option("--project", help="A project's own set; everybody's otherwise.")]
_ITEMS: TypeAdapter[tuple[NamedConcept, ...]] = TypeAdapter(tuple[NamedConcept, ...])
app = new_group("Named concept sets: save, list, show.")


@app.command()
def save(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    file: Annotated[Path, typer.Argument(help='A JSON list: [{"concept": 1, "descendants": true}, ...].')],
    project: Project = None,
) -> None:
    """Save the next version of a set. What the latest version says already is that version again."""
    session = session_of(context)
    try:
        items = _ITEMS.validate_json(canonical_json(read_json_file(file)))
        wanted = NamedConceptSet(name=name, version=1, items=items)
    except ValidationError as bad:
        place = ".".join(str(part) for part in bad.errors()[0]["loc"])
        raise Refused("client.file_malformed", path=str(file), place=place) from None
    with session.client() as client:
        kept = client.concept_sets.save(name, wanted.concepts(), project=project)
    session.say(kept.label, as_value(kept))


@app.command("list")
def list_sets(
    context: typer.Context, name: Annotated[str | None, typer.Option("--name", help="One name's.")] = None
) -> None:
    """Every version of every set that you may read."""
    session = session_of(context)
    with session.client() as client:
        found = list(client.concept_sets.list(name))
    lines = [
        f"{each.label}  {len(each.set.items)}  {plain_line(each.project or session.tell('공개', 'public'))}"
        for each in found
    ]
    session.say("\n".join(lines), [as_value(each) for each in found])


@app.command()
def show(
    context: typer.Context,
    label: Annotated[str, typer.Argument(help="name@version, or the name alone for the latest.")],
    project: Project = None,
) -> None:
    """The concepts of a set."""
    session = session_of(context)
    with session.client() as client:
        found = client.concept_sets.get(label, project=project)
    lines = [
        " ".join(
            [
                str(each.concept),
                *(word for word in ("descendants", "mapped", "excluded") if getattr(each, word)),
                plain_line(each.name or ""),
            ]
        ).rstrip()
        for each in found.set.items
    ]
    session.say("\n".join([found.label, *lines]), as_value(found))
