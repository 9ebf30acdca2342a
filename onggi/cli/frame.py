"""What holds for every command: `--json` and `--lang` anywhere on the line, and one form of error."""

from __future__ import annotations

import os
from typing import Any

import click
import typer
from typer.core import TyperGroup

from onggi.cli.session import Session
from onggi.client.language import plain_line
from onggi.errors import OnggiError

_FLAG = "--json"
_VALUED = "--lang"
_TYPED = "onggi.typed"


class Frame(TyperGroup):
    """The outermost group. A shell sees exit codes modulo 256; `--json` tells them whole."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ordered = _globals_first(args)
        ctx.meta[_TYPED] = tuple(ordered)
        return super().parse_args(ctx, ordered)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OnggiError as error:
            session = ctx.obj if isinstance(ctx.obj, Session) else Session.of(os.environ)
            number = session.say_error(error, place=_place(ctx))
            # 256 would reach the shell as success.
            ctx.exit(number if number % 256 else 1)


def _globals_first(args: list[str]) -> list[str]:
    """Typer knows these options before the command's name only; people also write them after it."""
    first: list[str] = []
    rest: list[str] = []
    waiting = list(args)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*first, *rest, word, *waiting]
        if word == _FLAG or word.startswith(f"{_VALUED}="):
            first.append(word)
        elif word == _VALUED and waiting:
            first += [word, waiting.pop(0)]
        else:
            rest.append(word)
    return [*first, *rest]


def _place(ctx: click.Context) -> str:
    """The command as it was named, without its values."""
    words = ["onggi"]
    group: click.Command = ctx.command
    for word in ctx.meta.get(_TYPED, ()):
        if not isinstance(group, click.Group):
            break
        found = group.get_command(ctx, word)
        if found is not None:
            words.append(plain_line(word))
            group = found
    return " ".join(words)


def new_group(help_text: str) -> typer.Typer:
    """A group of commands. Tracebacks never show local variables: they may hold a secret."""
    return typer.Typer(help=help_text, no_args_is_help=True, pretty_exceptions_enable=False)
