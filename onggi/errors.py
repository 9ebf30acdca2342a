"""The three ways in which Onggi says no: a rule refused, the other side lied, or nobody answered.

* Every error carries a stable code (`area.what_happened`) and facts that hold no patient value.
* The words a person reads live in `onggi.words`, keyed by code; a code without words fails a test.
* A fault of our own is an AssertionError or RuntimeError: it reaches the person on call, not the user.
"""

from __future__ import annotations

from typing import TypeAlias

Fact: TypeAlias = str | int | float | bool | None


class OnggiError(Exception):
    """Base of all errors that a user may meet.

    Args:
        code: stable dotted code, e.g. ``"permit.expired"``.
        facts: values for the placeholders of the code's sentence.
    """

    def __init__(self, code: str, **facts: Fact) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts: dict[str, Fact] = facts

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in sorted(self.facts.items()))
        return f"{self.code} ({shown})" if shown else self.code


class Refused(OnggiError):
    """A rule said no. Asking again in the same way gives the same answer."""


class NotTrusted(OnggiError):
    """A signature, chain, version or order of events is wrong: the other side is at fault."""


class Unreachable(OnggiError):
    """Nothing is wrong with the request; trying again later may help."""
