"""One error code's words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a person reads when a code reaches them.

    `ko` and `en` name the cause and the place and may hold `{fact}` placeholders; Korean puts
    placeholders where no particle follows them. `next_ko` and `next_en` are one next act, a command
    where one exists. `status` is the HTTP status, `exit` the process exit code:
    100-199 node, 200-299 coordinator, 300-399 SDK and CLI.
    """

    ko: str
    en: str
    next_ko: str
    next_en: str
    status: int = 409
    exit: int = 300
