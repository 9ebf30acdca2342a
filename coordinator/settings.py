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
_WEB_PORT = 443
_WEB_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[1-9][0-9]{0,4})?")
_ISSUER = re.compile(r"https://[a-z0-9.-]+(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/-]*)?")


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
    pledge_and_training_required: bool = False
    web_origin: str = ""
    """Where browsers see the pages; the first public name and the API's port where nothing is given."""
    trusted_proxies: tuple[str, ...] = ()
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret_file: Path | None = None
    oidc_label: str = ""
    oidc_ca_file: Path | None = None
    log_key: Path
    authority_key: Path
    authority_certificate: Path

    @property
    def seen_at(self) -> str:
        """The pages' own address, as browsers write it."""
        port = "" if self.api_port == _WEB_PORT else f":{self.api_port}"
        return self.web_origin or f"https://{self.public_names[0]}{port}"

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
        if not _WEB_ORIGIN.fullmatch(self.seen_at):
            raise Refused("coordinator.setting_value", name="web_origin")
        self._check_oidc()

    def _check_oidc(self) -> None:
        """Another log-in is set up whole or not at all."""
        needed = ("oidc_issuer", "oidc_client_id", "oidc_secret_file", "oidc_label")
        given = [name for name in needed if getattr(self, name)]
        if given and len(given) < len(needed):
            missing = next(name for name in needed if name not in given)
            raise Refused("coordinator.setting_value", name=missing)
        if given and not _ISSUER.fullmatch(self.oidc_issuer):
            raise Refused("coordinator.setting_value", name="oidc_issuer")


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


def _yes_or_no(name: str, value: object) -> bool:
    said = {"true": True, "false": False}.get(str(value).lower())
    if said is None:
        raise Refused("coordinator.setting_value", name=name)
    return said


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
    "pledge_and_training_required": _yes_or_no,
    "trusted_proxies": _names,
    "oidc_secret_file": _path,
    "oidc_ca_file": _path,
}
