"""The operator's commands on the coordinator's own machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from catalog.dataset_card import LARGEST_CARD
from coordinator.accounts.account_store import Organisation
from coordinator.audit.trail import check_chain
from coordinator.command_output import CommandOutput
from coordinator.home import make_home, open_services
from coordinator.jobs.default_checks import default_checks
from coordinator.roles import ALL_SCOPES, Role, Scope
from coordinator.running.round_times import round_times_ms
from coordinator.services import Services
from coordinator.settings import CoordinatorSettings
from coordinator.states import JobState
from coordinator.states_page import states_page
from coordinator.transparency.verify_log import check_log
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope
from onggi.spec.ids import SiteId

OPERATOR = "operator-command"
"""The actor's name where somebody acts on the machine itself."""

_LARGEST_FILE = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What every command needs: its settings and how to speak."""

    settings: CoordinatorSettings
    output: CommandOutput

    def services(self) -> Services:
        return open_services(self.settings, checks=default_checks())


def _call(context: typer.Context) -> Call:
    call = context.obj
    assert isinstance(call, Call)
    return call


def build_app(environment: Mapping[str, str]) -> typer.Typer:
    """The commands over a given environment."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    groups = {name: typer.Typer(no_args_is_help=True) for name in ("accounts", "organisations", "tokens")}
    groups |= {name: typer.Typer(no_args_is_help=True) for name in ("log", "root", "audit", "card")}
    for name, group in groups.items():
        app.add_typer(group, name=name)
    _add_entry(app, environment)
    app.command("init")(init)
    app.command("serve")(run)
    app.command("status")(status)
    app.command("states")(states)
    app.command("rounds")(rounds)
    groups["organisations"].command("add")(organisations_add)
    groups["accounts"].command("add")(accounts_add)
    groups["accounts"].command("link")(accounts_link)
    groups["tokens"].command("new")(tokens_new)
    groups["tokens"].command("enrolment")(tokens_enrolment)
    groups["log"].command("verify")(log_verify)
    groups["audit"].command("verify")(audit_verify)
    groups["root"].command("pin")(root_pin)
    groups["root"].command("advance")(root_advance)
    groups["card"].command("add")(card_add)
    return app


def _add_entry(app: typer.Typer, environment: Mapping[str, str]) -> None:
    @app.callback()
    def entry(
        context: typer.Context,
        home: Annotated[Path | None, typer.Option(help="The coordinator's folder.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Onggi 중앙 서버 / the Onggi coordinator."""
        folder = home or Path(environment.get("ONGGI_COORDINATOR_HOME", "~/.onggi/coordinator")).expanduser()
        spoken = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG", "")
        output = CommandOutput(as_json, "ko" if spoken.startswith("ko") else "en")
        with output.refusals():
            settings = CoordinatorSettings.from_home(folder, environment=environment)
        context.obj = Call(settings=settings, output=output)


def init(context: typer.Context) -> None:
    """홈 폴더와 키와 데이터베이스를 준비합니다. / Prepare folder, keys, database; again after upgrades."""
    call = _call(context)
    with call.output.refusals():
        make_home(call.settings)
        services = call.services()
        shown = {
            "home": call.settings.home,
            "log_origin": services.origin,
            "log_key_fingerprint": services.log_key.public_key.fingerprint,
            "log_public_key": services.log_key.public_key.pem,
            "authority_fingerprint": services.authority().fingerprint,
        }
        services.database.close()
        call.output.show(shown)


def run(context: typer.Context) -> None:
    """중앙 서버를 실행합니다. / Run the coordinator."""
    # Imported here: every other command starts without the servers.
    from coordinator.running.companion import Federation
    from coordinator.serve import serve

    call = _call(context)
    with call.output.refusals():
        federation = Federation(call.settings)
        serve(call.settings, companions=[federation.beside], connected=federation.connected)


def rounds(context: typer.Context, job: str) -> None:
    """작업의 회차별 소요 시간을 보여 줍니다. / Show how long each round of a job took."""
    call = _call(context)
    with call.output.refusals():
        call.output.show({"job": job, "milliseconds": round_times_ms(call.services().database, job)})


def states() -> None:
    """상태 표를 출력합니다. / Print the tables of states."""
    CommandOutput(as_json=False, language="en").show_text(states_page())


def organisations_add(
    context: typer.Context,
    name: str,
    title: Annotated[str, typer.Option(help="Full name.")],
    kind: Annotated[Literal["hospital", "university", "company", "operating_body"], typer.Option()],
    country: Annotated[str, typer.Option(help="Two capital letters.")] = "KR",
) -> None:
    """소속을 등록합니다. / Add an organisation."""
    call = _call(context)
    with call.output.refusals():
        organisation = Organisation(id=name, name=title, kind=kind, country=country)
        call.services().accounts.add_organisation(organisation, by=OPERATOR)
        call.output.show({"organisation": name})


def accounts_add(
    context: typer.Context,
    name: str,
    organisation: Annotated[str, typer.Option()],
    role: Annotated[list[Role], typer.Option(help="Once for each role.")],
    member: Annotated[str | None, typer.Option(help="Name in the federation root.")] = None,
    site: Annotated[str | None, typer.Option(help="Hospital's site name.")] = None,
    country_of_access: Annotated[str, typer.Option()] = "KR",
    pledged: Annotated[str | None, typer.Option(help="Date of the pledge, e.g. 2026-11-22.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="A file with the first password.")] = None,
) -> None:
    """계정을 만듭니다. / Add an account."""
    call = _call(context)
    with call.output.refusals():
        password = None if password_file is None else _read(password_file).decode().rstrip("\r\n")
        account = call.services().accounts.add(
            name,
            organisation=organisation,
            roles=set(role),
            password=password,
            country_of_access=country_of_access,
            pledged=None if pledged is None else _date(pledged),
            member=member,
            site=site,
            by=OPERATOR,
        )
        call.output.show({"account": account.id, "roles": sorted(account.roles)})


def accounts_link(
    context: typer.Context,
    name: str,
    subject: Annotated[str, typer.Option(help="The person's name at the other log-in (`sub`).")],
) -> None:
    """로그인 수단이 없는 새 계정을 다른 로그인에 연결합니다. / Link a new account to the other log-in."""
    call = _call(context)
    with call.output.refusals():
        call.services().oidc_links.link(name, subject, by=OPERATOR, only_if_new=True)
        call.output.show({"account": name, "subject": subject})


def tokens_new(
    context: typer.Context,
    account: str,
    label: Annotated[str, typer.Option()] = "command line",
    scope: Annotated[list[Scope] | None, typer.Option(help="Once for each; default all.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366)] = 30,
) -> None:
    """API 토큰을 만들어 한 번 보여 줍니다. / Make an API token; its secret is shown this once."""
    call = _call(context)
    with call.output.refusals():
        issued = call.services().tokens.issue(
            account,
            kind="api",
            scopes=set(scope) if scope else ALL_SCOPES,
            label=label,
            life=timedelta(days=days),
            by=OPERATOR,
        )
        call.output.show({"token": issued.secret, "id": issued.id, "expires": issued.expires.isoformat()})


def tokens_enrolment(context: typer.Context, site: str) -> None:
    """기관 노드의 등록 토큰을 만듭니다. / Make a one-time token for a hospital's node."""
    call = _call(context)
    with call.output.refusals():
        services = call.services()
        if site not in {hospital.site for hospital in services.roots.get_current().hospitals}:
            raise Refused("site.not_found")
        token = services.authority(acting=OPERATOR).new_token(SiteId(site))
        call.output.show({"site": site, "token": str(token)})


def root_pin(
    context: typer.Context,
    file: Path,
    fingerprint: Annotated[str, typer.Option(help="Received another way than the file.")],
) -> None:
    """첫 연합 루트를 설치합니다. / Install version 1 of the federation root."""
    call = _call(context)
    with call.output.refusals():
        root = call.services().roots.pin(_read_envelope(file), fingerprint=fingerprint, by=OPERATOR)
        call.output.show({"federation": root.federation, "version": root.version})


def root_advance(context: typer.Context, file: Path) -> None:
    """다음 연합 루트를 설치합니다. / Install the next version of the federation root."""
    call = _call(context)
    with call.output.refusals():
        root = call.services().roots.advance(_read_envelope(file), by=OPERATOR)
        call.output.show({"federation": root.federation, "version": root.version})


def card_add(context: typer.Context, file: Path) -> None:
    """기관의 데이터 카드를 등록합니다. / Add a hospital's dataset card; its twin is drawn at once."""
    # Imported here: no other command draws twins.
    from coordinator.dry_runs.twin_shelf import TwinShelf

    call = _call(context)
    with call.output.refusals():
        cards, shelf = call.services().cards, TwinShelf(call.settings.home / "twins")
        card, before = cards.add(_read(file, most=LARGEST_CARD + 1), by=OPERATOR)
        assert card.site is not None, "a card without a hospital is refused"
        shelf.get(cards.find(card.dataset, [card.site])[card.site], seed=0)
        if before is not None:
            shelf.forget(before)
        call.output.show({"site": card.site, "dataset": card.dataset, "digest": card.digest})


def log_verify(context: typer.Context) -> None:
    """투명성 로그 전체를 다시 계산합니다. / Recompute the whole transparency log."""
    call = _call(context)
    with call.output.refusals():
        services = call.services()
        log_key = services.log_key.public_key
        found = check_log(services.database, origin=services.origin, log_key=log_key)
        shown = {"verified": True, "tree_size": found.size, "root": found.root}
        call.output.show(shown | {"checkpoints": found.checkpoints})


def audit_verify(context: typer.Context) -> None:
    """감사 기록의 사슬을 확인합니다. / Check the audit trail's chain."""
    call = _call(context)
    with call.output.refusals(), call.services().database.reading() as session:
        head = check_chain(session)
        call.output.show({"verified": True, "entries": head.seq, "head": head.hash})


def status(context: typer.Context) -> None:
    """무엇이 얼마나 있는지 보여 줍니다. / Show what there is and what waits."""
    call = _call(context)
    with call.output.refusals():
        services = call.services()
        root = services.roots.find_current()
        open_states = (JobState.WAITING_FOR_APPROVAL, JobState.READY, JobState.RUNNING, JobState.HELD)
        waiting = {state.value: services.jobs.count(state) for state in open_states}
        call.output.show(
            {
                "federation": None if root is None else root.federation,
                "root_version": None if root is None else root.version,
                "log_size": services.log.size(),
                **{f"jobs_{name}": count for name, count in waiting.items()},
            }
        )


def _read(path: Path, *, most: int = _LARGEST_FILE) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        raise Refused("coordinator.file_unreadable", file=str(path)) from None


def _read_envelope(path: Path) -> Envelope:
    return Envelope.from_json(_read(path))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("coordinator.setting_value", name="pledged") from None
