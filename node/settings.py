"""A node's settings: read once from a file in its home folder, frozen from then on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from node.decisions.site_policy import SitePolicy
from onggi.errors import Refused
from onggi.spec.base import Digest, Frozen, Slug
from onggi.spec.ids import SiteId

FILE_NAME = "node.toml"


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class Identifiers(Frozen):
    """What the hospital decided about columns that may hold identifiers, written `table.column`."""

    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    accept_lookalikes: frozenset[str] = frozenset()
    hospital_number: str | None = None
    unknown_person: Literal["drop", "refuse"] = "drop"


class SigningPage(Frozen):
    """Where members sign with their passkeys: on this hospital's console, not at the coordinator."""

    coordinator: str = Field(
        pattern=r"^(https://[A-Za-z0-9.-]{1,253}|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?$"
    )
    """The address of the coordinator's API."""
    ca: AbsolutePath | None = None
    """The certificate authority of that address; the machine's own ones where not given."""
    origin: str = Field(pattern=r"^(https://[a-z0-9.-]{1,253}|http://localhost)(:[1-9][0-9]{0,4})?$")
    """The address of this console as browsers see it and as the federation root names it for passkeys."""

    @property
    def rp_id(self) -> str:
        """The relying party of passkeys that are made here: this very host."""
        return self.origin.partition("://")[2].partition(":")[0]


class NodeSettings(Frozen):
    """Where a node keeps its things and whom it may speak to."""

    home: AbsolutePath
    site: SiteId
    dataset: Slug = "cdm"
    coordinator: str = Field(pattern=r"^[A-Za-z0-9.\-\[\]:]+:[0-9]{1,5}$")
    enrol_port: int | None = Field(default=None, ge=1, le=65535)
    """Where the coordinator enrols nodes; the port after the link's where not given."""
    authority: Digest | None = None
    """Fingerprint of the coordinator's certificate authority, learned from the enrolment token."""
    pinned_root: Digest | None = Field(default=None, alias="root_fingerprint")
    """Absent until `onggi-node trust`: a hospital sends its identity key before the first root exists."""
    trusted_log: str | None = Field(default=None, alias="log_origin")
    state_url: str | None = None
    proxy: str | None = None
    key_provider: Literal["file", "passphrase", "systemd"] = "file"
    memory_limit_mib: int = Field(default=2048, ge=256)
    sandbox_uids: tuple[int, int] = (62000, 62999)
    warm_workers: int = Field(default=1, ge=0, le=8)
    policy: SitePolicy = SitePolicy()
    signing: SigningPage | None = None
    identifiers: Identifiers = Identifiers()

    @property
    def root_fingerprint(self) -> str:
        """What the federation root is pinned by. Raises Refused(``node.no_root``)."""
        if self.pinned_root is None:
            raise Refused("node.no_root", home=str(self.home))
        return self.pinned_root

    @property
    def log_origin(self) -> str:
        """The transparency log that this node watches. Raises Refused(``node.no_root``)."""
        if self.trusted_log is None:
            raise Refused("node.no_root", home=str(self.home))
        return self.trusted_log

    @property
    def file(self) -> Path:
        return self.home / FILE_NAME

    @property
    def database(self) -> str:
        return self.state_url or f"sqlite:///{self.home / 'state.sqlite'}"

    @property
    def identity_key(self) -> Path:
        return self.keys_folder / "identity.pem"

    @property
    def keys_folder(self) -> Path:
        return self.home / "keys"

    @property
    def link_folder(self) -> Path:
        return self.home / "link"

    @property
    def store(self) -> Path:
        return self.home / "store"

    @property
    def datasets(self) -> Path:
        """Where further data sets lie, each in a store of its own."""
        return self.home / "datasets"

    @property
    def vocabulary(self) -> Path:
        """The store of the vocabulary that data sets share."""
        return self.home / "vocabulary"

    @property
    def objects(self) -> Path:
        return self.home / "objects"

    @property
    def quality(self) -> Path:
        return self.home / "quality"

    @property
    def workspaces(self) -> Path:
        return self.home / "runs"


def read_settings(home: Path, overrides: Mapping[str, object] | None = None) -> NodeSettings:
    """Reads `node.toml` of a home folder.

    Raises:
        Refused: ``node.not_initialised`` without the file; ``node.settings_invalid`` names the first
            wrong entry.
    """
    path = _absolute(home) / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused("node.not_initialised", home=str(path.parent)) from None
    except PermissionError:
        raise Refused("node.home_closed", path=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise Refused("node.settings_invalid", entry=FILE_NAME, path=str(path)) from None
    return check_settings(path.parent, {**content, **(overrides or {})})


def check_settings(home: Path, content: Mapping[str, object]) -> NodeSettings:
    """The settings that this content makes. Raises Refused(``node.settings_invalid``)."""
    try:
        return NodeSettings.model_validate({"home": home, **content})
    except ValidationError as bad:
        entry = ".".join(str(part) for part in bad.errors()[0]["loc"])
        raise Refused("node.settings_invalid", entry=entry, path=str(home / FILE_NAME)) from None
