"""Makes another policy from the one in force and single changes, as command line and console give them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from node.decisions.site_policy import SitePolicy
from onggi.errors import Refused

USUAL = "usual"
"""Written for a rule of its own that is to go: what is more general counts again."""


def change_policy(
    policy: SitePolicy,
    *,
    consent: str | None = None,
    masked: str | None = None,
    minimum_persons: int | str | None = None,
    small_hospitals: str | None = None,
    refusal_quota: int | str | None = None,
    by_kind: Mapping[str, str] | None = None,
    by_project: Mapping[str, str] | None = None,
    release: Mapping[str, str] | None = None,
    rules: Mapping[str, str] | None = None,
) -> SitePolicy:
    """The policy with these entries; what is None stays. Raises Refused(``policy.entry_wrong``)."""
    content = policy.model_dump(mode="json") | {"rules": policy.rules.model_dump(mode="json")}
    for name, value in (
        ("consent", consent),
        ("masked", masked),
        ("minimum_persons", minimum_persons),
        ("small_hospitals", small_hospitals),
        ("refusal_quota", refusal_quota),
    ):
        if value is not None:
            content[name] = value
    for name, changes in (
        ("consent_by_kind", by_kind),
        ("consent_by_project", by_project),
        ("release", release),
    ):
        merged = {**content[name], **(changes or {})}
        content[name] = {key: rule for key, rule in sorted(merged.items()) if rule != USUAL}
    for name, value in (rules or {}).items():
        content["rules"].pop(name, None)
        if value != USUAL:
            content["rules"][name] = value
    try:
        return SitePolicy.model_validate(content)
    except ValidationError as bad:
        entry = ".".join(str(part) for part in bad.errors()[0]["loc"])
        raise Refused("policy.entry_wrong", entry=entry) from None


def read_pair(typed: str) -> tuple[str, str]:
    """`name=rule`. Raises Refused(``policy.entry_wrong``)."""
    name, separator, rule = typed.partition("=")
    if not separator or not name.strip() or not rule.strip():
        raise Refused("policy.entry_wrong", entry=typed)
    return name.strip(), rule.strip()
