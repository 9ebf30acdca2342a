"""Turns questions and replies into Flower records and back, and believes nothing that it reads.

* Numbers travel as little-endian 64-bit floats in `.npy` form; anything else, pickles first of all, is
  refused. Names, shapes and ranges must be those that the spec's layout demands.
* The hospital's gate and the coordinator read with the same functions.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from pydantic import ValidationError

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Entry, Layout, Summary
from analysis_jobs.kinds.guarded import Packed
from analysis_jobs.runner.wire_pieces import Buffer
from onggi.errors import NotTrusted
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier

_DTYPE = np.dtype("<f8")
_HEADER_LIMIT = 1024
_MOST_ENTRIES = 2**27


def ask_to_records(ask: Ask) -> Any:
    """A RecordDict with the ask's arrays, its ordinal and its name."""
    from flwr.app import ConfigRecord, RecordDict

    config = ConfigRecord({"ordinal": ask.ordinal, "name": ask.name})
    return RecordDict({"ask": _write(ask.arrays), "ask-config": config})


def read_ask(records: Any) -> Ask:
    """The ask of a RecordDict. Raises NotTrusted ``kinds.record_wrong``."""
    config = _config(records, "ask-config")
    ordinal, name = config.get("ordinal"), config.get("name")
    if config.keys() != {"ordinal", "name"} or type(ordinal) is not int or not isinstance(name, str):
        raise NotTrusted("kinds.record_wrong", record="ask-config")
    if ordinal < 0:
        raise NotTrusted("kinds.record_wrong", record="ask-config")
    found = _arrays(records, "ask")
    return Ask(ordinal, name, {key: _read(found[key], f"ask.{key}") for key in found})


def summary_to_records(summary: Summary, *, sets: Packed | None = None) -> Any:
    """A RecordDict with what may leave (`arrays`) and what may not: `evidence`, and who is in which set."""
    from flwr.app import ConfigRecord, RecordDict

    records = RecordDict({"arrays": _write(summary.arrays), "evidence": _write(summary.evidence)})
    if sets is not None:
        records["sets"] = ConfigRecord({"rows": sets.tobytes()})
    return records


def read_sets(records: Any, *, sets: int, rows: int) -> Packed:
    """Who is in which set, of a first reply. Raises NotTrusted ``kinds.record_wrong``."""
    width = -(-rows // 8)
    found = _config(records, "sets").get("rows")
    if not isinstance(found, bytes) or len(found) != sets * width:
        raise NotTrusted("kinds.record_wrong", record="sets")
    return np.frombuffer(found, dtype=np.uint8).reshape(sets, width)


def arrays_to_records(arrays: Arrays, *, near: NearEarlier = NOTHING_NEAR) -> Any:
    """What leaves a hospital in clear: the arrays alone, written anew from checked numbers."""
    return _with_near({"arrays": _write(arrays)}, near)


def arrays_to_pieces(arrays: Arrays, *, near: NearEarlier = NOTHING_NEAR) -> list[Buffer]:
    """The bytes of `arrays_to_records`, around the numbers as they lie in memory."""
    from analysis_jobs.runner import flower_adapter

    return flower_adapter.records_to_pieces(_with_near({"arrays": _write(arrays, around=True)}, near))


def _with_near(records: dict[str, Any], near: NearEarlier) -> Any:
    from flwr.app import ConfigRecord, RecordDict

    if near:
        records["near-earlier"] = ConfigRecord({"within": near.within, "left_out": near.left_out})
    return RecordDict(records)


def read_near(records: Any) -> NearEarlier:
    """What a reply or a sum owes to earlier answers. Raises NotTrusted ``kinds.record_wrong``."""
    if "near-earlier" not in records:
        return NOTHING_NEAR
    try:
        return NearEarlier.model_validate(_config(records, "near-earlier"), strict=True)
    except ValidationError:
        raise NotTrusted("kinds.record_wrong", record="near-earlier") from None


def ask_to_pieces(ask: Ask) -> list[Buffer]:
    """The bytes of `ask_to_records`, around the numbers as they lie in memory."""
    from flwr.app import ConfigRecord, RecordDict

    from analysis_jobs.runner import flower_adapter

    config = ConfigRecord({"ordinal": ask.ordinal, "name": ask.name})
    records = RecordDict({"ask": _write(ask.arrays, around=True), "ask-config": config})
    return flower_adapter.records_to_pieces(records)


def read_summary(records: Any, layout: Layout) -> Summary:
    """One hospital's reply, held against the layout. Raises NotTrusted ``kinds.record_wrong``."""
    return Summary(
        _fitting(_arrays(records, "arrays"), layout.arrays, "arrays", summed=1),
        _fitting(_arrays(records, "evidence"), layout.evidence, "evidence", summed=1),
    )


def sums_to_records(sums: Arrays, *, sites: int, near: NearEarlier = NOTHING_NEAR) -> Any:
    """What a masked round gives: the sums, and over how many hospitals they run."""
    from flwr.app import ConfigRecord

    return _with_near({"arrays": _write(sums), "sum": ConfigRecord({"sites": sites})}, near)


def read_sums(records: Any, layout: Layout) -> tuple[dict[str, Array], int] | None:
    """Sums and their number of hospitals, or None for one hospital's reply.

    Raises:
        NotTrusted: ``kinds.record_wrong``.
    """
    if "sum" not in records:
        return None
    sites = _config(records, "sum").get("sites")
    if type(sites) is not int or sites < 1:
        raise NotTrusted("kinds.record_wrong", record="sum")
    return _fitting(_arrays(records, "arrays"), layout.arrays, "arrays", summed=sites), sites


def read_reply_arrays(records: Any, layout: Layout) -> dict[str, Array]:
    """The part of a reply that left a hospital in clear; its evidence stayed there."""
    return _fitting(_arrays(records, "arrays"), layout.arrays, "arrays", summed=1)


def _write(arrays: Arrays, *, around: bool = False) -> Any:
    """`around`: for our own encoder alone, which takes an array's bytes in pieces."""
    from flwr.app import ArrayRecord

    written = ArrayRecord()
    for name, array in sorted(arrays.items()):
        written[name] = _write_one(array, around=around)
    return written


def _write_one(array: Array, *, around: bool) -> Any:
    """The bytes that numpy's own writer gives, without its second copy of the numbers."""
    from flwr.app import Array as FlowerArray

    numbers = np.ascontiguousarray(array, dtype=_DTYPE)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(numbers))
    pieces = (head.getvalue(), numbers.reshape(-1).view(np.uint8).data)
    data = b"" if around else b"".join(pieces)
    written = FlowerArray(dtype=numbers.dtype.name, shape=numbers.shape, stype="numpy.ndarray", data=data)
    if around:
        written.data = pieces
    return written


def _config(records: Any, name: str) -> Mapping[str, Any]:
    from flwr.app import ConfigRecord

    found = records.get(name)
    if not isinstance(found, ConfigRecord):
        raise NotTrusted("kinds.record_wrong", record=name)
    return dict(found)


def _arrays(records: Any, name: str) -> Mapping[str, Any]:
    from flwr.app import ArrayRecord

    found = records.get(name)
    if not isinstance(found, ArrayRecord):
        raise NotTrusted("kinds.record_wrong", record=name)
    return dict(found)


def _fitting(
    found: Mapping[str, Any], entries: Iterable[Entry], record: str, *, summed: int
) -> dict[str, Array]:
    wanted = {entry.name: entry for entry in entries}
    if found.keys() != wanted.keys():
        raise NotTrusted("kinds.record_wrong", record=record)
    arrays: dict[str, Array] = {}
    for name, entry in wanted.items():
        place = f"{record}.{name}"
        array = _read(found[name], place, shape=entry.shape)
        # Smallest and largest tell as much as looking at each, without a mask as long as the array.
        inside = not array.size or bool(
            array.min() >= entry.low * summed and array.max() <= entry.high * summed
        )
        if not inside or (entry.whole and (array != np.floor(array)).any()):
            raise NotTrusted("kinds.record_wrong", record=place)
        arrays[name] = array
    return arrays


def _read(sent: Any, place: str, *, shape: tuple[int, ...] | None = None) -> Array:
    """One array. Its stated size is held against the bytes before memory is set aside for it."""
    shape = tuple(sent.shape) if shape is None else shape
    size = int(np.prod(shape, dtype=object)) if all(type(side) is int and side >= 0 for side in shape) else -1
    stated = sent.stype == "numpy.ndarray" and sent.dtype == "float64" and tuple(sent.shape) == shape
    bytes_fit = 0 <= len(sent.data) - size * _DTYPE.itemsize <= _HEADER_LIMIT
    if not (stated and 0 <= size <= _MOST_ENTRIES and len(shape) <= 8 and bytes_fit):
        raise NotTrusted("kinds.record_wrong", record=place)
    try:
        array = _view_of(sent.data, size)
    except (ValueError, EOFError, SyntaxError):
        raise NotTrusted("kinds.record_wrong", record=place) from None
    if array.shape != shape or not np.isfinite(array).all():
        raise NotTrusted("kinds.record_wrong", record=place)
    return np.ascontiguousarray(array)


def _view_of(data: Any, size: int) -> Array:
    """The numbers of a `.npy` where they lie, at any address, not to be written to."""
    head = io.BytesIO(data[: len(data) - size * _DTYPE.itemsize])
    if np.lib.format.read_magic(head) != (1, 0):
        raise ValueError("another version of the format")
    stated, fortran, dtype = np.lib.format.read_array_header_1_0(head)
    if dtype != _DTYPE or head.read(1):
        raise ValueError("another type or length than stated")
    read_only = memoryview(data).toreadonly()
    flat = np.frombuffer(read_only, dtype=_DTYPE, offset=head.tell()) if size else np.zeros(0)
    array: Array = flat.reshape(stated, order="F" if fortran else "C")
    return array
