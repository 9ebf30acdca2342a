"""Knows how many rows a register must have: its head, written with its rows and sealed with the data key.

Rows of such a register are checked one by one; that the last ones were cut off is seen by the head alone.
Whoever has no data key can compare it, and only the node can tell that it is its own.
"""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from node.registers import releases
from node.registers.sealed_rows import RowSeal
from node.state.memory import get_fact, set_fact
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import decode_base64, encode_base64


def begin_head(session: Session, register: str, seal: RowSeal, *, last: str) -> None:
    """The head of a register that has no rows yet, at a node that let nothing leave yet."""
    if get_fact(session, _fact(register)) is None and not releases.current_head(session)[0]:
        write_head(session, register, seal, rows=0, last=last)


def write_head(session: Session, register: str, seal: RowSeal, *, rows: int, last: str) -> None:
    """In the transaction that writes the rows.

    Args:
        last: what is known of the last row alone, such as its hash.
    """
    sealed = encode_base64(seal.close(_about(register, rows, last), b""))
    set_fact(session, _fact(register), json.dumps([rows, last, sealed]))


def check_head(session: Session, register: str, seal: RowSeal | None, *, rows: int, last: str) -> None:
    """Raises NotTrusted(``differencing.register_damaged``) where the register should have other rows.

    A head may be missing only where there is no row, and nothing ever left.

    Args:
        seal: without it the head is compared, but may be anybody's.
    """
    kept = get_fact(session, _fact(register))
    if kept is None and not rows and not releases.current_head(session)[0]:
        return
    try:
        known_rows, known_last, sealed = json.loads(kept or "")
        if (known_rows, known_last) == (rows, last):
            if seal is not None:
                seal.open(_about(register, rows, last), decode_base64(sealed))
            return
    except (ValueError, TypeError, Refused):
        pass
    raise NotTrusted("differencing.register_damaged")


def _fact(register: str) -> str:
    return f"{register}_head"


def _about(register: str, rows: int, last: str) -> str:
    return f"{register} {rows} {last}"
