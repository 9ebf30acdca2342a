"""`card` and `twin`: what the dataset card tells of the hospital's data, and made-up data of its shape."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from node.cli.desk import Column, Desk
from node.cli.state import with_policy_in_force
from node.registers.audit import NodeEvent, record_event
from node.settings import NodeSettings
from node.state.engine import open_state, sessions
from node.store.durable_files import write_durably
from node.store.keys import unlock_data_key
from node.unlocking import data_provider
from onggi.errors import Fact, Refused

if TYPE_CHECKING:
    from catalog.dataset_card import DatasetCard

_MOST_PERSONS = 100_000_000
_SHOWN_CONCEPTS = 10
_TABLES = (
    Column("표", "Table"),
    Column("대상자", "Persons", number=True),
    Column("1인당 행", "Rows each", number=True),
    Column("개념 수", "Concepts", number=True),
)
_CONCEPTS = (
    Column("개념", "Concept"),
    Column("표", "Table"),
    Column("대상자", "Persons", number=True),
    Column("중앙값 구간", "Median between"),
)


class Form(StrEnum):
    """The files' form."""

    PARQUET = "parquet"
    CSV = "csv"


def add_to(app: typer.Typer) -> None:
    app.command("card", help="데이터 카드에 담길 내용을 보여 줍니다. Shows what the dataset card tells.")(
        card
    )
    app.command("twin", help="연습용 합성데이터를 만듭니다. Makes a synthetic twin of the dataset.")(twin)


def card(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="카드를 저장할 새 파일. A new file for the card.")] = None,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    made = _make(desk, settings)
    _record(desk, settings, NodeEvent.CARD_MADE, {"card": made.digest, "generation": made.generation})
    if out is not None:
        _write_new(out, made.to_json())
    numbers = [each for each in made.concepts if each.numbers]
    shown = sorted(made.concepts, key=lambda each: -each.persons.low)[:_SHOWN_CONCEPTS]
    desk.tell(
        {"digest": made.digest, "file": None if out is None else str(out), "card": _as_document(made)},
        desk.table(_TABLES, _table_rows(made), nothing=desk.say("표가 없습니다.", "There is no table.")),
        "",
        desk.table(
            _CONCEPTS,
            [
                (
                    str(each.concept),
                    each.table,
                    str(each.persons),
                    f"{each.numbers[0].bands[2].low:g} - {each.numbers[0].bands[2].below:g}"
                    if each.numbers
                    else "-",
                )
                for each in shown
            ],
            nothing=desk.say("개념이 없습니다.", "There is no concept."),
        ),
        "",
        desk.facts(
            [
                ("대상자", "Persons", str(made.persons)),
                ("개념", "Concepts told", len(made.concepts)),
                ("수치가 있는 개념", "With numbers", len(numbers)),
                ("가장 작은 집단", "Smallest group told", f"{made.minimum_persons}"),
                ("말하지 않는 것", "Never told", _never(desk)),
                ("다이제스트", "Digest", made.digest),
                ("파일", "File", None if out is None else str(out)),
                ("다음", "Next", desk.command("twin --out <folder>" if out else "card --out <file>")),
            ]
        ),
    )


def twin(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="새 폴더. A new folder.")],
    persons: Annotated[
        int, typer.Option(min=1, max=_MOST_PERSONS, help="사람 수. Made-up persons.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, max=2**53 - 1, help="난수의 씨앗. Seed.")] = 0,
    form: Annotated[Form, typer.Option("--format", help="파일 형식. Form of the files.")] = Form.PARQUET,
    card_file: Annotated[
        Path | None, typer.Option("--card", help="저장해 둔 카드. A card in a file instead.")
    ] = None,
) -> None:
    # Imported here: numpy and the generator would slow every other command down.
    from analysis_jobs.twin.make_twin import TWIN_VERSION, twin_parts
    from node.cards.twin_folder import write_twin

    desk: Desk = context.obj
    settings = desk.settings()
    made = _make(desk, settings) if card_file is None else _read(card_file)
    mark: dict[str, Fact] = {
        "card": made.digest,
        "persons": persons,
        "seed": seed,
        "twin_version": TWIN_VERSION,
    }
    rows = write_twin(twin_parts(made, persons=persons, seed=seed), out, mark=mark, form=form.value)
    _record(desk, settings, NodeEvent.TWIN_MADE, mark)
    desk.tell(
        {"synthetic": True, "folder": str(out), **mark, "tables": rows},
        desk.table(
            (_TABLES[0], Column("행", "Rows", number=True)),
            list(rows.items()),
            nothing=desk.say("표가 없습니다.", "There is no table."),
        ),
        "",
        desk.facts(
            [
                ("연습용 합성데이터", "Synthetic twin", desk.say("실제 환자 없음", "no real patient in it")),
                ("폴더", "Folder", str(out)),
                ("사람", "Persons", persons),
                ("씨앗", "Seed", seed),
                ("카드", "Card", made.digest),
            ]
        ),
    )


def _make(desk: Desk, settings: NodeSettings) -> DatasetCard:
    from node.cards.make_card import make_card

    key = unlock_data_key(settings.keys_folder, provider=data_provider(settings, desk.unlocking()))
    return make_card(with_policy_in_force(settings), key=key)


def _read(file: Path) -> DatasetCard:
    from catalog.dataset_card import read_card

    try:
        return read_card(file.read_bytes())
    except OSError:
        raise Refused("card.unreadable", field="file", file=str(file)) from None


def _write_new(file: Path, content: bytes) -> None:
    if file.exists():
        raise Refused("card.file_exists", file=str(file))
    try:
        write_durably(file, content)
    except OSError as error:
        raise Refused("card.file_unwritable", file=str(file), errno=error.errno) from None


def _record(desk: Desk, settings: NodeSettings, event: NodeEvent, facts: dict[str, Fact]) -> None:
    engine = open_state(settings.database)
    try:
        with sessions(engine).begin() as session:
            record_event(session, event, about=settings.dataset, now=desk.now(), facts=facts)
    finally:
        engine.dispose()


def _table_rows(made: DatasetCard) -> list[tuple[object, ...]]:
    told = Counter(str(each.table) for each in made.concepts)
    return [
        (each.name, str(each.persons or "-"), str(each.records_each or "-"), told[each.name] or "-")
        for each in made.tables
    ]


def _never(desk: Desk) -> str:
    return desk.say(
        "행, 날짜, 최솟값과 최댓값, 자유 텍스트, 기준보다 작은 집단",
        "rows, dates, smallest and greatest values, free text, smaller groups",
    )


def _as_document(made: DatasetCard) -> dict[str, object]:
    return dict(made.model_dump(mode="json"))
