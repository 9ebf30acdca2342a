"""Decides whether the signatures on a committee act suffice, and who may not have signed it."""

from __future__ import annotations

from collections.abc import Set

from onggi.errors import NotTrusted
from onggi.protocol.dsse import Envelope, TrustedKey, verified_signers
from onggi.protocol.quorum import QuorumRule, check_quorum
from onggi.protocol.statements import Predicate, Revocation
from onggi.protocol.trust_root import TrustRoot

# Stopping must be quick: one member suffices. Starting again needs a new permit with its full quorum.
_TO_STOP = QuorumRule(threshold=1)
_NOT_YET = frozenset({"quorum.too_few", "quorum.no_external"})


def rule_for(act: Predicate, *, root: TrustRoot) -> QuorumRule:
    return _TO_STOP if isinstance(act, Revocation) else root.committee_rule


def check_signatures(envelope: Envelope, *, root: TrustRoot, excluded: Set[str]) -> tuple[TrustedKey, ...]:
    """The committee keys that signed. Raises where a signature is wrong or by somebody of the project."""
    keys = verified_signers(envelope, root.keys_of("committee"))
    for key in keys:
        if key.holder in excluded:
            raise NotTrusted("quorum.own_approval", member=key.holder)
    return keys


def is_complete(envelope: Envelope, act: Predicate, *, root: TrustRoot, excluded: Set[str]) -> bool:
    """Whether the quorum is reached. Raises where a signature should not be there at all."""
    keys = check_signatures(envelope, root=root, excluded=excluded)
    try:
        check_quorum(rule_for(act, root=root), signers=root.signers(keys), excluded_members=excluded)
    except NotTrusted as short:
        if short.code in _NOT_YET:
            return False
        raise
    return True
