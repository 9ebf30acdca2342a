"""`load-omop` and `load-vocabulary`: a folder or archive becomes the next generation, with a bar."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars

from node.cli.desk import Desk, exit_code
from node.cli.load_answers import tell_check, tell_load, tell_problems
from node.datasets import Datasets
from node.registers.audit import NodeEvent, record_event
from node.settings import NodeSettings
from node.settings_file import change_settings
from node.state.engine import open_state, sessions
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy
from node.store.keys import StoreKeys, unlock_data_key, unlock_pseudonym_key
from node.store.load_report import LoadProgress, LoadRefused, LoadReport
from node.unlocking import data_provider, pseudonym_provider
from onggi.errors import Fact, OnggiError

_POLICY = frozenset({"load.policy_column", "load.policy_pattern"})
Source = Annotated[Path, typer.Argument(help="폴더 또는 zip 파일. Folder or zip file.", metavar="FOLDER|ZIP")]
Resume = Annotated[
    bool,
    typer.Option("--resume/--no-resume", help="중단된 적재를 이어갑니다. Continues an interrupted load."),
]


def add_to(app: typer.Typer) -> None:
    app.command("load-omop", help="CDM 파일을 적재합니다. Loads CDM files.")(load_omop)
    app.command("load-vocabulary", help="공유 용어집을 적재합니다. Loads the shared vocabulary.")(load_words)


def load_omop(
    context: typer.Context,
    folder: Source,
    dataset: Annotated[str | None, typer.Option(help="데이터셋 이름. Name of the dataset.")] = None,
    resume: Resume = True,
    check: Annotated[
        bool,
        typer.Option("--check", help="검사만 하고 저장하지 않습니다. Checks everything, writes nothing."),
    ] = False,
) -> None:
    desk: Desk = context.obj
    if check:
        _check(desk, folder)
        return
    settings, name = _choose_dataset(desk.settings(), dataset)
    store = Datasets(settings).make_place(name)
    keys = _unlock(desk, settings)
    with _refused(desk), _located(settings, folder.absolute(), store), _progress(desk) as step:
        from node.store.load_omop import load_folder

        report = load_folder(
            folder,
            store=store,
            keys=keys,
            policy=IdentifierPolicy(**settings.identifiers.model_dump()),
            clock=desk.now,
            progress=step,
            memory_limit=f"{settings.memory_limit_mib}MiB",
            resume=resume,
        )
    _record(desk, settings, report, event=NodeEvent.DATA_LOADED, about=name)
    tell_load(desk, report, dataset=name)


def load_words(context: typer.Context, folder: Source, resume: Resume = True) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    store = Datasets(settings).vocabulary
    keys = _unlock(desk, settings)
    with _refused(desk), _located(settings, folder.absolute(), store), _progress(desk) as step:
        from node.store.load_omop import load_vocabulary

        report = load_vocabulary(
            folder,
            store=store,
            keys=keys,
            clock=desk.now,
            progress=step,
            memory_limit=f"{settings.memory_limit_mib}MiB",
            resume=resume,
        )
    _record(desk, settings, report, event=NodeEvent.VOCABULARY_LOADED, about="vocabulary")
    tell_load(desk, report, dataset=None)


def _check(desk: Desk, folder: Path) -> None:
    """Says all that is wrong with a source. The exit code is that of the first problem."""
    settings = desk.settings()
    keys = _unlock(desk, settings)
    datasets = Datasets(settings)
    with _located(settings, folder.absolute(), datasets.vocabulary), _progress(desk) as step:
        from node.store.check_source import check_source

        report = check_source(
            folder,
            keys=keys,
            policy=IdentifierPolicy(**settings.identifiers.model_dump()),
            workdir=settings.home,
            has_vocabulary=datasets.vocabulary.find_current() is not None,
            progress=step,
            memory_limit=f"{settings.memory_limit_mib}MiB",
        )
    tell_check(desk, report)
    if report.problems:
        raise typer.Exit(exit_code(report.problems[0].code))


def _unlock(desk: Desk, settings: NodeSettings) -> StoreKeys:
    unlocking = desk.unlocking()
    return StoreKeys(
        data=unlock_data_key(settings.keys_folder, provider=data_provider(settings, unlocking)),
        pseudonym=unlock_pseudonym_key(
            settings.keys_folder, provider=pseudonym_provider(settings, unlocking)
        ),
    )


def _choose_dataset(settings: NodeSettings, name: str | None) -> tuple[NodeSettings, str]:
    """The first load of a node may name its data set; a name that is new later makes another one."""
    datasets = Datasets(settings)
    if name in (None, settings.dataset):
        return settings, settings.dataset
    alone = datasets.names() == (settings.dataset,)
    if alone and datasets.place(settings.dataset).last_number() == 0:
        return change_settings(settings.home, {"dataset": str(name)}), str(name)
    return settings, str(name)


@contextlib.contextmanager
def _refused(desk: Desk) -> Iterator[None]:
    """Where several things are wrong with a file, the others stand before the error itself."""
    try:
        yield
    except LoadRefused as error:
        tell_problems(desk, error.problems[1:])
        raise


@contextlib.contextmanager
def _located(settings: NodeSettings, folder: Path, store: Store) -> Iterator[None]:
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
            facts.setdefault("path", str(store.root))
        raise


@contextlib.contextmanager
def _progress(desk: Desk) -> Iterator[Callable[[LoadProgress], None]]:
    """A bar on the error stream, where a person watches; silence elsewhere."""
    stream = desk.surroundings.err
    if desk.as_json or not stream.isatty():
        yield lambda _step: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=desk.console(stream), transient=True) as bars:
        bar = bars.add_task(desk.say("적재", "Loading"), total=None)

        def step(told: LoadProgress) -> None:
            description = f"{told.table} {told.index}/{told.total}"
            bars.update(bar, description=description, completed=told.bytes_read, total=told.bytes_total)

        yield step


def _record(desk: Desk, settings: NodeSettings, report: LoadReport, *, event: NodeEvent, about: str) -> None:
    engine = open_state(settings.database)
    facts: dict[str, Fact] = {"generation": report.generation, "digest": report.digest}
    if report.warnings:
        facts["warnings"] = " ".join(sorted({each.code for each in report.warnings}))
    try:
        with sessions(engine).begin() as session:
            record_event(session, event, about=about, now=desk.now(), facts=facts)
    finally:
        engine.dispose()
