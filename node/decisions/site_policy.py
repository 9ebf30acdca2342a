"""Decides what this hospital lets happen by itself, what it wants to be asked, and what never happens.

The hospital alone writes its policy; the federation's committee cannot change it. The most specific
rule wins: project before kind before default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from onggi.errors import Refused
from onggi.spec.base import Frozen
from onggi.spec.disclosure_rules import DisclosureRules, are_default, check_not_looser
from onggi.spec.job import JobSpec, ResultType

Consent = Literal["automatic", "ask", "never"]
ReleaseRule = Literal["send", "hold"]
USUAL_QUOTA: Final = 20


class SitePolicy(Frozen):
    """Consent to runs and to releases. The defaults hold what cannot be checked by a rule."""

    consent: Consent = "automatic"
    consent_by_kind: Mapping[str, Consent] = Field(default_factory=dict)
    consent_by_project: Mapping[str, Consent] = Field(default_factory=dict)
    masked: ReleaseRule = "send"
    release: Mapping[ResultType, ReleaseRule] = Field(default_factory=dict)
    minimum_persons: int = Field(default=10, ge=1)
    """May raise the federation's floor for this hospital, never lower it."""
    rules: DisclosureRules = Field(default=DisclosureRules(), exclude_if=are_default)
    """Counts beside the federation's: of each rule the stricter number."""
    small_hospitals: bool = Field(default=True, exclude_if=bool)
    """Whether this hospital's part of a masked sum may rest on fewer persons than a cell needs."""
    refusal_quota: int = Field(default=USUAL_QUOTA, ge=1, exclude_if=lambda quota: quota == USUAL_QUOTA)
    """So many telling refusals of a project within a month are the last (`refusal_quota.check_quota`)."""


_HELD_UNLESS_SAID = {"model_weights", "file_bundle"}


def decide_consent(policy: SitePolicy, spec: JobSpec) -> Consent:
    """Whether a verified order runs at once, waits for the hospital, or is declined."""
    return policy.consent_by_project.get(spec.project, policy.consent_by_kind.get(spec.kind, policy.consent))


def check_minimum(policy: SitePolicy, spec: JobSpec) -> None:
    """The job's own rules are not looser than this hospital's.

    Raises:
        Refused: ``floor.site_minimum``, ``floor.site_small_hospitals``; ``floor.site_*`` by a rule's name.
    """
    if spec.privacy.small_hospitals and not policy.small_hospitals:
        raise Refused("floor.site_small_hospitals")
    if spec.privacy.minimum_persons < policy.minimum_persons:
        raise Refused("floor.site_minimum", minimum=policy.minimum_persons)
    check_not_looser(spec.privacy.rules, policy.rules, whose="hospital")


def decide_release(policy: SitePolicy, spec: JobSpec) -> ReleaseRule:
    """Whether a reply that passed the gate is sent at once or held for the hospital's own decision."""
    if spec.privacy.masked:
        return policy.masked
    rules = [
        policy.release.get(shape.result, "hold" if shape.result in _HELD_UNLESS_SAID else "send")
        for shape in spec.releases
    ]
    return "hold" if "hold" in rules else "send"
