"""Where a command stands while it talks to a person: their language, their terminal, the node's folder."""

from __future__ import annotations

import io
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from node.advice import with_home, with_source
from node.cli.places import place_of
from node.settings import NodeSettings, read_settings
from node.sources import Clock, RandomBytes
from node.store.secret_bytes import SecretBytes
from node.unlocking import Unlocking
from onggi.errors import Fact, OnggiError, Refused
from onggi.words.catalogue import find_words, public_words

_UNKNOWN_EXIT = 199
_OUR_EXITS = range(100, 200)  # an exit status has one byte: the SDK's 300-399 would lose their meaning
_UNBROKEN = 10_000
_ON_DISK = ("path", "file", "folder", "home")
_USUAL_HOME = Path("/var/lib/onggi-node")


class Language(StrEnum):
    """The two languages of everything that a person reads."""

    KO = "ko"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the process was started in, read once in `node.__main__`."""

    environment: Mapping[str, str]
    clock: Clock
    random: RandomBytes
    out: TextIO
    err: TextIO
    asking: TextIO


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; numbers stand on the right."""

    ko: str
    en: str
    number: bool = False


class Desk:
    """One command's counter: what it was told, and how it answers."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.as_json = False
        self.language = find_language(surroundings.environment)
        self._home: Path | None = None
        self._passphrase: SecretBytes | None = None

    def choose(self, *, home: Path | None, as_json: bool, language: Language | None) -> None:
        """Takes the options that every command has."""
        self._home = home
        self.as_json = self.as_json or as_json
        self.language = language or self.language

    # --- where ---------------------------------------------------------------------------------------

    @property
    def home(self) -> Path:
        """The node's folder: the one given, the system's, or the person's own."""
        if self._home is not None:
            return self._home.expanduser().absolute()
        if os.geteuid() == 0 or _USUAL_HOME.is_dir():
            return _USUAL_HOME
        return Path(self.surroundings.environment.get("HOME") or "/").absolute() / ".onggi-node"

    def settings(self) -> NodeSettings:
        return read_settings(self.home)

    def now(self) -> datetime:
        return self.surroundings.clock()

    def unlocking(self) -> Unlocking:
        found = self.surroundings.environment.get("CREDENTIALS_DIRECTORY")
        return Unlocking(credentials=Path(found) if found else None, ask=self._ask_passphrase)

    def _ask_passphrase(self) -> SecretBytes:
        """Asked once for all keys."""
        if self._passphrase is None:
            self._passphrase = self.ask_secret("암호문: ", "Passphrase: ")
        return self._passphrase

    def ask_secret(self, ko: str, en: str) -> SecretBytes:
        """From the terminal without echo; from a pipe, its next line."""
        asking = self.surroundings.asking
        if asking.isatty():
            from getpass import getpass

            return SecretBytes(getpass(self.say(ko, en)).encode())
        return SecretBytes(asking.readline().rstrip("\n").encode())

    def ask_new_password(self) -> SecretBytes:
        """A password to be set: typed twice at a terminal. Raises Refused(``console.passwords_differ``)."""
        first = self.ask_secret("새 비밀번호: ", "New password: ")
        if self.surroundings.asking.isatty() and self.ask_secret("한 번 더: ", "Once more: ") != first:
            raise Refused("console.passwords_differ")
        return first

    # --- answers ---------------------------------------------------------------------------------------

    def say(self, ko: str, en: str) -> str:
        """The sentence in the person's language."""
        return ko if self.language is Language.KO else en

    def tell(self, document: Mapping[str, object], *shown: RenderableType) -> None:
        """One JSON document for programs, or calm tables and sentences for people."""
        if self.as_json:
            self.surroundings.out.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
            return
        self._print(self.surroundings.out, *shown)

    def _print(self, stream: TextIO, *shown: RenderableType) -> None:
        if stream.isatty():
            for one in shown:
                # Sentences and commands are wrapped by the terminal: a path stays whole when it is copied.
                self.console(stream).print(one, soft_wrap=isinstance(one, str | Text))
            return
        # Tables fill their lines with blanks, which nobody wants in a file or a pipe.
        text = io.StringIO()
        self.console(text).print(*shown, sep="\n")
        stream.write("".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()))

    def console(self, stream: TextIO) -> Console:
        # Names and codes may hold square brackets: nothing printed is read as markup.
        width = None if stream.isatty() else _UNBROKEN
        return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[object]], *, nothing: str
    ) -> RenderableType:
        """Rows under one thin line; a sentence where there are none."""
        if not rows:
            return Text(nothing)
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column in columns:
            name = self.say(column.ko, column.en)
            table.add_column(name, justify="right" if column.number else "left", overflow="fold")
        for row in rows:
            table.add_row(*(self._cell(value) for value in row))
        return table

    def facts(self, rows: Sequence[tuple[str, str, object]]) -> RenderableType:
        """Label and value, one pair a line: (Korean, English, value)."""
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True, style="dim")
        table.add_column(overflow="fold")
        for ko, en, value in rows:
            table.add_row(self.say(ko, en), self._cell(value))
        return table

    def _cell(self, value: object) -> str:
        if value is None:
            return "-"
        if isinstance(value, bool):
            return self.say("예", "yes") if value else self.say("아니요", "no")
        return f"{value:,}" if isinstance(value, int) else str(value)

    def command(self, words: str) -> str:
        """A command that can be typed as it stands, for this folder."""
        return with_home(f"onggi-node {words}", home=self._home)

    def words(self, code: str, facts: Mapping[str, Fact]) -> dict[str, object]:
        """Cause, place and one next command of a code, in the person's language."""
        cause, _ = public_words(Refused(code, **facts), self.language.value)
        typed = {name: shlex.quote(str(facts[name])) for name in _ON_DISK if facts.get(name)}
        _, following = public_words(Refused(code, **{**facts, **typed}), self.language.value)
        place = place_of(facts, korean=self.language is Language.KO, otherwise=str(self.home))
        source = Path(str(facts.get("folder") or ""))
        if code.startswith("load.") and source.is_absolute() and source.exists():
            following = with_source(following, folder=source)
        following = with_home(following, home=self._home)
        return {"code": code, "cause": cause, "place": place, "next": following, "facts": dict(facts)}

    def tell_error(self, error: OnggiError) -> int:
        """Says what is wrong, where, and what to do. Returns the exit code."""
        told = self.words(error.code, error.facts)
        if self.as_json:
            self.tell({"error": told})
        else:
            self._print(self.surroundings.err, self.problem(told))
        return exit_code(error.code)

    def problem(self, told: Mapping[str, object]) -> RenderableType:
        """A problem as three labelled lines, none of them ever broken in two."""
        lines = (
            ("문제", "Problem", f"{told['cause']} ({told['code']})"),
            ("위치", "Place", told["place"]),
            ("다음", "Next", told["next"]),
        )
        shown = Text()
        for number, (ko, en, said) in enumerate(lines):
            shown.append("\n" if number else "")
            shown.append(self.say(f"{ko}  ", f"{en:7}  "), style="dim")
            shown.append(str(said))
        return shown


def exit_code(code: str) -> int:
    """The process's exit code for an error code: of the node's own range, wherever the refusal began."""
    words = find_words(code)
    return words.exit if words is not None and words.exit in _OUR_EXITS else _UNKNOWN_EXIT


def find_language(environment: Mapping[str, str]) -> Language:
    """Korean where the locale says so, English elsewhere."""
    chosen = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), ""
    )
    return Language.KO if chosen.lower().startswith("ko") else Language.EN
