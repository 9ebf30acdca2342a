"""The federation root: write it, sign it, read its fingerprint, and follow it from version to version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_object
from onggi.cli.root_description import read_description
from onggi.cli.secret_input import SecretEnv, SecretFd, open_key
from onggi.cli.session import Session, session_of
from onggi.client.pinned_roots import read_roots
from onggi.client.private_files import create_file, read_file, replace_file
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope, add_signature, verified_signers
from onggi.protocol.passkey_registration import check_vouched
from onggi.protocol.rendering import render_statement
from onggi.protocol.root_changes import change_keys
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import TrustRootStatement
from onggi.protocol.trust_root import TrustRoot, draft_root, read_root, root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots

Fingerprint = Annotated[
    str | None, typer.Option("--fingerprint", help="sha256:..., received another way than the file.")
]
RootFile = Annotated[Path, typer.Argument(metavar="FILE", help="The root's envelope.")]
app = new_group("The federation root: draft, sign, fingerprint, verify, pin, advance.")


@app.command()
def draft(
    context: typer.Context,
    description: Annotated[Path, typer.Argument(help="The root as JSON; keys may be @files.")],
    out: Annotated[Path, typer.Option("--out", help="The new file for the unsigned root.")],
) -> None:
    """Write an unsigned root for its keepers to sign."""
    session = session_of(context)
    root = read_description(read_json_object(description), folder=description.parent)
    envelope = draft_root(root)
    create_file(out, envelope.to_json())
    _say_root(session, envelope, extra={"file": str(out)})


@app.command()
def change(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="The new file for the unsigned next version.")],
    add: Annotated[
        list[Path] | None, typer.Option("--add", help="A registration that was vouched for.")
    ] = None,
    revoke: Annotated[list[str] | None, typer.Option("--revoke", help="A lost key's fingerprint.")] = None,
) -> None:
    """Write the next version, for its keepers to sign, with keys of members taken in or revoked."""
    session = session_of(context)
    root, now = session.home.pinned.load().get_current(now=session.clock()), session.clock()
    vouched = [check_vouched(Envelope.from_json(read_file(one)), root=root, now=now) for one in add or []]
    envelope = draft_root(change_keys(root, add=vouched, revoke=revoke or [], now=now))
    create_file(out, envelope.to_json())
    _say_root(session, envelope, extra={"file": str(out)})


@app.command()
def sign(
    context: typer.Context,
    file: RootFile,
    key: Annotated[Path, typer.Option("--key", help="Your private key file.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Show the root, ask, and add your signature to the file."""
    session = session_of(context)
    envelope = Envelope.from_json(read_file(file))
    root = read_root(envelope)
    statement = read_statement(envelope, TrustRootStatement, federation=root.federation)
    session.say_aside(render_statement(statement))
    session.confirm(session.tell("이 신뢰 문서에 서명하시겠습니까?", "Sign this root?"), yes=yes)
    signer = open_key(session, key, env=secret_env, fd=secret_fd)
    # The old version's keepers sign too, so a key that this version does not list is not an error.
    signed = add_signature(envelope, key=signer)
    replace_file(file, signed.to_json(), mode=0o644)
    _say_root(session, signed, extra={"key": signer.public_key.fingerprint})


@app.command()
def fingerprint(context: typer.Context, file: RootFile) -> None:
    """What is read out over the telephone."""
    session = session_of(context)
    envelope = Envelope.from_json(read_file(file))
    read_root(envelope)
    value = root_fingerprint(envelope)
    session.say(value, {"fingerprint": value})


@app.command()
def verify(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Version 1, then each next version; or a chain.")],
    fingerprint: Fingerprint = None,
) -> None:
    """Check every version against the one before, from the fingerprint on."""
    session = session_of(context)
    trusted = read_chain(files, fingerprint=fingerprint or session.home.pinned.load().fingerprint)
    _say_chain(session, trusted)


@app.command()
def pin(
    context: typer.Context,
    fingerprint: Annotated[str, typer.Option("--fingerprint", help="Received another way than the file.")],
    files: Annotated[list[Path] | None, typer.Argument(help="Files; from the coordinator otherwise.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="A coordinator to fetch from.")] = None,
) -> None:
    """Trust this federation from now on. Another fingerprint than a pinned one is refused."""
    session = session_of(context)
    _check_not_other(session, fingerprint)
    if files:
        trusted = read_chain(files, fingerprint=fingerprint)
    else:
        with session.public_client(url) as client:
            trusted = client.log.fetch_roots(fingerprint=fingerprint)
    session.home.pinned.save(trusted)
    _say_chain(session, trusted)


@app.command()
def advance(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="The next version; fetched otherwise.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Also hand it to the coordinator.")] = False,
) -> None:
    """Follow the pinned root to its next version, signed by the quorums of the old and the new."""
    session = session_of(context)
    if file is None:
        with session.public_client() as client:
            trusted = client.log.advance_roots()
    else:
        envelope = Envelope.from_json(read_file(file))
        trusted = session.home.pinned.load().advance(envelope)
        if publish:
            with session.client() as client:
                client.log.publish_root(envelope)
        session.home.pinned.save(trusted)
    _say_chain(session, trusted)


def read_chain(files: Sequence[Path], *, fingerprint: str) -> TrustedRoots:
    """The chain in these files, checked from the fingerprint on."""
    first, *following = [one for file in files for one in read_roots(read_file(file), path=str(file))]
    trusted = TrustedRoots.pin(first, fingerprint=fingerprint)
    for envelope in following:
        trusted = trusted.advance(envelope)
    return trusted


def _check_not_other(session: Session, fingerprint: str) -> None:
    try:
        pinned = session.home.pinned.load().fingerprint
    except Refused as bad:
        if bad.code != "client.root_not_pinned":
            raise
        return
    if pinned != fingerprint:
        raise Refused("client.other_root_pinned", pinned=pinned, path=str(session.home.pinned.path))


def _signers(envelope: Envelope, root: TrustRoot) -> list[str]:
    return sorted({key.holder for key in verified_signers(envelope, root.root_keys())})


def _say_root(session: Session, envelope: Envelope, *, extra: dict[str, object]) -> None:
    root = read_root(envelope)
    signers = _signers(envelope, root)
    lines = [
        (session.tell("연합", "Federation"), f"{root.federation}, v{root.version}"),
        (session.tell("지문", "Fingerprint"), root_fingerprint(envelope)),
        (session.tell("서명", "Signed"), f"{len(signers)}/{root.root_rule.threshold} {', '.join(signers)}"),
    ]
    value: dict[str, object] = {
        "federation": root.federation,
        "version": root.version,
        "fingerprint": root_fingerprint(envelope),
        "signed_by": signers,
        "needed": root.root_rule.threshold,
    }
    session.say("\n".join(f"{label}: {text}".rstrip() for label, text in lines), value | extra)


def _say_chain(session: Session, trusted: TrustedRoots) -> None:
    root = trusted.latest
    lines = [
        (session.tell("연합", "Federation"), root.federation),
        (session.tell("버전", "Version"), str(root.version)),
        (session.tell("지문(버전 1)", "Fingerprint (version 1)"), trusted.fingerprint),
        (session.tell("만료", "Expires"), f"{root.expires:%Y-%m-%d}"),
        (session.tell("기관", "Hospitals"), ", ".join(one.site for one in root.hospitals)),
    ]
    value = {
        "federation": root.federation,
        "version": root.version,
        "fingerprint": trusted.fingerprint,
        "expires": root.expires.isoformat(),
        "verified": True,
    }
    session.say("\n".join(f"{label}: {text}" for label, text in lines), value)
