"""Making and showing the key file with which a member signs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.secret_input import SecretEnv, SecretFd, open_key, read_secret
from onggi.cli.session import Session, session_of
from onggi.client.private_files import create_file
from onggi.errors import Refused
from onggi.protocol.keys import FileKey, PublicKey, new_private_pem

_SHORTEST_PASSPHRASE = 10
app = new_group("Key files for signing.")


@app.command()
def new(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The new private key file.")],
    public: Annotated[Path | None, typer.Option("--public", help="Also write the public key here.")] = None,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Make a key, locked with a passphrase. An existing file is never overwritten."""
    session = session_of(context)
    question = session.tell("새 열쇠 파일의 암호", "Passphrase for the new key file")
    passphrase = read_secret(session, question, env=secret_env, fd=secret_fd, twice=True)
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        raise Refused("keys.passphrase_short", shortest=_SHORTEST_PASSPHRASE)
    pem = new_private_pem(passphrase=passphrase.encode())
    key = FileKey.from_pem(pem, passphrase=passphrase.encode())
    create_file(file, pem, private=True)
    if public is not None:
        create_file(public, key.public_key.pem.encode())
    _say_public(session, key.public_key)


@app.command()
def show(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The private key file.")],
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """The public key and its fingerprint."""
    session = session_of(context)
    _say_public(session, open_key(session, file, env=secret_env, fd=secret_fd).public_key)


def _say_public(session: Session, key: PublicKey) -> None:
    label = session.tell("지문", "Fingerprint")
    session.say(
        f"{key.pem}{label}: {key.fingerprint}", {"public_key": key.pem, "fingerprint": key.fingerprint}
    )
