"""A run's workspace: unreadable without its key, unalterable with it in hand, and gone when destroyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from node.agent import workspace as module
from node.agent.workspace import Workspace, create_workspace, destroy_workspace, measure_workspace
from onggi.errors import Refused

KEY, OTHER = b"\x01" * 32, b"\x02" * 32
CANARY = b"canary-4711-kim"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of several chunks, without megabytes."""
    monkeypatch.setattr(module, "_CHUNK", 64)


@pytest.fixture
def made(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path, run="run-1", key=KEY)


def _read(workspace: Workspace, name: str = "table") -> bytes:
    return b"".join(workspace.read(name))


def _refused(workspace: Workspace, name: str = "table") -> str:
    with pytest.raises(Refused) as refused:
        _read(workspace, name)
    return refused.value.code


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 128, 1000])
def test_what_is_written_is_read(made: Workspace, size: int) -> None:
    data = os.urandom(size)
    made.write("table", [data[:10], memoryview(data)[10:]])
    assert _read(made) == data
    assert made.find("table") == data
    assert made.find("nothing") is None


def test_no_value_lies_on_the_disk(made: Workspace) -> None:
    made.write("table", [CANARY * 50])
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert CANARY not in content
        assert KEY not in content
    assert CANARY.decode() not in repr(made)
    assert made.folder.stat().st_mode & 0o077 == 0


def test_the_same_bytes_are_never_sealed_alike(made: Workspace) -> None:
    made.write("one", [bytes(64)])
    first = (made.folder / "one.enc").read_bytes()
    made.write("one", [bytes(64)])
    assert (made.folder / "one.enc").read_bytes() != first


def test_every_altered_byte_is_noticed(made: Workspace) -> None:
    made.write("table", [bytes(200)])
    file = made.folder / "table.enc"
    whole = file.read_bytes()
    for place in range(len(whole)):
        altered = bytearray(whole)
        altered[place] ^= 1
        file.write_bytes(altered)
        assert _refused(made) == "run.workspace_damaged", place


def test_every_cut_is_noticed(made: Workspace) -> None:
    made.write("table", [bytes(200)])
    file = made.folder / "table.enc"
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert _refused(made) == "run.workspace_damaged", length


def _chunks(path: Path) -> list[bytes]:
    data, found = path.read_bytes(), []
    while data:
        size = 4 + 1 + 12 + int.from_bytes(data[:4], "big")
        found.append(data[:size])
        data = data[size:]
    return found


def test_chunks_cannot_be_swapped_dropped_or_repeated(made: Workspace) -> None:
    made.write("table", [os.urandom(256)])
    file = made.folder / "table.enc"
    a, b, c, d = _chunks(file)
    for order in ([b, a, c, d], [a, c, d], [a, a, b, c, d], [a, b, c], [d], [a, b, d], [a, b, d, c]):
        file.write_bytes(b"".join(order))
        assert _refused(made) == "run.workspace_damaged"
    file.write_bytes(a + b + c + d)
    assert len(_read(made)) == 256


def test_a_file_of_another_name_run_or_key_is_refused(made: Workspace, tmp_path: Path) -> None:
    made.write("table", [b"columns"])
    made.write("state", [b"state"])
    (made.folder / "table.enc").replace(made.folder / "moved.enc")
    assert _refused(made, "moved") == "run.workspace_damaged"
    assert _refused(Workspace(made.folder, run="run-2", key=KEY), "state") == "run.workspace_damaged"
    assert _refused(Workspace(made.folder, run="run-1", key=OTHER), "state") == "run.workspace_damaged"
    assert _refused(made, "absent") == "run.workspace_damaged"
    assert _read(made, "state") == b"state"


def test_a_write_replaces_the_file_whole_or_not_at_all(made: Workspace) -> None:
    made.write("state", [b"first"])

    def interrupted() -> object:
        yield b"x" * 500
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.write("state", interrupted())  # type: ignore[arg-type]  # a generator that never ends well
    assert _read(made, "state") == b"first"


def test_a_full_disk_is_a_code(made: Workspace) -> None:
    class _Full:
        def __iter__(self) -> object:
            raise OSError(28, "No space left on device")

    with pytest.raises(Refused) as refused:
        made.write("table", _Full())  # type: ignore[arg-type]  # stands for a disk that fills up
    assert refused.value.code == "node.disk_full"
    assert refused.value.__cause__ is None


def test_an_interrupted_workspace_is_made_anew(made: Workspace, tmp_path: Path) -> None:
    made.write("table", [b"half"])
    assert not made.complete
    again = create_workspace(tmp_path, run="run-1", key=OTHER)
    assert again.find("table") is None
    again.mark_complete()
    assert Workspace(tmp_path / "run-1", run="run-1", key=OTHER).complete


def test_destroying_leaves_nothing_and_may_be_repeated(made: Workspace, tmp_path: Path) -> None:
    made.write("table", [bytes(100)])
    (made.spill / "spilled").write_bytes(b"12345")
    size = sum(path.stat().st_size for path in made.folder.rglob("*") if path.is_file())
    assert measure_workspace(tmp_path, run="run-1").size == size
    destroy_workspace(tmp_path, run="run-1")
    assert not made.folder.exists()
    destroy_workspace(tmp_path, run="run-1")
    assert measure_workspace(tmp_path, run="run-1").size == 0


def test_the_digest_names_every_file(made: Workspace, tmp_path: Path) -> None:
    seen = {measure_workspace(tmp_path, run="run-1").digest}
    made.write("table", [b"columns"])
    named = measure_workspace(tmp_path, run="run-1")
    assert measure_workspace(tmp_path, run="run-1") == named
    seen.add(named.digest)
    made.write("table", [b"columns"])
    seen.add(measure_workspace(tmp_path, run="run-1").digest)
    (made.spill / "spilled").write_bytes(b"12345")
    seen.add(measure_workspace(tmp_path, run="run-1").digest)
    (made.folder / "table.enc").rename(made.folder / "other.enc")
    seen.add(measure_workspace(tmp_path, run="run-1").digest)
    assert len(seen) == 5
