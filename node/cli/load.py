"""`load-omop`: a folder of CDM files becomes the store's next generation, with a bar and counts per table."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from node.cli.desk import Column, Desk
from node.registers.audit import NodeEvent, record_event
from node.settings import NodeSettings
from node.settings_file import change_settings
from node.state.engine import open_state, sessions
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.keys import StoreKeys, unlock_data_key, unlock_pseudonym_key
from node.store.load_omop import load_folder
from node.store.load_report import LoadReport, LoadWarning, LoadProgress
from node.unlocking import data_provider, pseudonym_provider
from onggi.errors import Fact, OnggiError, Refused

_COLUMNS = (
    Column("표", "Table"),
    Column("읽은 행", "Rows read", number=True),
    Column("적재한 행", "Rows kept", number=True),
    Column("대상자 없는 행", "Of unknown persons", number=True),
    Column("제외한 열", "Columns left out"),
)
_POLICY = frozenset({"load.policy_column", "load.policy_pattern"})


def add_to(app: typer.Typer) -> None:
    app.command("load-omop", help="CDM 폴더를 적재합니다. Loads a folder of CDM files.")(load_omop)


def load_omop(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="CDM 5.3/5.4 CSV, Parquet 폴더. Folder of CDM files.")],
    dataset: Annotated[str | None, typer.Option(help="데이터셋 이름. Name of the dataset.")] = None,
) -> None:
    desk: Desk = context.obj
    settings = _with_dataset(desk.settings(), dataset)
    unlocking = desk.unlocking()
    store = Store(settings.store)
    keys = StoreKeys(
        data=unlock_data_key(settings.keys_folder, provider=data_provider(settings, unlocking)),
        pseudonym=unlock_pseudonym_key(
            settings.keys_folder, provider=pseudonym_provider(settings, unlocking)
        ),
    )
    with _located(settings, folder.absolute()), _progress(desk) as step:
        report = load_folder(
            folder,
            store=store,
            keys=keys,
            policy=IdentifierPolicy(**settings.identifiers.model_dump()),
            clock=desk.now,
            progress=step,
            memory_limit=f"{settings.memory_limit_mib}MiB",
        )
    _record(desk, settings, report)
    _tell(desk, settings, report)


def _with_dataset(settings: NodeSettings, name: str | None) -> NodeSettings:
    """The first load may name the dataset; later ones load the same one."""
    if name in (None, settings.dataset):
        return settings
    if Store(settings.store).last_number() > 0:
        raise Refused("node.settings_differ", entry="dataset", path=str(settings.file))
    return change_settings(settings.home, {"dataset": str(name)})


@contextlib.contextmanager
def _located(settings: NodeSettings, folder: Path) -> Iterator[None]:
    """A refused file is named by its whole path, a refused policy by the settings, the rest by the store."""
    try:
        yield
    except OnggiError as error:
        facts = error.facts
        if error.code in _POLICY:
            facts.setdefault("path", str(settings.file))
        elif error.code.startswith("load."):
            facts.setdefault("folder", str(folder))
            file = folder / str(facts.get("file") or "")
            if "file" in facts and file.exists():
                facts["file"] = str(file)
        else:
            facts.setdefault("path", str(settings.store))
        raise


@contextlib.contextmanager
def _progress(desk: Desk) -> Iterator[Callable[[LoadProgress], None]]:
    """A bar on the error stream, where a person watches; silence elsewhere."""
    stream = desk.surroundings.err
    if desk.as_json or not stream.isatty():
        yield lambda _step: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=40), MofNCompleteColumn())
    with Progress(*columns, console=desk.console(stream), transient=True) as bars:
        bar = bars.add_task(desk.say("적재", "Loading"), total=None)

        def step(done: LoadProgress) -> None:
            bars.update(bar, description=done.loaded.table, completed=done.index, total=done.total)

        yield step


def _record(desk: Desk, settings: NodeSettings, report: LoadReport) -> None:
    engine = open_state(settings.database)
    facts: dict[str, Fact] = {"generation": report.generation, "digest": report.digest}
    try:
        with sessions(engine).begin() as session:
            record_event(session, NodeEvent.DATA_LOADED, about=settings.dataset, now=desk.now(), facts=facts)
    finally:
        engine.dispose()


def _tell(desk: Desk, settings: NodeSettings, report: LoadReport) -> None:
    document: dict[str, object] = {
        "dataset": settings.dataset,
        "generation": report.generation,
        "digest": report.digest,
        "source_cdm_version": report.source_cdm_version,
        "vocabulary_version": report.vocabulary_version,
        "tables": [
            {
                "table": one.table,
                "read": one.read,
                "kept": one.kept,
                "unknown_persons": one.unknown_persons,
                "dropped_columns": list(one.dropped_columns),
            }
            for one in report.tables
        ],
        "warnings": [desk.words(one.code, one.facts) for one in report.warnings],
    }
    rows = [
        (one.table, one.read, one.kept, one.unknown_persons, ", ".join(one.dropped_columns))
        for one in report.tables
    ]
    desk.tell(
        document,
        desk.table(_COLUMNS, rows, nothing=desk.say("적재한 표가 없습니다.", "No table was loaded.")),
        *(_warning(desk, one) for one in report.warnings),
        "",
        desk.facts(
            [
                ("데이터셋", "Dataset", settings.dataset),
                ("세대", "Generation", report.generation),
                ("CDM 버전", "CDM version", report.source_cdm_version),
                ("용어 버전", "Vocabulary", report.vocabulary_version),
                ("다음", "Next", desk.command("doctor")),
            ]
        ),
    )


def _warning(desk: Desk, warning: LoadWarning) -> str:
    told = desk.words(warning.code, warning.facts)
    return f"{desk.say('참고', 'Note')}: {told['cause']}"
