"""Finds the cohort expression in what ATLAS exports and in what its WebAPI answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from onggi.spec.circe.strict_json import refuse_malformed


def expression_in(value: object, *, parse: Callable[[str], object]) -> Mapping[str, object]:
    """The expression itself: the value, or its `expression`, which WebAPI writes as text or as an object.

    Raises:
        Refused: ``cohort.malformed`` where there is none.
    """
    if isinstance(value, Mapping):
        if "PrimaryCriteria" in value:
            return value
        inner = value.get("expression")
        if isinstance(inner, str):
            try:
                inner = parse(inner)
            except ValueError:
                refuse_malformed("JSON", "$.expression")
        if isinstance(inner, Mapping) and "PrimaryCriteria" in inner:
            return inner
    return refuse_malformed("PrimaryCriteria", "$")
