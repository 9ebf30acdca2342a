"""One run of the command: its language, its form of output, and the person's own files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from onggi.cli.credentials import Credentials, load_credentials
from onggi.client.connection import Client, connect
from onggi.client.home import Home
from onggi.client.language import plain_line, plain_text, preferred_language
from onggi.client.told_errors import exit_code_of, words_of
from onggi.errors import OnggiError, Refused
from onggi.words.catalogue import Language

_UNBROKEN = 10_000


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Session:
    """What every command is given. `over` and `clock` are chosen by tests."""

    environment: Mapping[str, str] = field(repr=False)
    language: Language = "en"
    as_json: bool = False
    over: httpx.BaseTransport | None = None
    clock: Callable[[], datetime] = system_clock

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Session:
        return cls(environment=environment, language=preferred_language(environment))

    @property
    def home(self) -> Home:
        return Home.of(self.environment)

    def credentials(self) -> Credentials:
        """Where and as whom `onggi login` signed in."""
        return load_credentials(self.home.credentials)

    def client(self) -> Client:
        """Connected with the stored token. Raises Refused `client.token_missing` before a login."""
        kept = self.credentials()
        return self._connect(kept.url, token=kept.token.get_secret_value(), ca_file=kept.ca_file)

    def public_client(self, url: str | None = None) -> Client:
        """For what anybody may read, at this address or the stored one."""
        if url is not None:
            return self._connect(url, token=None, ca_file=None)
        kept = self.credentials()
        return self._connect(kept.url, token=None, ca_file=kept.ca_file)

    def _connect(self, url: str, *, token: str | None, ca_file: str | None) -> Client:
        return connect(
            url,
            token=token,
            ca_file=ca_file,
            language=self.language,
            home=self.home.folder,
            over=self.over,
            environment=self.environment,
        )

    def tell(self, ko: str, en: str) -> str:
        """The one of the two in the session's language."""
        return ko if self.language == "ko" else en

    def say(self, text: str, value: object) -> None:
        """The text for a person, or the value as JSON for a program."""
        if self.as_json:
            typer.echo(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))
        else:
            typer.echo(plain_text(text))

    def say_aside(self, text: str) -> None:
        """On standard error: what a person reads before deciding, beside the command's own output."""
        typer.echo(plain_text(text), err=True)

    def say_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], value: object) -> None:
        """A table for a person; an empty one says so."""
        if self.as_json:
            self.say("", value)
            return
        if not rows:
            self.say(self.tell("해당 항목이 없습니다.", "Nothing here."), value)
            return
        table = Table(box=None, pad_edge=False)
        for column in columns:
            table.add_column(column, no_wrap=True)
        for row in rows:
            table.add_row(*(Text(plain_line(cell)) for cell in row))
        console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _UNBROKEN)
        console.print(table)

    def say_error(self, error: OnggiError, *, place: str) -> int:
        """Cause, place and one next act. Returns the exit code."""
        cause, following = words_of(error, self.language)
        number = exit_code_of(error)
        if self.as_json:
            said = {"code": error.code, "cause": cause, "place": place, "next": following, "exit": number}
            self.say("", {"error": {**said, "facts": error.facts}})
            return number
        lines = [
            (self.tell("오류", "Error"), cause),
            (self.tell("위치", "Where"), f"{place} [{error.code}]"),
            (self.tell("다음", "Next"), following),
        ]
        for label, text in lines:
            if text:
                typer.echo(f"{label}: {plain_line(text)}", err=True)
        return number

    def confirm(self, question: str, *, yes: bool) -> None:
        """Raises Refused `cli.declined` unless the person agrees."""
        if yes:
            return
        try:
            agreed = typer.confirm(question, err=True)
        except typer.Abort:
            raise Refused("cli.no_answer") from None
        if not agreed:
            raise Refused("cli.declined")


def session_of(context: typer.Context) -> Session:
    """The session that the app made for this run."""
    return cast("Session", context.obj)


def as_value(model: Any) -> object:
    """A pydantic reply as plain JSON values."""
    return model.model_dump(mode="json", by_alias=True)
