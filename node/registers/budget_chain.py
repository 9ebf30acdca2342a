"""The chained rows of the budget register: appended under the registers' lock, never changed.

* A row and its audit event are one change, in the caller's transaction.
* The head is signed by the hospital and kept outside the node. A node that was restored from an old backup
  lacks rows of a kept head: then nothing is appended (`budget.behind`), so that nothing is reserved or
  charged, and the whole budget counts as spent until the register is restored forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias

from sqlalchemy.orm import Session

from node.registers.audit import NodeEvent, lock_registers, record_event
from node.registers.chained_rows import ChainedRows
from node.state.memory import get_fact, note_time, set_fact
from node.state.tables import BudgetEntry, table_of
from onggi.errors import Fact, NotTrusted, Refused
from onggi.protocol.canonical import decode_base64, encode_base64
from onggi.protocol.keys import PublicKey, SigningKey
from onggi.protocol.messages import BudgetHead, budget_signed_bytes
from onggi.spec.base import as_instant
from onggi.spec.ids import SiteId

What: TypeAlias = Literal["ceiling", "assigned", "joined", "reserved", "charged", "returned"]

ENTRIES: Final = table_of(BudgetEntry)
_CHAIN: Final = ChainedRows(
    table=ENTRIES,
    number="entry",
    content=(
        "at",
        "what",
        "population",
        "about",
        "ordinal",
        "dataset",
        "project",
        "permit",
        "spec_digest",
        "content",
        "by",
        "reason",
    ),
    failure="budget.chain_broken",
)
_KEPT_HEAD: Final = "budget_head"
_EVENTS: Final[Mapping[What, NodeEvent]] = {
    "ceiling": NodeEvent.CEILING_SET,
    "assigned": NodeEvent.DATASET_ASSIGNED,
    "joined": NodeEvent.POPULATIONS_JOINED,
    "reserved": NodeEvent.BUDGET_RESERVED,
    "charged": NodeEvent.BUDGET_CHARGED,
    "returned": NodeEvent.BUDGET_RETURNED,
}
_SHOWN: Final = ("population", "content", "by", "dataset", "reason")


def append(
    session: Session,
    what: What,
    *,
    population: str,
    about: str,
    now: datetime,
    ordinal: int = 0,
    dataset: str = "",
    project: str = "",
    permit: str = "",
    spec_digest: str = "",
    content: str = "",
    by: str = "",
    reason: str = "",
) -> None:
    """One more row with its audit event. Raises Refused(``budget.behind``)."""
    lock_registers(session)
    check_not_behind(session)
    row: dict[str, str | int] = {
        "at": as_instant(now),
        "what": what,
        "population": population,
        "about": about,
        "ordinal": ordinal,
        "dataset": dataset,
        "project": project,
        "permit": permit,
        "spec_digest": spec_digest,
        "content": content,
        "by": by,
        "reason": reason,
    }
    session.execute(ENTRIES.insert(), _CHAIN.link(session, row))
    facts: dict[str, Fact] = {name: row[name] for name in _SHOWN if row[name]}
    if what in ("reserved", "charged", "returned"):
        facts["ordinal"] = ordinal
    record_event(session, _EVENTS[what], about=about, now=now, facts=facts)
    note_time(session, now)


def check_budget(session: Session) -> tuple[int, str]:
    """(rows, head hash). Raises NotTrusted(``budget.chain_broken``) at the first break."""
    return _CHAIN.check(session)


def current_head(session: Session) -> tuple[int, str]:
    """(number of the last row, its hash) without walking the chain."""
    return _CHAIN.head(session)


def sign_budget_head(session: Session, *, site: SiteId, key: SigningKey) -> BudgetHead:
    """The head as it is kept outside: whoever keeps it hands it back when the node comes."""
    entries, head = current_head(session)
    signature = encode_base64(key.sign(budget_signed_bytes(site=site, entries=entries, head=head)))
    return BudgetHead(site=site, entries=entries, head=head, signature=signature)


def keep_budget_head(session: Session, head: BudgetHead, *, site: SiteId, key: PublicKey) -> None:
    """Remembers a head that was kept outside. An older one than we know of takes nothing away.

    Raises:
        NotTrusted: ``budget.head_forged`` unless this hospital signed it.
    """
    _check_our_head(head, site=site, key=key)
    lock_registers(session)
    known = _kept_head(session)
    if known is None or known.entries < head.entries:
        set_fact(session, _KEPT_HEAD, head.model_dump_json())


def check_not_behind(session: Session) -> None:
    """Raises Refused(``budget.behind``) where a head of ours names a row that this register lacks."""
    kept = _kept_head(session)
    if kept is None or kept.entries == 0:
        return
    if _CHAIN.hash_at(session, kept.entries) != kept.head:
        raise Refused("budget.behind", kept=kept.entries, here=current_head(session)[0])


def check_kept_head(session: Session, *, site: SiteId, key: PublicKey) -> None:
    """The same, once it is seen that the kept head is ours. Raises NotTrusted(``budget.head_forged``) too."""
    try:
        kept = _kept_head(session)
    except ValueError:
        raise NotTrusted("budget.head_forged") from None
    if kept is not None:
        _check_our_head(kept, site=site, key=key)
    check_not_behind(session)


def is_behind(session: Session) -> bool:
    """Whether rows are missing: then the whole budget counts as spent."""
    try:
        check_not_behind(session)
    except Refused:
        return True
    return False


def _kept_head(session: Session) -> BudgetHead | None:
    kept = get_fact(session, _KEPT_HEAD)
    return None if kept is None else BudgetHead.model_validate_json(kept)


def _check_our_head(head: BudgetHead, *, site: SiteId, key: PublicKey) -> None:
    if head.site != site:
        raise NotTrusted("budget.head_forged")
    try:
        key.verify(
            decode_base64(head.signature),
            budget_signed_bytes(site=site, entries=head.entries, head=head.head),
        )
    except (NotTrusted, Refused):
        raise NotTrusted("budget.head_forged") from None
