"""`init`, `trust` and `enrol`: from an empty folder to a node that its coordinator knows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from node.cli.desk import Desk
from node.cli.places import placed
from node.first_steps import Initialised, init_home
from node.settings import NodeSettings
from node.settings_file import Entry, change_settings
from node.trust_federation import Trusting, trust_root
from onggi.errors import Refused
from onggi.protocol.enrolment import EnrolToken

RootFile = Annotated[
    Path | None, typer.Option("--root", help="연합 루트 파일. File with the federation root.")
]
Fingerprint = Annotated[
    str | None, typer.Option(help="따로 전달받은 지문. Fingerprint received another way: sha256:...")
]
LogOrigin = Annotated[
    str | None, typer.Option(help="투명성 로그 이름. Name of the log, where the root has several.")
]


def add_to(app: typer.Typer) -> None:
    app.command("init", help="폴더와 열쇠를 만듭니다. Makes the node's folder and keys.")(init)
    app.command("trust", help="연합 루트를 고정합니다. Pins the federation root.")(trust)
    app.command("enrol", help="중앙 서버에 등록합니다. Enrols with the one-time token.")(enrol)


def init(
    context: typer.Context,
    site: Annotated[str, typer.Option(help="기관 식별자. The hospital's id.")],
    coordinator: Annotated[str, typer.Option(help="중앙 서버 주소. Coordinator: host:port.")],
    dataset: Annotated[str | None, typer.Option(help="데이터셋 이름. Name of the dataset.")] = None,
    enrol_port: Annotated[int | None, typer.Option(help="등록 포트. Port for enrolling.")] = None,
    proxy: Annotated[str | None, typer.Option(help="HTTP 프록시. http://host:port")] = None,
    key_provider: Annotated[
        Literal["file", "passphrase", "systemd"],
        typer.Option(help="열쇠 보관 방식. What unlocks the keys."),
    ] = "file",
    identity: Annotated[
        Path | None, typer.Option(help="기존 기관 열쇠(PEM). An identity key that exists already.")
    ] = None,
    root: RootFile = None,
    fingerprint: Fingerprint = None,
    log_origin: LogOrigin = None,
) -> None:
    desk: Desk = context.obj
    if (root is None) != (fingerprint is None):
        raise Refused("node.fingerprint_needed")
    entries: dict[str, Entry] = {"site": site, "coordinator": coordinator, "key_provider": key_provider}
    for name, value in (("dataset", dataset), ("enrol_port", enrol_port), ("proxy", proxy)):
        if value is not None:
            entries[name] = value
    made = init_home(
        desk.home,
        entries=entries,
        identity=identity,
        unlocking=desk.unlocking(),
        random=desk.surroundings.random,
    )
    trusting = None
    if root is not None and fingerprint is not None:
        trusting = _trust(desk, made.settings, root=root, fingerprint=fingerprint, log_origin=log_origin)
    _tell_init(desk, made, trusting)


def _tell_init(desk: Desk, made: Initialised, trusting: Trusting | None) -> None:
    key = made.public_key
    known = trusting is not None or made.settings.pinned_root is not None
    following = (
        desk.command("enrol <token>")
        if known
        else desk.command("trust --root <file> --fingerprint sha256:...")
    )
    document: dict[str, object] = {
        "home": str(made.settings.home),
        "site": made.settings.site,
        "created": made.created,
        "identity": {"fingerprint": key.fingerprint, "public_key": key.pem},
        "root_version": trusting.root.version if trusting else None,
        "next": following,
    }
    desk.tell(
        document,
        desk.facts(
            [
                ("폴더", "Folder", made.settings.home),
                ("기관", "Site", made.settings.site),
                ("기관 열쇠의 지문", "Identity key", key.fingerprint),
                ("연합 루트", "Federation root", trusting.root.version if trusting else None),
            ]
        ),
        desk.say(
            "\n아래 공개 열쇠를 연합 관리자에게 보내고, 지문은 전화 등 다른 방법으로 확인해 주십시오.",
            "\nSend this public key to the federation's keepers, and confirm its fingerprint another way.",
        ),
        key.pem,
        desk.facts([("다음", "Next", following)]),
    )


def trust(
    context: typer.Context,
    root: Annotated[Path, typer.Option(help="연합 루트 파일. File with the federation root.")],
    fingerprint: Annotated[
        str, typer.Option(help="따로 전달받은 지문. Fingerprint received another way: sha256:...")
    ],
    log_origin: LogOrigin = None,
) -> None:
    desk: Desk = context.obj
    trusting = _trust(desk, desk.settings(), root=root, fingerprint=fingerprint, log_origin=log_origin)
    following = desk.command("enrol <token>" if trusting.listed else "doctor")
    document: dict[str, object] = {
        "federation": trusting.root.federation,
        "root_version": trusting.root.version,
        "fingerprint": trusting.fingerprint,
        "log_origin": trusting.log_origin,
        "hospitals": len(trusting.root.hospitals),
        "listed": trusting.listed,
        "changed": trusting.changed,
        "next": following,
    }
    desk.tell(
        document,
        desk.facts(
            [
                ("연합", "Federation", trusting.root.federation_name),
                ("루트 버전", "Root version", trusting.root.version),
                ("지문", "Fingerprint", trusting.fingerprint),
                ("투명성 로그", "Transparency log", trusting.log_origin),
                ("참여 기관 수", "Hospitals", len(trusting.root.hospitals)),
                ("이 기관의 열쇠", "This node's key", _listed(desk, listed=trusting.listed)),
                ("다음", "Next", following),
            ]
        ),
    )


def _listed(desk: Desk, *, listed: bool) -> str:
    return (
        desk.say("루트에 있음", "named in the root") if listed else desk.say("루트에 없음", "not in the root")
    )


def _trust(
    desk: Desk, settings: NodeSettings, *, root: Path, fingerprint: str, log_origin: str | None
) -> Trusting:
    try:
        data = root.read_bytes()
    except OSError:
        raise Refused("node.file_unreadable", path=str(root)) from None
    with placed(path=str(root.absolute())):
        return trust_root(
            settings, data, fingerprint=fingerprint.strip().lower(), log_origin=log_origin, clock=desk.now
        )


def enrol(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="일회용 등록 토큰. The one-time token.")],
) -> None:
    from node.link.enrol import enrol as spend
    from node.link.reach import link_settings

    desk: Desk = context.obj
    settings = desk.settings()
    way = link_settings(settings)
    with placed(host=way.host, port=way.enrol_port):
        identity = spend(way, token)
    authority = f"sha256:{EnrolToken.parse(token).authority_sha256}"
    change_settings(settings.home, {"authority": authority})
    until = identity.certificate.not_valid_after_utc
    following = desk.command("load-omop <folder>")
    desk.tell(
        {
            "site": settings.site,
            "authority": authority,
            "certificate_valid_until": until.isoformat(),
            "next": following,
        },
        desk.facts(
            [
                ("기관", "Site", settings.site),
                ("중앙 서버의 인증기관", "Coordinator's authority", authority),
                ("인증서 만료", "Certificate valid until", until.isoformat()),
                ("다음", "Next", following),
            ]
        ),
    )
