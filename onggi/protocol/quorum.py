"""Decides whether enough of the right people approved, none of them their own project.

* People are counted, not keys: a member with two keys, or one key listed twice, counts once.
* A rule may ask for members from outside; their approval cannot be replaced by more from inside.
* A signature of somebody who may not decide on this project is refused, not just left uncounted:
  it should never have been given, and the project's people can block nothing but their own project by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from onggi.errors import NotTrusted
from onggi.spec.base import Frozen

Role = Literal["committee", "output_checker"]


class QuorumRule(Frozen):
    """How many members of one role must approve, and how many of them from outside."""

    threshold: Annotated[int, Field(ge=1, le=64)]
    minimum_external: Annotated[int, Field(ge=0, le=64)] = 0
    role: Role = "committee"

    @model_validator(mode="after")
    def _reachable(self) -> QuorumRule:
        if self.minimum_external > self.threshold:
            raise ValueError("more external members than members")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A person whose signature was verified, as the federation root describes them."""

    fingerprint: str
    member: str
    affiliation: str
    external: bool
    role: Role


def check_quorum(
    rule: QuorumRule, *, signers: Iterable[Signer], excluded_members: Collection[str] = ()
) -> tuple[Signer, ...]:
    """The signers that count, one per person. Raises `quorum.*` where they do not suffice.

    Args:
        rule: what the federation root asks for.
        signers: verified signers; those of another role are left out.
        excluded_members: people of the project that is decided on.
    """
    people: dict[str, Signer] = {}
    keys: set[str] = set()
    for signer in signers:
        if signer.role != rule.role:
            continue
        if signer.member in excluded_members:
            raise NotTrusted("quorum.own_approval", member=signer.member)
        if signer.fingerprint not in keys:
            keys.add(signer.fingerprint)
            people.setdefault(signer.member, signer)
    if len(people) < rule.threshold:
        raise NotTrusted("quorum.too_few", have=len(people), need=rule.threshold)
    outside = sum(signer.external for signer in people.values())
    if outside < rule.minimum_external:
        raise NotTrusted("quorum.no_external", have=outside, need=rule.minimum_external)
    return tuple(people.values())
