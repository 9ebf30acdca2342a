"""What one coordinator is told about itself: read once from a given mapping or file, then fixed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from onggi.errors import Refused
from onggi.protocol.checkpoint import NAME_PATTERN

PREFIX = "ONGGI_COORDINATOR_"
_ORIGIN = re.compile(NAME_PATTERN)
_FILE_NAME = "coordinator.toml"
_LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorSettings:
    """Fixed for the life of a process. The database's address may hold a password and is never shown."""

    home: Path
    database_url: str = field(repr=False)
    objects: Path
    origin: str = "onggi.local/log"
    public_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    api_host: str = "127.0.0.1"
    api_port: int = 8400
    link_host: str = "127.0.0.1"
    link_port: int = 8443
    enrol_port: int = 8444
    absent_seconds: int = 60
    language: Literal["ko", "en"] = "ko"
    web_certificate: Path | None = None
    web_key: Path | None = None
    largest_request: int = 8 * 2**20
    log_key: Path
    authority_key: Path
    authority_certificate: Path

    @classmethod
    def from_mapping(cls, given: Mapping[str, object], *, home: Path) -> CoordinatorSettings:
        """Settings by name; what is not given has its default. Refused where a name or value is wrong."""
        known = {each.name for each in fields(cls)} - {"home"}
        if unknown := sorted(set(given) - known):
            raise Refused("coordinator.setting_unknown", name=unknown[0])
        defaults: dict[str, object] = {
            "database_url": f"sqlite:///{home / 'coordinator.db'}",
            "objects": home / "objects",
            "log_key": home / "log.key",
            "authority_key": home / "authority.key",
            "authority_certificate": home / "authority.pem",
        }
        parsed = {name: _PARSE.get(name, _text)(name, value) for name, value in given.items()}
        settings = cls(home=home, **{**defaults, **parsed})  # type: ignore[arg-type]  # each parsed by name
        settings._check()
        return settings

    @classmethod
    def from_home(cls, home: Path, *, environment: Mapping[str, str]) -> CoordinatorSettings:
        """The home folder's `coordinator.toml`, overridden by `ONGGI_COORDINATOR_*` variables."""
        given: dict[str, object] = {}
        file = home / _FILE_NAME
        if file.is_file():
            try:
                given = tomllib.loads(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                raise Refused("coordinator.setting_file", file=str(file)) from None
        for name, value in environment.items():
            if name.startswith(PREFIX) and name != f"{PREFIX}HOME":
                given[name.removeprefix(PREFIX).lower()] = value
        return cls.from_mapping(given, home=home)

    def _check(self) -> None:
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise Refused("coordinator.setting_value", name="database_url")
        if not _ORIGIN.fullmatch(self.origin):
            raise Refused("coordinator.setting_value", name="origin")
        if self.language not in ("ko", "en"):
            raise Refused("coordinator.setting_value", name="language")
        if (self.web_certificate is None) != (self.web_key is None):
            raise Refused("coordinator.setting_value", name="web_key")
        if not self.public_names:
            raise Refused("coordinator.setting_value", name="public_names")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Refused("coordinator.setting_value", name=name)
    return value


def _path(name: str, value: object) -> Path:
    return value if isinstance(value, Path) else Path(_text(name, value))


def _whole(name: str, value: object, *, largest: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise Refused("coordinator.setting_value", name=name) from None
    if not 0 <= number <= largest:
        raise Refused("coordinator.setting_value", name=name)
    return number


def _port(name: str, value: object) -> int:
    return _whole(name, value, largest=_LARGEST_PORT)


def _size(name: str, value: object) -> int:
    return _whole(name, value, largest=2**31)


def _names(name: str, value: object) -> tuple[str, ...]:
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list | tuple):
        raise Refused("coordinator.setting_value", name=name)
    return tuple(_text(name, one).strip() for one in listed)


_PARSE = {
    "objects": _path,
    "web_certificate": _path,
    "web_key": _path,
    "log_key": _path,
    "authority_key": _path,
    "authority_certificate": _path,
    "api_port": _port,
    "link_port": _port,
    "enrol_port": _port,
    "absent_seconds": _size,
    "largest_request": _size,
    "public_names": _names,
}
