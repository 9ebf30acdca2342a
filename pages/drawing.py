"""Draws pages from templates: every value is written as text, every sentence comes from the phrase book.

A missing phrase, fact or variable fails the page instead of leaving a gap: a gap could be a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from pages.assets import Assets
from pages.languages import LANGUAGES, OWN_NAMES, Language, in_language, other_language
from pages.phrasebook import Phrasebook
from pages.problems import Problems


@dataclass(frozen=True, slots=True)
class Door:
    """One entry of the main navigation."""

    address: str
    phrase: str


@dataclass(frozen=True, slots=True)
class SignInWay:
    """Another way to sign in than by password. `leaves`: it leads to another site and keeps no entries."""

    address: str
    phrase: str
    name: str = ""
    leaves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What surrounds a page: where it is, who looks at it, and where they may go.

    `form_token` goes into every form of the page.
    """

    language: Language
    path: str
    query: str = ""
    site: str
    """The key of the site's name."""
    viewer: str | None = None
    doors: tuple[Door, ...] = ()
    form_token: str = ""
    sign_in_ways: tuple[SignInWay, ...] = ()
    banner: str | None = None
    """The key of one sentence above the page."""
    notices: Callable[[], Sequence[str]] = tuple
    """Announcements in the page's language, asked for when a page is drawn: files have none."""

    @property
    def other_address(self) -> str:
        """The same page in the other language."""
        address = in_language(self.path, other_language(self.language))
        return f"{address}?{self.query}" if self.query else address


class Pages:
    """The templates of one site. `packages` hold `templates` folders; `pages` itself is always there."""

    def __init__(
        self,
        phrases: Phrasebook,
        assets: Assets,
        *,
        packages: Mapping[str, str],
        time_zone: str = "Asia/Seoul",
    ) -> None:
        self.phrases = phrases
        folders = {"pages": "pages", **packages}
        loader = PrefixLoader({name: PackageLoader(package) for name, package in folders.items()})
        self._environments = {
            language: _environment(loader, language, phrases, assets, ZoneInfo(time_zone))
            for language in LANGUAGES
        }

    def draw(self, template: str, frame: Frame, **values: Any) -> str:
        """The page. `problems` may be given; without it the page has none."""
        found = self._environments[frame.language].get_template(template)
        values.setdefault("problems", Problems(frame.language))
        return found.render(frame=frame, **values)

    @property
    def templates(self) -> Iterable[str]:
        """The names of all templates."""
        return self._environments["ko"].list_templates(["html"])

    def source(self, template: str) -> str:
        """What a template's file holds."""
        loader = self._environments["ko"].loader
        assert loader is not None
        return loader.get_source(self._environments["ko"], template)[0]


def _environment(
    loader: PrefixLoader, language: Language, phrases: Phrasebook, assets: Assets, zone: ZoneInfo
) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.globals.update(
        say=partial(_say, phrases, language),
        asset=assets.address,
        language=language,
        other=other_language(language),
        own_names=OWN_NAMES,
    )
    environment.filters.update(
        day=partial(_day, zone=zone),
        moment=partial(_moment, zone=zone),
        number=_number,
        short_digest=_short_digest,
    )
    environment.tests.update()
    return environment


def _say(phrases: Phrasebook, language: Language, key: str, /, **facts: object) -> str:
    return phrases.say(key, language, **facts)


def _day(value: date | datetime, *, zone: ZoneInfo) -> Markup:
    local = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return Markup('<time datetime="{0}">{0}</time>').format(local.isoformat())


def _moment(value: datetime | str, *, zone: ZoneInfo) -> Markup:
    """A moment, or one as records write it (`onggi.spec.base.as_instant`)."""
    known = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = known.astimezone(zone)
    shown = f"{local:%Y-%m-%d %H:%M} ({local:%Z})"
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), shown)


def _number(value: float) -> str:
    return f"{value:,}"


def _short_digest(value: str) -> str:
    """Enough of a digest to compare by eye; the whole of it stands where it is decided on."""
    kind, _, digits = value.partition(":")
    return f"{kind}:{digits[:12]}…" if digits else value
