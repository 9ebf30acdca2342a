"""Derives the next message's parameters from verified pooled sums, so that nobody can craft them.

* Ordinal 0 follows from the approved spec alone. Every later one follows from the sum before it, which
  this node recomputes from what hospitals signed: a masked sum's transcript, or the clear replies.
* The same hospitals stand in every sum of a run, and this hospital is one of them.
* The node computes with its own numbers. The coordinator's are only compared with them: equal up to the
  last places that different processors round differently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Kind, Layout
from analysis_jobs.sums.contexts import sum_context
from analysis_jobs.sums.vector import decode_sum
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import decode_base64
from onggi.protocol.dsse import TrustedKey
from onggi.protocol.messages import reply_signed_bytes
from onggi.spec.job import JobSpec
from privacy.masks.context import Participant
from privacy.masks.transcript import Transcript, verify_transcript

_RELATIVE = 1e-9


@dataclass(frozen=True, slots=True)
class Pooled:
    """A verified sum and the hospitals in it."""

    arrays: Arrays
    sites: tuple[str, ...]


def derive_ask(spec: JobSpec, kind: Kind, history: Sequence[Pooled]) -> Ask:
    """The ask that must come after these sums. Raises Refused(``message.none_expected``) after the answer."""
    sites = len(history[0].sites) if history else len(spec.participants)
    following = kind.next(spec, [pooled.arrays for pooled in history], sites=sites)
    if not isinstance(following, Ask):
        raise Refused("message.none_expected")
    return following


def check_same_ask(told: Ask, derived: Ask) -> None:
    """Raises NotTrusted(``message.not_derived``) when the parameters told are not the derived ones."""
    same = (told.ordinal, told.name) == (derived.ordinal, derived.name)
    if not same or set(told.arrays) != set(derived.arrays):
        raise NotTrusted("message.not_derived", ordinal=derived.ordinal)
    for name, wanted in derived.arrays.items():
        given = told.arrays[name]
        if given.shape != wanted.shape or not _close(given, wanted):
            raise NotTrusted("message.not_derived", ordinal=derived.ordinal)


def _close(given: Array, wanted: Array) -> bool:
    if np.array_equal(given, wanted):
        return True  # the common case, on processors of one kind, and far cheaper to see
    scale = float(np.abs(wanted).max(initial=1.0))
    return bool(np.allclose(given, wanted, rtol=_RELATIVE, atol=_RELATIVE * scale, equal_nan=False))


def pooled_from_transcript(
    transcript: bytes | memoryview,
    *,
    federation: str,
    spec_digest: str,
    run: str,
    ask: Ask,
    attempt: int,
    layout: Layout,
    participants: tuple[Participant, ...],
    site: str,
) -> Pooled:
    """The sum that a masked transcript proves. Raises NotTrusted(``masks.*``)."""
    context = sum_context(
        federation=federation,
        spec_digest=spec_digest,
        run=run,
        ordinal=ask.ordinal,
        attempt=attempt,
        which="main",
        participants=participants,
        layout=layout,
    )
    record = Transcript.from_bytes(bytes(transcript), context=context)
    total = verify_transcript(context, record)
    sites = tuple(sorted(masked.claim.sender for masked in record.inputs))
    if site not in sites:
        raise NotTrusted("message.not_our_sum")
    arrays = decode_sum(total, layout.arrays, participants=len(participants), contributors=len(sites))
    return Pooled(arrays=arrays, sites=sites)


def pooled_from_replies(
    replies: Mapping[str, tuple[memoryview, str]],
    *,
    read: Mapping[str, Arrays],
    keys: Mapping[str, TrustedKey],
    spec: JobSpec,
    spec_digest: str,
    run: str,
    ordinal: int,
    site: str,
    own_digest: bytes,
) -> Pooled:
    """The sum of signed clear replies.

    Args:
        replies: records and signature by hospital.
        read: the same records as arrays.
        keys: identity keys by hospital, from the federation root.
        own_digest: SHA-256 of the records this node released for the ordinal.
    """
    if site not in replies or hashlib.sha256(replies[site][0]).digest() != own_digest:
        raise NotTrusted("message.not_our_sum")
    if not set(replies) <= set(spec.participants) or len(replies) < spec.minimum_sites:
        raise NotTrusted("message.other_participants")
    total: dict[str, Array] = {}
    for name in sorted(replies):
        records, signature = replies[name]
        signed = reply_signed_bytes(run=run, site=name, spec=spec_digest, ordinal=ordinal, records=records)
        keys[name].public_key.verify(decode_base64(signature), signed)
        for key, array in read[name].items():
            total[key] = total[key] + array if key in total else array.copy()
    return Pooled(arrays=total, sites=tuple(sorted(replies)))


def check_same_sites(history: Sequence[Pooled], new: Pooled) -> None:
    """Raises NotTrusted where the set of hospitals changed within a run."""
    if history and history[0].sites != new.sites:
        # A sum over fewer hospitals beside one over more shows the difference.
        raise NotTrusted("message.other_participants")
