"""Says where a specification is wrong, in one place and one sentence."""

from __future__ import annotations

from pydantic import ValidationError

from onggi.errors import Refused

_LONGEST = 200


def malformed(bad: ValidationError, *, within: str = "") -> Refused:
    """The first thing that is wrong, as `client.spec_malformed`. The value itself is not repeated."""
    first = bad.errors(include_url=False, include_input=False)[0]
    place = ".".join(part for part in (within, *(str(each) for each in first["loc"])) if part)
    return Refused("client.spec_malformed", place=place[:_LONGEST] or "spec", problem=first["msg"][:_LONGEST])
