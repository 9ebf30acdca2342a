"""The data key and the pseudonym key: wrapped on disk, checked before use, never shown."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from node.store.key_providers import FileKey, KeyProvider, Passphrase, SystemdCredential, create_key_file
from node.store.keys import create_keys, rewrap_data_key, unlock_data_key, unlock_pseudonym_key
from node.store.secret_bytes import SecretBytes
from onggi.errors import Refused
from tests.support.cdm_folders import counting_bytes


def make_file_key(folder: Path, name: str = "kek", seed: str = "kek") -> FileKey:
    create_key_file(folder / name, secret=SecretBytes(counting_bytes(seed)(32)))
    return FileKey(folder / name)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


@pytest.mark.parametrize("kind", ["file", "passphrase", "systemd"])
def test_every_provider_unlocks_what_it_locked(tmp_path: Path, kind: str) -> None:
    file_key = make_file_key(tmp_path)
    providers: dict[str, KeyProvider] = {
        "file": file_key,
        "passphrase": Passphrase(SecretBytes(b"a long enough sentence")),
        "systemd": SystemdCredential(tmp_path, "kek"),
    }
    provider = providers[kind]
    made = create_keys(
        tmp_path / "keys",
        data_provider=provider,
        pseudonym_provider=provider,
        random_bytes=counting_bytes(),
    )
    assert unlock_data_key(tmp_path / "keys", provider=provider) == made.data
    assert unlock_pseudonym_key(tmp_path / "keys", provider=provider) == made.pseudonym
    assert made.data.secret != made.pseudonym.secret


def test_keys_on_disk_are_wrapped_and_private(tmp_path: Path) -> None:
    provider = make_file_key(tmp_path)
    made = create_keys(
        tmp_path / "keys",
        data_provider=provider,
        pseudonym_provider=provider,
        random_bytes=counting_bytes(),
    )
    for path in (tmp_path / "keys").iterdir():
        content = path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
        for secret in (made.data.secret.reveal(), made.pseudonym.secret.reveal()):
            assert secret not in content
            assert secret.hex().encode() not in content


def test_the_wrong_secret_is_named_as_such(tmp_path: Path) -> None:
    right = make_file_key(tmp_path)
    create_keys(
        tmp_path / "keys", data_provider=right, pseudonym_provider=right, random_bytes=counting_bytes()
    )
    with pytest.raises(Refused) as refused:
        unlock_data_key(tmp_path / "keys", provider=make_file_key(tmp_path, "other", "other"))
    assert code_of(refused) == "store.wrong_key"
    with pytest.raises(Refused) as refused:
        unlock_data_key(tmp_path / "keys", provider=Passphrase(SecretBytes(b"a long enough sentence")))
    assert code_of(refused) == "store.key_provider"


def test_a_wrapped_pseudonym_key_cannot_pose_as_the_data_key(tmp_path: Path) -> None:
    provider = make_file_key(tmp_path)
    keys = tmp_path / "keys"
    create_keys(keys, data_provider=provider, pseudonym_provider=provider, random_bytes=counting_bytes())
    (keys / "data-key.json").write_bytes((keys / "pseudonym-key.json").read_bytes())
    with pytest.raises(Refused) as refused:
        unlock_data_key(keys, provider=provider)
    assert code_of(refused) == "store.wrong_key"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    provider = make_file_key(tmp_path)
    provider.path.chmod(mode)
    with pytest.raises(Refused) as refused:
        provider.derive(salt=b"s" * 16, purpose="data")
    assert code_of(refused) == "store.key_file_open"
    assert refused.value.facts["mode"] == f"{mode:04o}"


def test_links_short_files_and_missing_files_are_refused(tmp_path: Path) -> None:
    provider = make_file_key(tmp_path)
    (tmp_path / "link").symlink_to(provider.path)
    (tmp_path / "short").write_bytes(b"x" * 31)
    (tmp_path / "short").chmod(0o600)
    expected = {
        "link": "store.key_file_missing",
        "short": "store.key_file_invalid",
        "gone": "store.key_file_missing",
    }
    for name, code in expected.items():
        with pytest.raises(Refused) as refused:
            FileKey(tmp_path / name).derive(salt=b"s" * 16, purpose="data")
        assert code_of(refused) == code


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        Passphrase(SecretBytes(b"too short")).derive(salt=b"s" * 16, purpose="data")
    assert code_of(refused) == "store.passphrase_short"


def test_keys_never_overwrite_and_never_lie_inside_the_store(tmp_path: Path) -> None:
    provider = make_file_key(tmp_path)
    with pytest.raises(Refused) as refused:
        create_keys(
            tmp_path / "store" / "keys",
            data_provider=provider,
            pseudonym_provider=provider,
            random_bytes=counting_bytes(),
            store_root=tmp_path / "store",
        )
    assert code_of(refused) == "store.keys_inside_store"
    create_keys(
        tmp_path / "keys", data_provider=provider, pseudonym_provider=provider, random_bytes=counting_bytes()
    )
    with pytest.raises(Refused) as refused:
        create_keys(
            tmp_path / "keys",
            data_provider=provider,
            pseudonym_provider=provider,
            random_bytes=counting_bytes(),
        )
    assert code_of(refused) == "store.key_exists"
    with pytest.raises(Refused) as refused:
        create_key_file(provider.path, secret=SecretBytes(b"n" * 32))
    assert code_of(refused) == "store.key_exists"


def test_the_secret_can_change_without_a_new_data_key(tmp_path: Path) -> None:
    old, new = make_file_key(tmp_path), make_file_key(tmp_path, "new", "new")
    keys = tmp_path / "keys"
    made = create_keys(keys, data_provider=old, pseudonym_provider=old, random_bytes=counting_bytes())
    rewrap_data_key(keys, old=old, new=new, random_bytes=counting_bytes("again"))
    assert unlock_data_key(keys, provider=new) == made.data
    with pytest.raises(Refused) as refused:
        unlock_data_key(keys, provider=old)
    assert code_of(refused) == "store.wrong_key"


def test_secrets_hide_in_text_and_refuse_to_be_pickled(tmp_path: Path) -> None:
    provider = make_file_key(tmp_path)
    made = create_keys(
        tmp_path / "keys", data_provider=provider, pseudonym_provider=provider, random_bytes=counting_bytes()
    )
    for shown in (repr(made), str(made), f"{made.data}", repr(Passphrase(SecretBytes(b"visible words!")))):
        assert "hidden" in shown
        assert made.data.secret.reveal().hex() not in shown
        assert "visible" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(made)
