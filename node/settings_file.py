"""Writes a hospital's settings file, and changes single entries without losing what people wrote there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from node.settings import FILE_NAME, NodeSettings, check_settings, read_settings
from node.store.durable_files import write_durably
from onggi.errors import Refused

Entry = str | int
_HEADER = """\
# Settings of this hospital's node, read at every start. To check them: onggi-node doctor
# What runs, and what leaves, without being asked is decided in a table of its own. Once it was changed by
# `onggi-node policy set` or at the console, that counts until this table is changed and the node starts anew:
#   [policy]
#   consent = "ask"            # automatic, ask or never
#   minimum_persons = 10       # may raise the federation's floor, never lower it
#   small_hospitals = true     # false: no part in masked sums where a cell may be small here
#   refusal_quota = 20         # refusals of one project within 30 days that tell of few persons
#   [policy.rules]             # disclosure rules stricter than the federation's
#   residual_dof = 20

"""


def write_settings(home: Path, entries: Mapping[str, Entry]) -> NodeSettings:
    """Writes a new file. Raises Refused(``node.settings_invalid``) before anything is written."""
    check_settings(home, entries)
    write_durably(home / FILE_NAME, (_HEADER + tomlkit.dumps(dict(entries))).encode())
    return read_settings(home)


def change_settings(home: Path, entries: Mapping[str, Entry]) -> NodeSettings:
    """Changes or adds entries; comments, order and everything else stay as they are."""
    path = home / FILE_NAME
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused("node.not_initialised", home=str(home)) from None
    except (TOMLKitError, UnicodeDecodeError):
        raise Refused("node.settings_invalid", entry=FILE_NAME, path=str(path)) from None
    for name, value in entries.items():
        document[name] = value
    check_settings(home, document.unwrap())
    write_durably(path, tomlkit.dumps(document).encode())
    return read_settings(home)
