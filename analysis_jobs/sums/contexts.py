"""Names the two masked sums of one message, so that hospitals and coordinator mean the same ones.

Per message there are two: `evidence` (person counts that disclosure rules need), opened by hospitals
alone, and `main` (the arrays that the study asked for), opened after every hospital judged the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from analysis_jobs.kinds.contract import Entry, Layout
from analysis_jobs.sums.vector import vector_length
from onggi.errors import NotTrusted
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.job import JobSpec
from privacy.masks.context import Participant, SumContext, lowest_threshold
from privacy.masks.fixed_point import FRACTION_BITS

Which = Literal["evidence", "main"]
WHICH: Final[tuple[Which, ...]] = ("evidence", "main")


def entries_of(layout: Layout, which: Which) -> Sequence[Entry]:
    """The entries that the sum adds up."""
    return layout.evidence if which == "evidence" else layout.arrays


def participants_of(root: TrustRoot, spec: JobSpec) -> tuple[Participant, ...]:
    """The spec's hospitals with their legal entities and identity keys from the federation root."""
    hospitals = {hospital.site: hospital for hospital in root.hospitals}
    if unknown := [site for site in spec.participants if site not in hospitals]:
        raise NotTrusted("order.unknown_participant", site=unknown[0])
    return tuple(
        Participant(site, hospitals[site].legal_entity, hospitals[site].identity_key.encode())
        for site in spec.participants
    )


def sum_context(
    *,
    federation: str,
    spec_digest: str,
    run: str,
    ordinal: int,
    attempt: int,
    which: Which,
    participants: tuple[Participant, ...],
    layout: Layout,
) -> SumContext:
    """The context of one sum; both sides derive it and never exchange it."""
    return SumContext(
        federation=federation,
        job=spec_digest,
        round=f"{run}:{ordinal}:{attempt}:{which}",
        participants=participants,
        threshold=lowest_threshold(participants),
        entries=vector_length(entries_of(layout, which)),
        fraction_bits=FRACTION_BITS,
    )
