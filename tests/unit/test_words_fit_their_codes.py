"""Every fact that a code's words show is given where the code is raised: nobody reads a bare placeholder."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from onggi.words import find_words

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("onggi", "privacy", "catalog", "analysis_jobs", "pages", "node", "coordinator", "infra")
ERRORS = {"Refused", "NotTrusted", "Unreachable", "Finding"}


def _raised() -> Iterator[tuple[str, str, set[str]]]:
    """(place, code, names of its facts), where both can be read off the source."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                    continue
                if call.func.id not in ERRORS or not call.args or not isinstance(call.args[0], ast.Constant):
                    continue
                facts = _facts(call)
                if facts is not None:
                    yield f"{path.relative_to(ROOT)}:{call.lineno}", str(call.args[0].value), facts


def _facts(call: ast.Call) -> set[str] | None:
    if isinstance(call.func, ast.Name) and call.func.id == "Finding":
        given = call.args[1] if len(call.args) > 1 else None
        if given is None:
            return set()
        if not isinstance(given, ast.Dict) or not all(isinstance(key, ast.Constant) for key in given.keys):
            return None
        return {str(key.value) for key in given.keys if isinstance(key, ast.Constant)}
    if any(word.arg is None for word in call.keywords):
        return None
    return {str(word.arg) for word in call.keywords}


def test_words_show_only_facts_that_are_given() -> None:
    found = list(_raised())
    assert len(found) > 300
    missing = []
    for place, code, facts in found:
        words = find_words(code)
        shown = set() if words is None else set(re.findall(r"\{(\w+)\}", words.en + words.next_en))
        if shown - facts:
            missing.append(f"{place} {code}: {sorted(shown - facts)}")
    assert missing == []
