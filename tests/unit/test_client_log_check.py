"""The offline verifier against logs that were changed, cut, forked or left unsigned."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from onggi.client.home import Home
from onggi.client.log_check import LogFinding, check_entries, check_head
from onggi.client.log_memory import LogMemory
from onggi.client.pinned_roots import read_roots
from onggi.client.public_log import verify_file
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import canonical_json
from onggi.protocol.dsse import Envelope, make_envelope
from onggi.protocol.log_view import LogView
from onggi.protocol.trust_root import root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from tests.support.federation_root import NOW, ORIGIN, SITES, RogueLog, make_root, signed_root


def entries(count: int, *, first: int = 0) -> list[Envelope]:
    return [make_envelope({"predicateType": "t", "n": number}) for number in range(first, first + count)]


def log_of(found: list[Envelope]) -> RogueLog:
    return RogueLog([entry.to_json() for entry in found])


def check(
    shown: list[Envelope],
    log: RogueLog,
    *,
    remembered: LogView | None = None,
    by: tuple[str, ...] = SITES[:2],
) -> LogFinding:
    verified = check_head(log.signed(by=by), root=make_root(), now=NOW)
    return check_entries(shown, verified=verified, remembered=remembered)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(OnggiError) as error:
        act()
    return error.value.code


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33])
def test_a_whole_log_is_whole_and_grows_from_what_was_seen(size: int) -> None:
    log = entries(size)
    first = check(log, log_of(log))
    assert (first.size, first.statements) == (size, {"t": size})
    longer = log + entries(5, first=size)
    again = check(longer, log_of(longer), remembered=first.view)
    assert (again.size, again.continues_from) == (size + 5, size)


def test_an_empty_log_has_the_empty_root() -> None:
    assert check([], log_of([])).size == 0


def test_every_change_of_an_entry_is_seen() -> None:
    log = entries(6)
    other = make_envelope({"predicateType": "t", "n": 99})
    for at in range(6):
        changed = [*log[:at], other, *log[at + 1 :]]
        assert code_of(lambda shown=changed: check(shown, log_of(log))) == "log.forked"  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert code_of(lambda: check([log[1], log[0], *log[2:]], log_of(log))) == "log.forked"
    assert code_of(lambda: check([*log, other], log_of(log))) == "log.forked"
    assert code_of(lambda: check(log[:5], log_of(log))) == "log.cut_short"


def test_a_signed_fork_is_seen_by_whoever_remembers() -> None:
    before = entries(4)
    seen = check(before, log_of(before)).view
    rewritten = [*before[:2], *entries(4, first=50)]
    assert check(rewritten, log_of(rewritten)).size == 6
    assert code_of(lambda: check(rewritten, log_of(rewritten), remembered=seen)) == "log.forked"
    shorter = before[:3]
    assert code_of(lambda: check(shorter, log_of(shorter), remembered=seen)) == "log.cut_short"
    other = LogView(origin="another.example/log")
    assert code_of(lambda: check(before, log_of(before), remembered=other)) == "log.wrong_origin"


def test_a_head_needs_enough_hospitals_and_youth() -> None:
    log = log_of(entries(2))
    assert code_of(lambda: check_head(log.signed(by=SITES[:1]), root=make_root(), now=NOW)) == (
        "log.too_few_witnesses"
    )
    assert code_of(lambda: check_head(log.signed(by=(SITES[0],) * 3), root=make_root(), now=None)) == (
        "log.too_few_witnesses"
    )
    old = log.signed(at=NOW - timedelta(hours=25))
    assert code_of(lambda: check_head(old, root=make_root(), now=NOW)) == "log.stale"
    assert check_head(old, root=make_root(), now=None).checkpoint.size == 2


def test_a_file_is_checked_and_remembered(tmp_path: Path) -> None:
    memory, found = LogMemory(tmp_path / "seen.json"), entries(3)
    file = tmp_path / "log.jsonl"
    head = canonical_json({"checkpoint": log_of(found).signed().render().decode()})
    file.write_bytes(b"\n".join([head, *(entry.to_json() for entry in found)]) + b"\n")
    assert verify_file(file, root=make_root(), memory=memory).continues_from == 0
    assert verify_file(file, root=make_root(), memory=memory).continues_from == 3
    assert memory.find(ORIGIN) == LogView(origin=ORIGIN, size=3, root=log_of(found).head().root)
    assert memory.path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_fails_is_not_remembered(tmp_path: Path) -> None:
    memory, found = LogMemory(tmp_path / "seen.json"), entries(3)
    file = tmp_path / "log.jsonl"
    head = canonical_json({"checkpoint": log_of(found).signed().render().decode()})
    for content, code in (
        (b"\n".join([head, found[0].to_json()]), "log.cut_short"),
        (b"[]", "client.file_malformed"),
        (b"{", "client.file_malformed"),
        (canonical_json({"checkpoint": "x"}), "log.checkpoint_malformed"),
        (b"\n".join([head, b"{}"]), "envelope.malformed"),
    ):
        file.write_bytes(content)
        assert code_of(lambda: verify_file(file, root=make_root(), memory=memory)) == code
    assert code_of(lambda: verify_file(tmp_path / "none", root=make_root(), memory=memory)) == (
        "client.file_unreadable"
    )
    assert not memory.path.exists()


@pytest.mark.parametrize(
    "damaged",
    ["", "{", "[]", '{"%s": 1}', '{"%s": {"root": "zz", "size": 1}}', '{"%s": {"root": "00", "size": 1}}'],
)
def test_a_damaged_memory_is_not_taken_for_none(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "seen.json"
    path.write_text(damaged.replace("%s", ORIGIN))
    path.chmod(0o600)
    assert code_of(lambda: LogMemory(path).find(ORIGIN)) == "client.file_malformed"
    assert LogMemory(tmp_path / "other.json").find(ORIGIN) is None


def test_own_files_that_others_could_change_are_not_used(tmp_path: Path) -> None:
    memory = LogMemory(tmp_path / "seen.json")
    memory.record(LogView(origin=ORIGIN))
    memory.path.chmod(0o664)
    assert code_of(lambda: memory.find(ORIGIN)) == "client.file_open_to_others"
    linked = tmp_path / "linked.json"
    linked.symlink_to(tmp_path / "seen.json")
    assert code_of(lambda: LogMemory(linked).find(ORIGIN)) == "client.file_unreadable"


def test_a_pinned_root_is_checked_again_at_every_reading(tmp_path: Path) -> None:
    pinned = Home(tmp_path).pinned
    assert code_of(pinned.load) == "client.root_not_pinned"
    first = signed_root(make_root())
    second = signed_root(make_root(version=2, issued=NOW))
    chain = TrustedRoots.pin(first, fingerprint=root_fingerprint(first)).advance(second)
    pinned.save(chain)
    assert pinned.load().latest.version == 2
    kept = json.loads(pinned.path.read_bytes())
    kept["chain"]["envelopes"][1]["signatures"].pop()
    pinned.path.write_bytes(canonical_json(kept))
    with pytest.raises(NotTrusted) as error:
        pinned.load()
    assert error.value.code == "root.old_quorum_missing"
    pinned.path.write_bytes(canonical_json({"chain": kept["chain"]}))
    with pytest.raises(Refused) as malformed:
        pinned.load()
    assert malformed.value.code == "client.file_malformed"


def test_one_root_or_a_chain_is_read_from_a_file() -> None:
    first = signed_root(make_root())
    chain = TrustedRoots.pin(first, fingerprint=root_fingerprint(first))
    assert read_roots(first.to_json(), path="f") == (first,) == read_roots(chain.to_json(), path="f")
    assert code_of(lambda: read_roots(b"{", path="f")) == "client.file_malformed"
    assert code_of(lambda: read_roots(b"{}", path="f")) == "envelope.malformed"
