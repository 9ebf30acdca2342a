"""Values that occur nowhere else, planted among one hospital's patients, and a search for every form."""

from __future__ import annotations

import base64
import csv
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support.live_folders import paths_below

TEXT_KEPT = "kanarien7"
"""Stands in `measurement_time`, which is loaded."""
TEXT_DROPPED = "canary-that-is-dropped"
NUMBERS = (137.31337, 171.3133731, 2.7313123)
"""Pressure, heart rate and ST depression of one person."""
FIRST_ID = 7_313_371_000_000_000
DAY = "1983-11-19"
PERSON = 17
"""Whose values these are, by the row of the raw file."""
_DATED = ("_date",)
_FRACTION = 2**32


def plant(folder: Path) -> None:
    """Edits the CSV files of a CDM folder: other ids for all persons, and one person's values and day."""
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            header, rows = list(reader.fieldnames or ()), list(reader)
        if "person_id" not in header:
            continue
        added = [name for name in _added(path.stem) if name not in header]
        chosen = [row for row in rows if row["person_id"] == str(PERSON)]
        for row in rows:
            row.update(dict.fromkeys(added, ""))
            row["person_id"] = str(FIRST_ID + int(row["person_id"]))
        for row in chosen:
            row.update({name: DAY for name in header if name.endswith("_date")})
            row.update({name: value for name, value in _added(path.stem).items() if name in added})
        if path.stem == "measurement":
            _plant_numbers(chosen)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*header, *added], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _added(table: str) -> Mapping[str, str]:
    return {
        "person": {"person_source_value": TEXT_DROPPED},
        "measurement": {"measurement_time": TEXT_KEPT, "measurement_source_value": TEXT_DROPPED},
        "observation": {"value_as_string": TEXT_DROPPED},
    }.get(table, {})


def _plant_numbers(rows: list[dict[str, str]]) -> None:
    from infra.demo.heart import concepts as c

    wanted = dict(zip((c.SYSTOLIC_PRESSURE, c.MAX_HEART_RATE, c.ST_DEPRESSION), NUMBERS, strict=True))
    for row in rows:
        value = wanted.get(int(row["measurement_concept_id"]))
        if value is not None:
            row["value_as_number"] = repr(value)


@dataclass(frozen=True)
class Form:
    """One way in which a canary may be written."""

    what: str
    content: bytes


def _texts(text: str) -> Iterator[Form]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield Form(f"{text} in {encoding}", text.encode(encoding))
    raw = text.encode()
    yield Form(f"{text} in hex", raw.hex().encode())
    for shift in range(3):
        # The characters of Base64 that do not depend on what stands before and after.
        coded = base64.b64encode(b"\0" * shift + raw)[(0, 2, 3)[shift] :].rstrip(b"=")
        yield Form(f"{text} in Base64", coded[: len(coded) - 1])


def _number(value: float) -> Iterator[Form]:
    short = f"{value:.6g}"
    yield from _texts(short)
    for text in (short.replace(".", ","), f"{value:.5e}", f"{value:.5e}".upper()):
        yield Form(f"{text} in utf-8", text.encode())
    for order in "<>":
        yield Form(f"{value} as float64 {order}", struct.pack(f"{order}d", value))
        yield Form(f"{value} in fixed point {order}", struct.pack(f"{order}q", round(value * _FRACTION)))


def _whole(number: int) -> Iterator[Form]:
    yield from _texts(str(number))
    for order in "<>":
        yield Form(f"{number} as int64 {order}", struct.pack(f"{order}q", number))


def _day() -> Iterator[Form]:
    moment = datetime.fromisoformat(DAY).replace(tzinfo=UTC)
    for text in (DAY, moment.strftime("%Y%m%d"), moment.strftime("%d/%m/%Y"), moment.strftime("%d.%m.%Y")):
        yield from _texts(text)
    for unit in (10**3, 10**6, 10**9):
        for order in "<>":
            ticks = struct.pack(f"{order}q", int(moment.timestamp()) * unit)
            yield Form(f"{DAY} as a count {order}", ticks)


def forms() -> tuple[Form, ...]:
    """Every form of every canary."""
    made: list[Form] = [*_texts(TEXT_KEPT), *_texts(TEXT_DROPPED), *_day()]
    for value in NUMBERS:
        made += _number(value)
    for person in (PERSON, 1, 303):
        made += _whole(FIRST_ID + person)
    return tuple(made)


_FORMS = forms()


def find(content: bytes) -> set[str]:
    """What of the canaries these bytes hold."""
    return {form.what for form in _FORMS if form.content in content}


def find_below(
    root: Path,
    *,
    skip: Callable[[Path], bool] = lambda _path: False,
    clean: set[tuple[str, int, int]] | None = None,
) -> dict[str, set[str]]:
    """What the files below a folder hold, names included.

    Args:
        clean: files that a search before found clean, by name, time and size; those found now are added.
    """
    found: dict[str, set[str]] = {}
    known = set() if clean is None else clean
    for path in [root, *paths_below(root)]:
        if skip(path):
            continue
        try:
            status = path.stat()
            mark = (str(path), status.st_mtime_ns, status.st_size)
            if mark in known:
                continue
            here = find(str(path).encode()) | (find(path.read_bytes()) if path.is_file() else set())
        except OSError:  # a file that went while it was looked for
            continue
        if here:
            found[str(path)] = here
        else:
            known.add(mark)
    return found


def find_in_texts(texts: Iterable[str]) -> set[str]:
    return find("\n".join(texts).encode("utf-8", "replace"))
