"""Asks for a password or passphrase where nobody else can read it: never on the command line.

A program gives it through an environment variable that it names, or through an open file descriptor.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.session import Session
from onggi.errors import Refused
from onggi.protocol.keys import FileKey

_LONGEST = 4096

SecretEnv = Annotated[
    str | None, typer.Option("--secret-env", help="Name of the environment variable that holds it.")
]
SecretFd = Annotated[int | None, typer.Option("--secret-fd", help="Open file descriptor to read it from.")]


def read_secret(
    session: Session, question: str, *, env: str | None, fd: int | None, twice: bool = False
) -> str:
    """The secret, from where the person chose.

    Raises:
        Refused: ``cli.secret_source`` where both or an empty source are named, ``cli.no_answer``.
    """
    if env is not None and fd is not None:
        raise Refused("cli.secret_source", source="--secret-env, --secret-fd")
    if env is not None:
        return _given(session.environment.get(env, ""), source=f"--secret-env {env}")
    if fd is not None:
        return _given(_from_descriptor(fd), source=f"--secret-fd {fd}")
    try:
        answer: str = typer.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
    except typer.Abort:
        raise Refused("cli.no_answer") from None
    return answer


def _from_descriptor(fd: int) -> str:
    read = bytearray()
    try:
        while len(read) <= _LONGEST and (part := os.read(fd, _LONGEST)):
            read += part
        return read.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""


def _given(secret: str, *, source: str) -> str:
    if not secret or len(secret) > _LONGEST:
        raise Refused("cli.secret_source", source=source)
    return secret


def open_key(session: Session, path: Path, *, env: str | None, fd: int | None) -> FileKey:
    """A private key from its file; its passphrase is asked for only where it has one."""
    if env is None and fd is None:
        try:
            return FileKey.read(path)
        except Refused as locked:
            if locked.code != "key.passphrase_needed":
                raise
    question = session.tell("열쇠 파일의 암호", "Passphrase of the key file")
    return FileKey.read(path, passphrase=read_secret(session, question, env=env, fd=fd).encode())
