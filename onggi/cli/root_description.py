"""Turns a person's description of the federation into a root, with keys named by file and people by name.

* ``"public_key": "@committee-1.pem"`` (also ``identity_key``) reads the PEM of a file beside it.
* In ``root_rule.keys`` a member's id stands for all of that member's keys.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from onggi.client.private_files import read_file
from onggi.errors import Refused
from onggi.protocol.canonical import JsonValue
from onggi.protocol.keys import PublicKey
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.builders.place import malformed

_LARGEST_PEM = 10_000
_KEY_FIELDS = frozenset({"public_key", "identity_key"})


def read_description(value: dict[str, JsonValue], *, folder: Path) -> TrustRoot:
    """The root that is described.

    Raises:
        Refused: ``client.spec_malformed`` with the place.
        NotTrusted: ``root.*`` where the root contradicts itself.
    """
    filled = _with_keys(value, folder=folder)
    assert isinstance(filled, dict)
    _name_root_keys(filled)
    try:
        return TrustRoot.model_validate(filled)
    except ValidationError as bad:
        raise malformed(bad) from None


def _with_keys(value: JsonValue, *, folder: Path) -> JsonValue:
    if isinstance(value, list):
        return [_with_keys(one, folder=folder) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _pem(item, folder=folder) if name in _KEY_FIELDS else _with_keys(item, folder=folder)
        for name, item in value.items()
    }


def _pem(item: JsonValue, *, folder: Path) -> JsonValue:
    if not isinstance(item, str) or not item.startswith("@"):
        return item
    path = folder / item[1:]
    try:
        return PublicKey.from_pem(read_file(path, limit=_LARGEST_PEM).decode("ascii")).pem
    except UnicodeDecodeError:
        raise Refused("client.file_malformed", path=str(path), place="PEM") from None


def _name_root_keys(root: dict[str, JsonValue]) -> None:
    rule, members = root.get("root_rule"), root.get("members")
    if not isinstance(rule, dict) or not isinstance(rule.get("keys"), list) or not isinstance(members, list):
        return
    keys: list[JsonValue] = []
    of_member = {one.get("id"): _fingerprints(one) for one in members if isinstance(one, dict)}
    listed = rule["keys"]
    assert isinstance(listed, list)
    for one in listed:
        known = of_member.get(one) if isinstance(one, str) else None
        keys += known if known is not None else [one]
    root["root_rule"] = {**rule, "keys": keys}


def _fingerprints(member: dict[str, JsonValue]) -> list[JsonValue]:
    keys = member.get("keys")
    if not isinstance(keys, list):
        return []
    pems = [key.get("public_key") for key in keys if isinstance(key, dict)]
    return [PublicKey.from_pem(pem).fingerprint for pem in pems if isinstance(pem, str)]
