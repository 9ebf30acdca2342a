"""The next version of a root with members' keys changed: taken in, lost, or one in the place of another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from pydantic import ValidationError

from onggi.errors import NotTrusted, Refused
from onggi.protocol.passkey_registration import Vouched
from onggi.protocol.trust_root import Member, TrustRoot


def change_keys(
    root: TrustRoot, *, add: Iterable[Vouched] = (), revoke: Collection[str] = (), now: datetime
) -> TrustRoot:
    """The next version, for its keepers to sign; everything else stays.

    Raises:
        Refused: ``root.key_not_listed`` where a key to be revoked is nobody's; ``root.member_without_key``
            where a member would have none left: then their new key belongs into the same change.
        NotTrusted: ``root.*`` where the change would make a rule unreachable.
    """
    listed = {key.fingerprint for member in root.members for key in member.keys}
    if unknown := sorted(set(revoke) - listed):
        raise Refused("root.key_not_listed", key=unknown[0])
    added: dict[str, list[Vouched]] = {}
    for each in add:
        added.setdefault(each.member, []).append(each)
    members = [_changed(member, added.get(member.id, []), revoke) for member in root.members]
    rule = root.root_rule.model_dump(mode="json")
    rule["keys"] = [key for key in rule["keys"] if key not in revoke]
    changed = {
        **root.model_dump(mode="json"),
        "version": root.version + 1,
        "issued": now,
        "members": [member.model_dump(mode="json") for member in members],
        "root_rule": rule,
        "revoked_keys": [*root.revoked_keys, *sorted(revoke)],
    }
    try:
        return TrustRoot.model_validate(changed)
    except ValidationError as bad:
        place = ".".join(str(part) for part in bad.errors()[0]["loc"])
        raise NotTrusted("root.malformed", why=place) from None


def _changed(member: Member, added: Iterable[Vouched], revoke: Collection[str]) -> Member:
    kept = [key for key in member.keys if key.fingerprint not in revoke]
    keys = (*kept, *(each.key for each in added))
    if not keys:
        raise Refused("root.member_without_key", member=member.id)
    return member.model_copy(update={"keys": keys})
