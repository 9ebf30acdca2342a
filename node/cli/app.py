"""The `onggi-node` command line: runs what was typed and answers a failure with a next step."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import click
import typer

from node.cli import (
    budget,
    cards,
    consent,
    console,
    diagnostics,
    doctor,
    ledger,
    letter,
    load,
    pause,
    policy,
    quality,
    records,
    releases,
    run,
    set_up,
    status,
    stop,
    use_postgres,
)
from node.cli.arguments import hoist
from node.cli.desk import Desk, Language, Surroundings
from node.logging_guard import describe_fault
from node.machine_faults import find_machine_fault
from onggi import __version__
from onggi.errors import OnggiError, Refused

app = typer.Typer(
    name="onggi-node",
    help="한 병원의 노드를 설치하고 살펴봅니다. Sets up and watches one hospital's node.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
)
for part in (
    set_up,
    load,
    use_postgres,
    quality,
    run,
    status,
    releases,
    consent,
    stop,
    pause,
    policy,
    budget,
    records,
    cards,
    console,
    ledger,
    letter,
    diagnostics,
    doctor,
):
    part.add_to(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"onggi-node {__version__}")
        raise typer.Exit


@app.callback()
def choose(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="노드의 폴더. The node's folder.", show_default=False)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON 문서 하나만 출력합니다. Prints one JSON document.")
    ] = False,
    lang: Annotated[Language | None, typer.Option(help="언어. Language.", show_default=False)] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="버전. Version.")
    ] = False,
) -> None:
    """Options that may stand anywhere on the line."""
    desk: Desk = context.obj
    desk.choose(home=home, as_json=as_json, language=lang)


def main(arguments: Sequence[str], surroundings: Surroundings) -> int:
    """Runs one command. Returns the exit code: 0, or that of the error's words."""
    desk = Desk(surroundings)
    desk.as_json = "--json" in arguments
    command = typer.main.get_command(app)
    try:
        code = command.main(args=hoist(arguments), prog_name="onggi-node", standalone_mode=False, obj=desk)
        return code if isinstance(code, int) else 0
    except OnggiError as error:
        return desk.tell_error(error)
    except click.exceptions.NoArgsIsHelpError as asked:
        surroundings.out.write(asked.format_message() + "\n")
        return 0
    except click.ClickException as wrong:
        place = wrong.ctx.command_path if isinstance(wrong, click.UsageError) and wrong.ctx else "onggi-node"
        return desk.tell_error(Refused("node.usage", detail=wrong.format_message(), command=place))
    except (click.Abort, KeyboardInterrupt):
        return desk.tell_error(Refused("node.interrupted"))
    except Exception as fault:  # the last place to keep a traceback, which could hold a value, off the screen
        if (machine := find_machine_fault(fault)) is not None:
            return desk.tell_error(machine)
        # Its text could quote a value: the kind and our own line are all that is told.
        logging.getLogger("onggi.node").error("fault", exc_info=fault)
        return desk.tell_error(Refused("node.fault", where=describe_fault(fault)))
