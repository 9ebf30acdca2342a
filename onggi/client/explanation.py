"""Says whose turn it is with a job, since when, and why."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime

from onggi.client.language import plain_line
from onggi.client.replies import ExplanationReply
from onggi.errors import Refused
from onggi.words import find_words, public_words
from onggi.words.catalogue import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`str()` gives the sentences in the client's language; `text("ko")` in a chosen one."""

    job: str
    state: str
    whose_turn: str
    since: datetime
    ko: str
    en: str
    reason_code: str | None
    reason: dict[Language, tuple[str, str]]
    """Cause and next act by language; empty where the state says all."""
    language: Language

    @classmethod
    def of(cls, reply: ExplanationReply, *, language: Language) -> Explanation:
        return cls(
            job=plain_line(reply.job),
            state=plain_line(reply.state),
            whose_turn=plain_line(reply.whose_turn),
            since=reply.since,
            ko=plain_line(reply.ko),
            en=plain_line(reply.en),
            reason_code=None if reply.reason is None else plain_line(reply.reason.code),
            reason=_reasons(reply),
            language=language,
        )

    def text(self, language: Language) -> str:
        since = f"{self.since:%Y-%m-%d %H:%M} (UTC)"
        lines = [
            self.ko if language == "ko" else self.en,
            f"차례: {self.whose_turn} / 시점: {since}"
            if language == "ko"
            else f"Turn: {self.whose_turn}, since {since}",
        ]
        lines += [part for part in self.reason.get(language, ()) if part]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text(self.language)

    def _repr_html_(self) -> str:
        return "<p>" + "<br>".join(html.escape(line) for line in str(self).split("\n")) + "</p>"


def _reasons(reply: ExplanationReply) -> dict[Language, tuple[str, str]]:
    said = reply.reason
    if said is None:
        return {}
    if find_words(said.code) is not None:
        why = Refused(said.code)
        return {"ko": public_words(why, "ko"), "en": public_words(why, "en")}
    return {
        "ko": (plain_line(said.cause_ko), plain_line(said.next_ko)),
        "en": (plain_line(said.cause_en), plain_line(said.next_en)),
    }
