"""Reads a cohort definition from a file, as ATLAS or WebAPI wraps it or bare."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from onggi.cli.json_files import read_json_file
from onggi.client.webapi import LARGEST_DEFINITION
from onggi.errors import Refused
from onggi.protocol.canonical import parse_strict_json
from onggi.spec.circe.webapi import expression_in

Definition = Annotated[Path, typer.Argument(metavar="FILE", help="A definition of ATLAS as JSON.")]


def read_definition(file: Path, *, strict: bool = True) -> Mapping[str, object]:
    """The expression in a file. Without `strict`, an object without one stands for itself.

    Raises:
        Refused: ``client.file_unreadable``, ``client.file_malformed``, ``cohort.*``.
    """
    value: Any = read_json_file(file)
    try:
        return expression_in(value, parse=parse_text)
    except Refused:
        if strict or not isinstance(value, dict) or "expression" in value:
            raise
        return value


def parse_text(text: str) -> object:
    """The JSON in a text, as `expression_in` wants it. Raises ValueError, which quotes nothing of it."""
    try:
        return parse_strict_json(text.encode(), LARGEST_DEFINITION)
    except (Refused, UnicodeEncodeError):
        raise ValueError(text[:0]) from None
