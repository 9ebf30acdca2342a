"""Prints the page of all exit codes: `python -m onggi.words > docs/exit-codes.md`."""

from __future__ import annotations

import sys
from itertools import groupby

from onggi.words.catalogue import all_words
from onggi.words.entry import Words

_SHELL_SEES = 256
_RANGES = (
    (100, 199, "The node: `onggi-node`"),
    (200, 299, "The coordinator: `onggi-coordinator`"),
    (300, 399, "SDK and command line: `onggi`"),
)
_TOP = """\
# Exit codes

Printed from the catalogue of words by `python -m onggi.words > docs/exit-codes.md`.

Each command ends with 0 when it did what was asked, and otherwise with the number of the first problem.
The code (`area.what`) is the exact name of the problem; several codes may share one number. Both stand in
the output, and `--json` gives them as fields. Words in braces are filled in with what was found. With status
200 a row is a remark: it is told beside a result and ends no command.

A POSIX shell sees one byte of an exit status, so only numbers up to 255 reach it as they are:

* `onggi-node` ends with 100-199 and `onggi-coordinator` with 200-254. A problem whose number lies outside
  their own range (a key file, for one) ends them with 199 and with 254; the code tells which it was.
* `onggi` ends with the number of the heading. From 300 on a shell sees it less 256 (300 is seen as 44): such
  headings name both, and the JSON document of the error holds the whole number as `exit`.
"""


def exit_codes_page() -> str:
    """The whole page: a part for each range, a heading for each exit code, a row for each code."""
    listed = sorted(all_words().items(), key=lambda item: (item[1].exit, item[0]))
    lines = [_TOP]
    for first, last, title in _RANGES:
        lines.append(f"## {first}-{last} {title}\n")
        inside = [item for item in listed if first <= item[1].exit <= last]
        for number, codes in groupby(inside, key=lambda item: item[1].exit):
            lines += [_heading(number), *_table(list(codes))]
    return "\n".join(lines)


def seen_by_shell(number: int) -> int:
    """What is left of an exit code in one byte, as the commands hand it over."""
    return number % _SHELL_SEES or 1  # `onggi` never lets a problem look like success


def _heading(number: int) -> str:
    seen = "" if number < _SHELL_SEES else f" (a shell sees {seen_by_shell(number)})"
    return f"### {number}{seen}\n"


def _table(codes: list[tuple[str, Words]]) -> list[str]:
    rows = [
        f"| `{code}` | {_cell(words.en)} | {_cell(words.next_en)} | {words.status} |" for code, words in codes
    ]
    return ["| code | cause | next | status |", "|---|---|---|---|", *rows, ""]


def _cell(text: str) -> str:
    """Angle brackets stand for what a person fills in, and must not be read as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(exit_codes_page())
