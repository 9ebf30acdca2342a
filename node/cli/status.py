"""`status` and `runs`: how the node stands, and what became of every order."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.cli.desk import Column, Desk
from node.cli.state import reading
from node.datasets import Datasets
from node.settings import NodeSettings
from node.state.heartbeat import Heartbeat, find_heartbeat
from node.state.memory import is_paused, load_log, load_roots
from node.state.tables import AuditEvent, HeldReply, Release, Run
from node.store.generations import Generation, Store
from onggi.spec.job import JobSpec

_RUNS = (
    Column("실행", "Run"),
    Column("연구과제", "Project"),
    Column("종류", "Kind"),
    Column("상태", "State"),
    Column("시각", "Since"),
    Column("사유", "Code"),
)


def add_to(app: typer.Typer) -> None:
    app.command("status", help="노드의 상태를 보여 줍니다. Shows how the node stands.")(status)
    app.command("runs", help="실행 목록을 보여 줍니다. Lists the runs.")(runs)


def status(context: typer.Context) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        found = _gather(session, settings)
    beat = find_heartbeat(settings.home, now=desk.now())
    found["link"] = _link(beat)
    states = found["runs"]
    assert isinstance(states, dict)
    desk.tell(
        found,
        desk.facts(
            [
                ("기관", "Site", found["site"]),
                ("데이터셋", "Dataset", found["dataset"]),
                ("데이터 세대", "Data generation", found["generation"]),
                *(
                    [("연습용 합성데이터", "Synthetic twin", desk.say("실제 환자 없음", "no real patient"))]
                    if found["synthetic"]
                    else []
                ),
                ("모든 데이터셋", "All data sets", _say_datasets(found)),
                ("공유 용어집", "Shared vocabulary", _say_vocabulary(desk, found)),
                ("연합 루트 버전", "Federation root", found["root_version"]),
                ("투명성 로그 길이", "Log entries seen", found["log_size"]),
                ("연결", "Link", _say_link(desk, beat)),
                ("일시 중지", "Paused", found["paused"]),
                ("실행", "Runs", ", ".join(f"{name} {count:,}" for name, count in states.items()) or None),
                ("결정을 기다리는 답", "Replies that wait for you", found["held"]),
                ("반출 관리대장", "Release register", found["releases"]),
                ("감사 기록", "Audit events", found["audit_events"]),
                ("다음", "Next", _next(desk, found)),
            ]
        ),
    )


def _gather(session: Session, settings: NodeSettings) -> dict[str, object]:
    datasets = Datasets(settings)
    trusted = settings.pinned_root is not None and settings.trusted_log is not None
    states = Counter(session.scalars(select(Run.state)))
    waiting = select(func.count()).select_from(HeldReply).where(HeldReply.decision.is_(None))
    return {
        "site": settings.site,
        "dataset": settings.dataset,
        "home": str(settings.home),
        **_data(settings, datasets),
        "datasets": [_dataset(name, store) for name, store in datasets.stores().items()],
        "vocabulary": _describe(datasets.vocabulary.find_current()),
        "root_version": (
            load_roots(session, fingerprint=settings.root_fingerprint).latest.version if trusted else None
        ),
        "log_size": load_log(session, origin=settings.log_origin).size if trusted else None,
        "paused": is_paused(session),
        "runs": dict(sorted(states.items())),
        "held": session.scalar(waiting),
        "releases": session.scalar(select(func.count()).select_from(Release)),
        "audit_events": session.scalar(select(func.count()).select_from(AuditEvent)),
    }


def _data(settings: NodeSettings, datasets: Datasets) -> dict[str, object]:
    """The version of the data that a run would read, and whether no patient stands behind it."""
    from node.postgres.source import find_in_place  # late, like every engine: most commands need none

    if (in_place := find_in_place(settings.home, dataset=settings.dataset)) is not None:
        return {"generation": in_place.version(), "synthetic": False}
    generation = datasets.place(settings.dataset).find_current()
    if generation is None:
        return {"generation": None, "synthetic": False}
    return {"generation": generation.number, "synthetic": generation.manifest.synthetic}


def _dataset(name: str, store: Store) -> dict[str, object]:
    """A data set as people and programs see it."""
    current = store.find_current()
    tied = current.manifest.vocabulary if current else None
    return {
        "name": name,
        **_describe(current),
        "shared_vocabulary": tied.number if tied else None,
    }


def _describe(current: Generation | None) -> dict[str, object]:
    return {
        "generation": current.number if current else None,
        "vocabulary_version": current.manifest.vocabulary_version if current else None,
        "loaded_at": current.manifest.loaded_at if current else None,
    }


def _say_datasets(found: dict[str, object]) -> str | None:
    """Every data set with its generation; nothing where there is one alone."""
    listed = found["datasets"]
    assert isinstance(listed, list)
    if len(listed) < 2:
        return None
    return ", ".join(f"{one['name']} ({one['generation']})" for one in listed)


def _say_vocabulary(desk: Desk, found: dict[str, object]) -> str | None:
    shared = found["vocabulary"]
    assert isinstance(shared, dict)
    if shared["generation"] is None:
        return None
    return desk.say(
        f"세대 {shared['generation']}, {shared['vocabulary_version']}",
        f"generation {shared['generation']}, {shared['vocabulary_version']}",
    )


def _link(beat: Heartbeat | None) -> dict[str, object]:
    if beat is None:
        return {"running": False, "connected": False}
    facts = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(beat).items()
    }
    return {"running": True, "connected": beat.connected_since is not None, **facts}


def _say_link(desk: Desk, beat: Heartbeat | None) -> str:
    if beat is None:
        return desk.say("노드가 실행 중이 아닙니다", "the node is not running")
    if beat.connected_since is None:
        code = beat.last_error or "link.unreachable"
        cause = _without_gaps(str(desk.words(code, {})["cause"]))
        return desk.say(f"끊어짐: {cause} ({code})", f"not connected: {cause} ({code})")
    since = beat.connected_since.isoformat(timespec="seconds")
    return desk.say(f"연결됨, {since}부터", f"connected since {since}")


def _without_gaps(cause: str) -> str:
    """The sentences that need no detail: the heartbeat keeps a code alone, and `doctor` has the rest."""
    whole = [sentence for sentence in re.split(r"(?<=[.:]) ", cause) if "…" not in sentence]
    return " ".join(whole).rstrip(":") or cause


def _next(desk: Desk, found: dict[str, object]) -> str:
    link = found["link"]
    assert isinstance(link, dict)
    states = found["runs"]
    assert isinstance(states, dict)
    steps = (
        (found["root_version"] is None, "trust --root <file> --fingerprint sha256:..."),
        (found["generation"] is None, "load-omop <folder>"),
        (found["paused"], "resume"),
        (not link["running"], "run"),
        (not link["connected"], "doctor"),
        (states.get("asked"), "consent list"),
        (found["held"], "releases list"),
    )
    return next((desk.command(words) for wanted, words in steps if wanted), desk.say("없음", "nothing to do"))


def runs(context: typer.Context) -> None:
    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        listed = [
            describe_run(row) for row in session.scalars(select(Run).order_by(Run.received_at, Run.run))
        ]
    rows = [[one[key] for key in ("run", "project", "kind", "state", "since", "code")] for one in listed]
    nothing = desk.say("받은 실행 지시가 없습니다.", "No order has been received.")
    desk.tell({"runs": listed}, desk.table(_RUNS, rows, nothing=nothing))


def describe_run(row: Run) -> dict[str, object]:
    """A run as people and programs see it: what is asked, and where it stands."""
    spec = JobSpec.model_validate_json(row.spec)
    return {
        "run": row.run,
        "project": spec.project,
        "title": spec.title,
        "kind": spec.kind,
        "masked": spec.privacy.masked,
        "participants": len(spec.participants),
        "state": row.state,
        "since": row.state_since,
        "code": row.code,
        "spec": row.spec_digest,
    }
