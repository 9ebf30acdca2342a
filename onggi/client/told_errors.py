"""Turns the coordinator's refusals into the SDK's own three errors, with the words that came along.

* Words that this version knows are preferred; a newer coordinator's codes bring their own.
* Whatever came over the line is stripped of control characters before a person sees it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from onggi.client.language import plain_line
from onggi.errors import Fact, NotTrusted, OnggiError, Refused, Unreachable
from onggi.words import find_words, public_words
from onggi.words.catalogue import Language

_TRUST_AREAS = frozenset({"envelope", "signature", "quorum", "passkey", "root", "log"})
"""Areas whose codes say that somebody's signature or history is wrong."""
_GATEWAY = range(500, 600)


class ErrorReply(BaseModel):
    """The one form of every refusal of the coordinator."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z0-9_]{1,60}$")]
    cause_ko: str
    cause_en: str
    next_ko: str
    next_en: str
    facts: dict[str, Fact]


class _Told(OnggiError):
    """An error that the coordinator sent, with its own words."""

    reply: ErrorReply


class RefusedThere(_Told, Refused):
    """A rule of the coordinator said no."""


class NotTrustedThere(_Told, NotTrusted):
    """The coordinator found a signature or an order of events wrong."""


class UnreachableThere(_Told, Unreachable):
    """The coordinator, or something in front of it, is out of order for the moment."""


def error_in(status: int, body: bytes) -> OnggiError:
    """The error that an unsuccessful answer means."""
    try:
        reply = ErrorReply.model_validate_json(body)
    except ValidationError:
        # Not the coordinator's form: a proxy or another server answered.
        if status in _GATEWAY:
            return Unreachable("client.gateway", status=status)
        return NotTrusted("client.answer_malformed", status=status)
    kind: type[_Told] = RefusedThere
    if status in _GATEWAY:
        kind = UnreachableThere
    elif reply.code.partition(".")[0] in _TRUST_AREAS:
        kind = NotTrustedThere
    error = kind(reply.code)
    error.reply = reply
    error.facts.update({plain_line(name): _plain_fact(value) for name, value in reply.facts.items()})
    return error


def _plain_fact(value: Fact) -> Fact:
    return plain_line(value) if isinstance(value, str) else value


def words_of(error: OnggiError, language: Language) -> tuple[str, str]:
    """(cause, next act) for a person."""
    cause, following = public_words(error, language)
    if find_words(error.code) is None and isinstance(error, _Told):
        said = error.reply
        cause, following = (
            (said.cause_ko, said.next_ko) if language == "ko" else (said.cause_en, said.next_en)
        )
    return plain_line(cause), plain_line(following)


def exit_code_of(error: OnggiError) -> int:
    """The number of an error's range; a code without words of ours is an SDK error."""
    words = find_words(error.code)
    return 300 if words is None else words.exit
