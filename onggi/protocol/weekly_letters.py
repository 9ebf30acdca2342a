"""Checks a hospital's weekly letter: whole, signed by that hospital's own key, and going on where one ended.

Whether it tells what stands in the registers only the hospital can check (`node.papers.weekly_letter`).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope, TrustedKey, verified_signers
from onggi.protocol.letter_words import KOREA
from onggi.protocol.sealing import draft_statement, read_statement
from onggi.protocol.statements import WeeklyLetter
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.spec.ids import SiteId

KEPT = timedelta(days=3650)
_LENGTH = len("2026-W47")


def week_bounds(week: str) -> tuple[datetime, datetime]:
    """The first moment of an ISO week in Korea, and that of the next.

    Raises:
        Refused: ``letter.week_malformed``.
    """
    year, mark, number = week[:4], week[4:6], week[6:]
    digits = f"{year}{number}"
    if len(week) != _LENGTH or mark != "-W" or not (digits.isascii() and digits.isdecimal()):
        raise Refused("letter.week_malformed")
    if not 2000 <= int(year) <= 2999:
        raise Refused("letter.week_malformed")
    try:
        first = date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        raise Refused("letter.week_malformed") from None
    begin = datetime.combine(first, time(), tzinfo=KOREA)
    return begin, begin + timedelta(days=7)


def week_of(moment: datetime) -> str:
    """The ISO week of a moment, in Korea."""
    year, number, _ = moment.astimezone(KOREA).isocalendar()
    return f"{year:04}-W{number:02}"


def last_whole_week(now: datetime) -> str:
    """The newest week that is over."""
    return week_of(now - timedelta(days=7))


def letter_id(site: SiteId, week: str) -> str:
    """One letter for a hospital's week: the same id with other content is never right."""
    return f"letter-{week.lower()}-{site}"


def check_letter(envelope: Envelope, *, roots: TrustedRoots) -> WeeklyLetter:
    """The letter, if the hospital that it names signed it.

    A key that an earlier version of the root named still stands for what it signed, unless it was revoked.

    Raises:
        NotTrusted: ``letter.not_the_hospitals``, ``statement.*``, ``signature.*``, ``envelope.*``.
    """
    letter = read_statement(envelope, WeeklyLetter, federation=roots.latest.federation)
    _check_form(letter, envelope)
    revoked = frozenset(roots.latest.revoked_keys)
    keys: dict[str, TrustedKey] = {}
    for root in roots.roots:
        keys |= {name: key for name, key in root.site_keys().items() if name not in revoked}
    if letter.site not in {key.holder for key in verified_signers(envelope, keys)}:
        raise NotTrusted("letter.not_the_hospitals", site=letter.site)
    return letter


def _check_form(letter: WeeklyLetter, envelope: Envelope) -> None:
    """A week has one letter in one form: dates, id and subject say nothing of their own."""
    told = (letter.id, letter.since, letter.until, letter.issued, letter.expires)
    try:
        since, until = week_bounds(letter.week)
    except Refused:
        raise NotTrusted("statement.malformed", wanted=letter.TYPE) from None
    due = (letter_id(letter.site, letter.week), since, until, until, until + KEPT)
    drafted = draft_statement(letter, subject=letter.id, digest=digest_of(letter))
    if told != due or drafted.payload != envelope.payload:
        raise NotTrusted("statement.malformed", wanted=letter.TYPE)


def check_continues(earlier: WeeklyLetter, later: WeeklyLetter) -> None:
    """Raises NotTrusted(``letter.does_not_continue``) unless the later one begins where the earlier ended.

    Between letters of weeks that do not touch, registers may have grown, and never shrunk.
    """
    if earlier.site != later.site or earlier.until > later.since:
        raise NotTrusted("letter.does_not_continue", earlier=earlier.week, later=later.week)
    pairs = (
        (earlier.register_after, later.register_before),
        (earlier.audit_after, later.audit_before),
    )
    for ended, begins in pairs:
        touching = earlier.until == later.since or ended.number == begins.number
        if ended.number > begins.number or (touching and ended != begins):
            raise NotTrusted("letter.does_not_continue", earlier=earlier.week, later=later.week)
