"""One kind of key, one encoding of it, one file mode."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import encode_base64, sha256_hex
from onggi.protocol.keys import FileKey, PublicKey, is_canonical_der, new_private_pem
from tests.support.federation_root import key

_DER, _SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


def _pem_of(der: bytes) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{encode_base64(der)}\n-----END PUBLIC KEY-----\n"


def _spki_around(point: bytes) -> bytes:
    """A P-256 SubjectPublicKeyInfo around any point bytes."""
    head = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    body = head + bytes([0x03, len(point) + 1, 0]) + point
    return bytes([0x30, len(body)]) + body


def test_a_signature_holds_for_these_bytes_and_this_key_alone() -> None:
    signer, other = key("one"), key("two")
    signature = signer.sign(b"data")
    signer.public_key.verify(signature, b"data")
    for public, data in ((signer.public_key, b"Data"), (other.public_key, b"data")):
        with pytest.raises(NotTrusted) as refused:
            public.verify(signature, data)
        assert refused.value.code == "signature.invalid"


def test_the_fingerprint_is_the_hash_of_the_one_encoding() -> None:
    public = key("one").public_key
    assert public.fingerprint == f"sha256:{sha256_hex(public.spki_der)}"
    assert PublicKey.from_pem(public.pem) == public
    assert PublicKey.from_pem(public.pem.replace("\n", "\r\n")) == public
    assert serialization.load_pem_public_key(public.pem.encode()).public_bytes(_DER, _SPKI) == public.spki_der


def test_the_mirrored_signature_is_the_same_approval_not_a_forgery() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = decode_dss_signature(key("one").sign(b"data"))
    key("one").public_key.verify(encode_dss_signature(r, order - s), b"data")


def test_only_the_one_der_form_is_a_signature() -> None:
    signature = key("one").sign(b"data")
    r, s = decode_dss_signature(signature)
    long_form = b"\x30\x81" + signature[1:]
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert is_canonical_der(signature)
    padded = b"\x30" + bytes([signature[1] + 1, 2, signature[3] + 1, 0]) + signature[4:]
    for bad in (long_form, padded, raw, signature + b"\x00", signature[:-1], b"", encode_dss_signature(0, s)):
        assert not is_canonical_der(bad)
        with pytest.raises(NotTrusted):
            key("one").public_key.verify(bad, b"data")


def _compressed() -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    return _spki_around(
        private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
    )


def _hybrid() -> bytes:
    """The whole point behind a first byte that also tells the parity of y: as long as the usual form."""
    point = key("one").public_key.spki_der[-65:]
    return _spki_around(bytes([0x06 | (point[-1] & 1)]) + point[1:])


@pytest.mark.parametrize(
    "make",
    [
        lambda: ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(_DER, _SPKI),
        lambda: ec.generate_private_key(ec.SECP256K1()).public_key().public_bytes(_DER, _SPKI),
        lambda: ec.generate_private_key(ec.BrainpoolP256R1()).public_key().public_bytes(_DER, _SPKI),
        lambda: ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(_DER, _SPKI),
        lambda: dsa.generate_private_key(1024).public_key().public_bytes(_DER, _SPKI),
        _compressed,
        _hybrid,
        lambda: _spki_around(b"\x02" + b"\xff" * 32),
        lambda: _spki_around(b"\x04" + b"\x01" * 64),
        lambda: _spki_around(b"\x04" + b"\x00" * 64),
        lambda: _spki_around(b"\x00"),
        lambda: key("one").public_key.spki_der + b"\x00",
        lambda: key("one").public_key.spki_der[:-1],
        lambda: b"",
    ],
    ids=[
        "P-384",
        "secp256k1",
        "brainpool",
        "Ed25519",
        "DSA",
        "compressed",
        "hybrid",
        "compressed, off the curve",
        "off the curve",
        "zero point",
        "infinity",
        "trailing byte",
        "cut",
        "empty",
    ],
)
def test_other_keys_and_other_encodings_are_refused(make: Callable[[], bytes]) -> None:
    der = make()
    with pytest.raises(NotTrusted) as refused:
        PublicKey(der)
    assert refused.value.code == "key.not_p256"
    with pytest.raises(NotTrusted) as refused:
        PublicKey.from_pem(_pem_of(der))
    assert refused.value.code == ("key.not_p256" if der else "key.malformed")


def test_an_honest_key_passes_through_the_same_helper() -> None:
    point = key("one").public_key.spki_der[-65:]
    assert PublicKey(_spki_around(point)) == key("one").public_key


@pytest.mark.parametrize(
    "change", [lambda pem: f"note\n{pem}", lambda pem: pem + pem, lambda pem: pem.replace("PUBLIC", "EC")]
)
def test_a_public_key_is_one_pem_block_and_nothing_else(change: Callable[[str], str]) -> None:
    with pytest.raises(NotTrusted) as refused:
        PublicKey.from_pem(change(key("one").public_key.pem))
    assert refused.value.code == "key.malformed"


def _written(folder: Path, *, pem: bytes, mode: int) -> Path:
    path = folder / "signing.key"
    path.touch(mode=0o600)
    path.write_bytes(pem)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_file_of_its_owner_is_read(tmp_path: Path, mode: int) -> None:
    read = FileKey.read(_written(tmp_path, pem=new_private_pem(), mode=mode))
    read.public_key.verify(read.sign(b"data"), b"data")
    assert "PRIVATE" not in repr(read)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o666])
def test_a_key_file_that_others_could_use_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Refused) as refused:
        FileKey.read(_written(tmp_path, pem=new_private_pem(), mode=mode))
    assert refused.value.code == "key.file_open_to_others"


def test_a_link_a_pipe_or_nothing_is_no_key_file(tmp_path: Path) -> None:
    real = _written(tmp_path, pem=new_private_pem(), mode=0o600)
    (tmp_path / "link").symlink_to(real)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, code in (
        ("link", "key.file_missing"),
        ("absent", "key.file_missing"),
        ("pipe", "key.unreadable"),
        (".", "key.unreadable"),
    ):
        with pytest.raises(Refused) as refused:
            FileKey.read(tmp_path / name)
        assert refused.value.code == code


def _p384_pem() -> bytes:
    return ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("make", "passphrase", "code"),
    [
        (lambda: new_private_pem(passphrase=b"open"), None, "key.passphrase_needed"),
        (lambda: new_private_pem(passphrase=b"open"), b"wrong", "key.wrong_passphrase"),
        (new_private_pem, b"open", "key.not_encrypted"),
        (lambda: b"not a key", None, "key.unreadable"),
        (_p384_pem, None, "key.not_p256"),
    ],
)
def test_each_fault_of_a_private_key_has_its_code(
    make: Callable[[], bytes], passphrase: bytes | None, code: str
) -> None:
    with pytest.raises(OnggiError) as refused:
        FileKey.from_pem(make(), passphrase=passphrase)
    assert refused.value.code == code


def test_a_locked_key_opens_with_its_passphrase() -> None:
    opened = FileKey.from_pem(new_private_pem(passphrase=b"open"), passphrase=b"open")
    opened.public_key.verify(opened.sign(b"data"), b"data")


def test_another_module_can_check_signatures() -> None:
    asked: list[bytes] = []

    class Module:
        def is_key(self, spki_der: bytes) -> bool:
            return True

        def is_signed(self, spki_der: bytes, signature: bytes, data: bytes) -> bool:
            asked.append(data)
            return False

    plugged = PublicKey.from_pem(key("one").public_key.pem, provider=Module())
    with pytest.raises(NotTrusted):
        plugged.verify(key("one").sign(b"data"), b"data")
    assert asked == [b"data"]
