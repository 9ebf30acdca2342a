"""What a hospital remembers of the log, so that nobody can later show it another past.

* The log may only grow, and what it was must remain its beginning: otherwise it was forked or cut short.
* Every verified head is compared with the last one remembered, before anything else relies on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onggi.errors import NotTrusted
from onggi.protocol.checkpoint import VerifiedCheckpoint
from onggi.protocol.merkle import EMPTY_ROOT, is_consistent, is_included, leaf_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """The last head that this verifier accepted. Stored by it, never received."""

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT

    def advance(self, verified: VerifiedCheckpoint, *, proof: Sequence[bytes]) -> LogView:
        """The view after this head. The same head again changes nothing."""
        head = verified.checkpoint
        if head.origin != self.origin:
            raise NotTrusted("log.wrong_origin", expected=self.origin)
        if head.size < self.size:
            raise NotTrusted("log.cut_short", known=self.size, offered=head.size)
        # The empty log is the beginning of every log: there is nothing yet that could be forked.
        if self.size == 0:
            continues = not proof
        else:
            continues = is_consistent(
                self.size, new=head.size, old_root=self.root, new_root=head.root, proof=proof
            )
        if not continues:
            raise NotTrusted("log.forked", known=self.size, offered=head.size)
        return LogView(origin=head.origin, size=head.size, root=head.root)


def check_included(entry: bytes, *, index: int, proof: Sequence[bytes], verified: VerifiedCheckpoint) -> None:
    """Raises `log.not_included` unless the entry stands at this place of the log."""
    head = verified.checkpoint
    if not is_included(leaf_hash(entry), index=index, size=head.size, proof=proof, root=head.root):
        raise NotTrusted("log.not_included", index=index, size=head.size)
