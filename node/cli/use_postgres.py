"""`use-postgres`: a dataset stays where it is, in the hospital's own PostgreSQL, and is read in place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from node.cli.desk import Desk
from node.settings import NodeSettings
from node.store.generations import Store
from onggi.errors import Refused

if TYPE_CHECKING:
    from node.postgres.source import Registered


def add_to(app: typer.Typer) -> None:
    app.command(
        "use-postgres", help="PostgreSQL의 CDM을 제자리에서 읽습니다. Reads a CDM in PostgreSQL in place."
    )(use_postgres)


def use_postgres(
    context: typer.Context,
    dataset: Annotated[str | None, typer.Option(help="데이터셋 이름. Name of the dataset.")] = None,
    address_file: Annotated[
        Path | None, typer.Option(help="주소 파일(0600). Private file with the address.")
    ] = None,
    schema: Annotated[str | None, typer.Option(help="CDM 스키마. Schema of the CDM.")] = None,
    vocabulary_schema: Annotated[
        str | None, typer.Option(help="어휘 스키마. Schema of the vocabulary.")
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="바뀐 데이터를 새 버전으로 등록. Registers changed data anew.")
    ] = False,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    if dataset not in (None, settings.dataset):
        raise Refused("node.settings_differ", entry="dataset", path=str(settings.file))
    from node.postgres.source import find_in_place

    known = find_in_place(settings.home, dataset=settings.dataset)
    if known is None and (refresh or address_file is None):
        raise Refused("postgres.not_registered", dataset=settings.dataset)
    found = _register(settings, known.registered if known else None, address_file, schema, vocabulary_schema)
    rows = sum(mark.rows for mark in found.marks.values())
    desk.tell(
        {"dataset": found.dataset, "version": found.number, "tables": len(found.marks), "rows": rows},
        desk.say(
            f"데이터셋 {found.dataset}, 버전 {found.number}: 표 {len(found.marks)}개, 행 {rows:,}개. "
            "역할이 읽기 전용임을 확인했습니다.",
            f"Dataset {found.dataset}, version {found.number}: {len(found.marks)} tables, {rows:,} rows. "
            "The role was proven to read alone.",
        ),
    )


def _register(
    settings: NodeSettings,
    known: Registered | None,
    address_file: Path | None,
    schema: str | None,
    vocabulary_schema: str | None,
) -> Registered:
    """What is not said again stays as it was registered."""
    file = address_file or (known.address_file if known else None)
    if file is None:
        raise Refused("postgres.not_registered", dataset=settings.dataset)
    cdm = schema or (known.cdm_schema if known else "cdm")
    vocabulary = vocabulary_schema or (known.vocabulary_schema if known and schema is None else cdm)
    from node.postgres.source import register

    return register(
        settings.home,
        dataset=settings.dataset,
        address_file=file,
        cdm_schema=cdm,
        vocabulary_schema=vocabulary,
        after=Store(settings.store).last_number(),
    )
