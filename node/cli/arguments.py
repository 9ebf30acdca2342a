"""Lets the options of every command (`--json`, `--home`, `--lang`) stand anywhere on the line."""

from __future__ import annotations

from collections.abc import Sequence

_FLAGS = ("--json",)
_WITH_VALUE = ("--home", "--lang")


def hoist(arguments: Sequence[str]) -> list[str]:
    """The same line with those options in front, where the program itself reads them."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            rest += [word, *waiting]
        elif word in _FLAGS or (word.split("=", 1)[0] in _WITH_VALUE and "=" in word):
            front.append(word)
        elif word in _WITH_VALUE:
            front += [word, *([value] if (value := next(waiting, None)) is not None else [])]
        else:
            rest.append(word)
    return front + rest
