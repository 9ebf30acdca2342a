"""Keeps the token of a login in a file that only its owner can read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from onggi.client.private_files import read_private_file, replace_file
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json


class Credentials(BaseModel):
    """Where to ask, as whom, and with which token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    account: str
    token: SecretStr
    ca_file: str | None = None
    expires: datetime | None = None


def load_credentials(path: Path) -> Credentials:
    """Raises Refused `client.token_missing` before a login, `client.file_open_to_others` where unsafe."""
    data = read_private_file(path)
    if data is None:
        raise Refused("client.token_missing")
    try:
        return Credentials.model_validate_json(data)
    except ValidationError:
        raise Refused("client.file_malformed", path=str(path), place="credentials") from None


def save_credentials(path: Path, kept: Credentials) -> None:
    """Replaces what was kept before."""
    value = kept.model_dump(mode="json", exclude={"token"}) | {"token": kept.token.get_secret_value()}
    replace_file(path, canonical_json(value))
