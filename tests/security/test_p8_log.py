"""P8: history cannot be rewritten, forked or cut short without a hospital noticing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from onggi.errors import NotTrusted
from onggi.protocol.canonical import encode_base64
from onggi.protocol.checkpoint import (
    Checkpoint,
    NoteSignature,
    SignedCheckpoint,
    VerifiedCheckpoint,
    Witness,
    check_fresh,
    cosign_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from onggi.protocol.log_view import LogView, check_included
from onggi.protocol.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof
from tests.support.federation_root import NOW, ORIGIN, SITES, RogueLog, key, make_root

WITNESSES = make_root().witnesses()


def _log(size: int = 20, *, told: str = "truth") -> RogueLog:
    """The first ten entries are the same in every telling."""
    return RogueLog([f"{told if n >= 10 else 'past'} {n}".encode() for n in range(size)])


def _verified(signed: SignedCheckpoint, *, quorum: int = 2) -> VerifiedCheckpoint:
    return verify_checkpoint(
        SignedCheckpoint.parse(signed.render()),
        origin=ORIGIN,
        log_key=key("log").public_key,
        witnesses=WITNESSES,
        quorum=quorum,
    )


def _code(signed: SignedCheckpoint, *, quorum: int = 2) -> str:
    with pytest.raises(NotTrusted) as refused:
        _verified(signed, quorum=quorum)
    return refused.value.code


def _seen(log: RogueLog, size: int) -> LogView:
    return LogView(origin=ORIGIN).advance(_verified(log.signed(size)), proof=())


def test_an_honest_log_grows_and_proves_its_entries() -> None:
    log = _log()
    view = _seen(log, 7)
    head = _verified(log.signed(20))
    grown = view.advance(head, proof=consistency_proof(7, new=20, lookup=log.node))
    assert (grown.size, grown.root) == (20, log.head().root)
    check_included(b"truth 15", index=15, proof=inclusion_proof(15, size=20, lookup=log.node), verified=head)
    assert {seen.name for seen in head.witnessed} == {"cleveland", "budapest"}


def test_a_fork_is_noticed_whatever_proof_comes_with_it() -> None:
    mine, theirs = _log(), _log(30, told="lie")
    view = _seen(mine, 20)
    for proof in (
        consistency_proof(20, new=30, lookup=theirs.node),
        consistency_proof(20, new=30, lookup=_log(30).node),
        (),
    ):
        with pytest.raises(NotTrusted) as refused:
            view.advance(_verified(theirs.signed(30)), proof=proof)
        assert refused.value.code == "log.forked"


def test_two_heads_of_one_size_are_a_fork() -> None:
    with pytest.raises(NotTrusted) as refused:
        _seen(_log(), 20).advance(_verified(_log(told="lie").signed(20)), proof=())
    assert refused.value.code == "log.forked"


def test_the_same_head_again_changes_nothing_and_needs_no_proof() -> None:
    view = _seen(_log(), 20)
    assert view.advance(_verified(_log().signed(20)), proof=()) == view


def test_a_log_that_was_cut_short_or_rolled_back_is_noticed() -> None:
    log = _log()
    view = _seen(log, 20)
    for size in (19, 7, 0):
        with pytest.raises(NotTrusted) as refused:
            view.advance(_verified(log.signed(size)), proof=())
        assert refused.value.code == "log.cut_short"


def test_another_log_is_not_this_one() -> None:
    other = Checkpoint(origin="log.elsewhere.example", size=0, root=EMPTY_ROOT)
    signed = sign_checkpoint(other, key=key("log"))
    assert _code(signed, quorum=0) == "log.wrong_origin"
    verified = verify_checkpoint(
        signed, origin=other.origin, log_key=key("log").public_key, witnesses=(), quorum=0
    )
    with pytest.raises(NotTrusted) as refused:
        LogView(origin=ORIGIN).advance(verified, proof=())
    assert refused.value.code == "log.wrong_origin"


def test_the_first_head_needs_no_proof_and_takes_none() -> None:
    with pytest.raises(NotTrusted) as refused:
        LogView(origin=ORIGIN).advance(_verified(_log().signed(20)), proof=(EMPTY_ROOT,))
    assert refused.value.code == "log.forked"


@pytest.mark.parametrize(
    ("entry", "index", "proven"),
    [
        (b"lie 15", 15, 15),
        (b"truth 15", 14, 15),
        (b"truth 15", 15, 14),
        (b"truth 15", 20, 15),
        (b"truth 15", -1, 15),
    ],
)
def test_an_entry_that_is_not_in_the_log_cannot_be_proved(entry: bytes, index: int, proven: int) -> None:
    log = _log()
    with pytest.raises(NotTrusted) as refused:
        check_included(
            entry,
            index=index,
            proof=inclusion_proof(proven, size=20, lookup=log.node),
            verified=_verified(log.signed(20)),
        )
    assert refused.value.code == "log.not_included"


def test_a_stale_checkpoint_is_refused() -> None:
    verified = _verified(_log().signed(20, at=NOW - timedelta(hours=24)))
    check_fresh(verified, now=NOW)
    with pytest.raises(NotTrusted) as refused:
        check_fresh(verified, now=NOW + timedelta(seconds=1))
    assert refused.value.code == "log.stale"


def test_a_checkpoint_from_the_future_is_refused() -> None:
    check_fresh(_verified(_log().signed(20, at=NOW + timedelta(minutes=5))), now=NOW)
    with pytest.raises(NotTrusted) as refused:
        check_fresh(_verified(_log().signed(20, at=NOW + timedelta(minutes=5, seconds=1))), now=NOW)
    assert refused.value.code == "log.from_the_future"


def test_one_fresh_witness_cannot_make_an_old_head_young() -> None:
    old = _log().signed(20, at=NOW - timedelta(days=3))
    refreshed = cosign_checkpoint(old, name="zurich", key=key("zurich"), at=NOW)
    with pytest.raises(NotTrusted) as refused:
        check_fresh(_verified(refreshed), now=NOW)
    assert refused.value.code == "log.stale"
    check_fresh(
        _verified(cosign_checkpoint(refreshed, name="longbeach", key=key("longbeach"), at=NOW)), now=NOW
    )


def test_one_witness_with_a_wrong_clock_does_not_stop_the_others() -> None:
    head = _log().signed(20)
    ahead = cosign_checkpoint(head, name="zurich", key=key("zurich"), at=NOW + timedelta(days=30))
    check_fresh(_verified(ahead), now=NOW)


def test_the_same_witness_twice_counts_once() -> None:
    log = _log()
    twice = log.signed(20, by=("cleveland", "cleveland"))
    assert _code(twice) == "log.too_few_witnesses"
    later = cosign_checkpoint(twice, name="cleveland", key=key("cleveland"), at=NOW + timedelta(seconds=9))
    assert _code(later) == "log.too_few_witnesses"
    under_two_names = (*WITNESSES, Witness(name="alias", key=key("cleveland").public_key))
    signed = cosign_checkpoint(log.signed(20, by=("cleveland",)), name="alias", key=key("cleveland"), at=NOW)
    with pytest.raises(NotTrusted) as refused:
        verify_checkpoint(
            signed, origin=ORIGIN, log_key=key("log").public_key, witnesses=under_two_names, quorum=2
        )
    assert refused.value.code == "log.too_few_witnesses"


def test_the_latest_of_a_witness_decides_on_its_freshness() -> None:
    old = _log().signed(20, at=NOW - timedelta(days=3))
    for site in SITES[:2]:
        old = cosign_checkpoint(old, name=site, key=key(site), at=NOW)
    check_fresh(_verified(old), now=NOW)


def test_strangers_and_the_log_itself_are_no_witnesses() -> None:
    log = _log()
    signed = log.signed(20, by=("cleveland",))
    signed = cosign_checkpoint(signed, name="budapest", key=key("stranger"), at=NOW)
    signed = cosign_checkpoint(signed, name=ORIGIN, key=key("log"), at=NOW)
    assert _code(signed) == "log.too_few_witnesses"
    assert len(_verified(signed, quorum=1).witnessed) == 1


def _with_last(signed: SignedCheckpoint, line: NoteSignature) -> SignedCheckpoint:
    return replace(signed, signatures=(*signed.signatures[:-1], line))


def test_a_forged_cosignature_is_an_error_not_a_missing_one() -> None:
    signed = _log().signed(20, by=SITES[:3])
    last = signed.signatures[-1]
    stranger = key("stranger").sign(signed.checkpoint.body())
    other_head = _log().signed(19, by=SITES[:3]).signatures[-1]
    redated = (int(NOW.timestamp()) + 60).to_bytes(8, "big") + last.signature[8:]
    for forged in (
        replace(last, signature=last.signature[:8] + stranger),
        replace(last, signature=redated),
        replace(last, signature=last.signature[:8]),
        other_head,
    ):
        assert _code(_with_last(signed, forged)) == "log.cosignature_invalid"


def test_a_log_signature_is_not_a_cosignature_and_the_reverse() -> None:
    """The same key signs both texts in a federation without witnesses; neither passes for the other."""
    plain = sign_checkpoint(_log().head(), key=key("log"))
    dated = cosign_checkpoint(plain, name=ORIGIN, key=key("log"), at=NOW)
    assert plain.signatures[0].key_hash != dated.signatures[1].key_hash
    swapped = replace(
        dated,
        signatures=(replace(dated.signatures[0], signature=dated.signatures[1].signature[8:]),),
    )
    assert _code(swapped, quorum=0) == "log.signature_invalid"


def test_key_ids_are_the_documented_ones() -> None:
    """The log's as C2SP defines type 0x02; a hospital's under type 0xff and a name of our own."""
    own, witness = _log().signed(20, by=("zurich",)).signatures
    spki = key("log").public_key.spki_der
    assert own.key_hash == hashlib.sha256(spki).digest()[:4]
    told = b"zurich\n\xffonggi/cosignature-p256/v1\n" + key("zurich").public_key.spki_der
    assert witness.key_hash == hashlib.sha256(told).digest()[:4]
    key("zurich").public_key.verify(
        witness.signature[8:],
        b"cosignature/v1\ntime %d\n" % int(NOW.timestamp()) + _log().head(20).body(),
    )


def test_without_witnesses_the_log_dates_its_own_heads() -> None:
    undated = sign_checkpoint(_log().head(), key=key("log"))
    with pytest.raises(NotTrusted) as refused:
        check_fresh(_verified(undated, quorum=0), now=NOW)
    assert refused.value.code == "log.stale"
    check_fresh(_verified(cosign_checkpoint(undated, name=ORIGIN, key=key("log"), at=NOW), quorum=0), now=NOW)


def test_a_checkpoint_without_the_logs_signature_or_with_a_wrong_one_is_refused() -> None:
    signed = _log().signed(20)
    assert _code(replace(signed, signatures=signed.signatures[1:])) == "log.signature_missing"
    stranger = sign_checkpoint(signed.checkpoint, key=key("stranger"))
    assert _code(replace(signed, signatures=stranger.signatures)) == "log.signature_missing"
    wrong = replace(signed.signatures[0], signature=key("log").sign(b"something else"))
    assert _code(replace(signed, signatures=(wrong, *signed.signatures[1:]))) == "log.signature_invalid"
    # A right signature does not outweigh a wrong one of the same key.
    assert _code(replace(signed, signatures=(*signed.signatures, wrong))) == "log.signature_invalid"
    grown = replace(signed, checkpoint=_log(21).head())
    assert _code(grown) == "log.signature_invalid"


def test_the_text_form_comes_back_byte_for_byte() -> None:
    signed = _log().signed(20)
    note = signed.render()
    assert SignedCheckpoint.parse(note) == signed
    assert SignedCheckpoint.parse(note).render() == note
    lines = note.decode().split("\n")
    assert lines[:4] == [ORIGIN, "20", encode_base64(signed.checkpoint.root), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")


_NOTE = _log().signed(20).render().decode()


@pytest.mark.parametrize(
    "note",
    [
        "",
        _NOTE.rstrip("\n"),
        _NOTE + "\n",
        _NOTE + "no signature\n",
        _NOTE.replace("\n20\n", "\n020\n"),
        _NOTE.replace("\n20\n", "\n-20\n"),
        _NOTE.replace("\n20\n", "\n+20\n"),
        _NOTE.replace("\n20\n", "\n２０\n"),
        _NOTE.replace("\n20\n", f"\n{2**63}\n"),
        _NOTE.replace("\n20\n", "\n0\n"),
        _NOTE.replace("\n20\n", "\n20\r\n"),
        _NOTE.replace("=\n\n", "=\nextension\n\n"),
        _NOTE.replace("=\n\n", "\n\n"),
        _NOTE.replace("=\n\n", "=\n"),
        _NOTE.replace("=\n\n", "=\n\n\n"),
        _NOTE.replace("— ", "- "),
        _NOTE.replace(f"— {ORIGIN} ", f"— {ORIGIN}  "),
        _NOTE.replace(f"— {ORIGIN} ", "— "),
        _NOTE.replace(ORIGIN, "log with spaces"),
        _NOTE.replace(ORIGIN, ""),
        _NOTE.split("\n\n")[0] + "\n\n",
        _NOTE + f"— {ORIGIN} QUJDRA==\n",
        _NOTE + f"— {ORIGIN} QUJDREU\n",
        _NOTE + f"— {ORIGIN} {'QUJDREU=' * 2}\n",
        _NOTE + _NOTE.split("\n\n")[1] * 50,
        _NOTE + "— a QUJDREU=\n" * 10_000,
    ],
    ids=lambda _: "note",  # the text holds keys made at random, which two test processes would not share
)
def test_a_note_with_a_second_reading_is_refused(note: str) -> None:
    with pytest.raises(NotTrusted) as refused:
        SignedCheckpoint.parse(note.encode())
    assert refused.value.code == "log.checkpoint_malformed"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NotTrusted) as refused:
        SignedCheckpoint.parse(b"\xff\xfe" + _NOTE.encode())
    assert refused.value.code == "log.checkpoint_malformed"


def test_lines_of_unknown_signers_are_carried_and_ignored() -> None:
    note = _NOTE + "— witness.elsewhere.example/w1 QUJDREVGRw==\n"
    signed = SignedCheckpoint.parse(note.encode())
    assert signed.render() == note.encode()
    assert len(_verified(signed).witnessed) == 2
