"""Keeps a hospital's data as numbered generations, one of which is current.

* A generation never changes once it is current; new data is a new generation.
* The switch is one rename. A crash before it leaves the old generation current, after it the new one.
* Whatever a crash leaves behind is removed by the next writer, which holds the only writer lock; the draft of
  an interrupted load stays for the next load, which goes on with it or removes it (`load_journal.py`).
* A damaged generation stays where it is, under a number that no other ever gets: loading anew is the cure.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from node.store.durable_files import sync_file, sync_folder, write_durably
from node.store.load_journal import JOURNAL, Journal, find_journal, remove_journal
from node.store.manifest import Manifest, read_manifest
from onggi.errors import Refused, Unreachable

# Called with the name of each step of a switch; tests pass one that stops there.
Failpoint = Callable[[str], None]

DATABASE = "cdm.duckdb"
_MANIFEST = "manifest.json"
_CURRENT = "current"
SWITCH_STEPS = (
    "before_database_sync",
    "before_manifest",
    "before_folder_sync",
    "before_final_name",
    "before_generations_sync",
    "before_switch",
    "after_switch",
)


def no_failpoint(_step: str) -> None:
    """The failpoint outside tests."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One immutable generation on disk."""

    folder: Path
    manifest: Manifest

    @property
    def number(self) -> int:
        return self.manifest.number

    @property
    def database(self) -> Path:
        return self.folder / DATABASE


@dataclass(frozen=True, slots=True)
class Draft:
    """A generation that is being written; nobody but its writer sees it."""

    number: int
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / DATABASE


class Store:
    """The folder that holds all generations of one data set, or of the vocabulary that data sets share.

    Args:
        vocabulary: where the shared vocabulary lies, for data sets that have none of their own.
    """

    def __init__(self, root: Path, *, vocabulary: Store | None = None) -> None:
        self.root = root.resolve()
        self.vocabulary = vocabulary

    @property
    def generations(self) -> Path:
        return self.root / "generations"

    @property
    def work(self) -> Path:
        """Where a load spills; emptied by every new writer."""
        return self.root / "work"

    def create(self) -> None:
        """Makes the folders, readable by the node's own user alone. Harmless where they exist."""
        for folder in (self.root, self.generations, self.work):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(folder, 0o700)

    def find_current(self) -> Generation | None:
        """The current generation, or None before the first load."""
        number = self._find_current_number()
        return None if number is None else self.get_generation(number)

    def last_number(self) -> int:
        """The number that the next generation goes beyond, whatever is damaged; 0 before the first load."""
        try:
            current = self._find_current_number()
        except Refused:
            current = None
        # Which one was current cannot be known any more, so that all of them count as published.
        return max(self._numbers(), default=0) if current is None else current

    def _numbers(self) -> list[int]:
        return [int(found.name) for found in self.generations.glob("*") if _is_number(found.name)]

    def _find_current_number(self) -> int | None:
        try:
            text = (self.root / _CURRENT).read_text("ascii").strip()
        except FileNotFoundError:
            if max(self._numbers(), default=0) > 1:
                # A second generation is begun only after a first was current: the file was lost.
                raise Refused("store.damaged", path=str(self.root / _CURRENT)) from None
            return None
        except (UnicodeDecodeError, OSError):
            raise Refused("store.damaged", path=str(self.root / _CURRENT)) from None
        if not _is_number(text):
            raise Refused("store.damaged", path=str(self.root / _CURRENT))
        return int(text)

    def get_current(self) -> Generation:
        """The current generation. Raises Refused with store.empty before the first load."""
        current = self.find_current()
        if current is None:
            raise Refused("store.empty", path=str(self.root))
        return current

    def get_generation(self, number: int) -> Generation:
        """One generation by number, with its manifest checked."""
        folder = self.generations / str(number)
        manifest = read_manifest(folder / _MANIFEST)
        if manifest.number != number or not (folder / DATABASE).is_file():
            raise Refused("store.damaged", path=str(folder))
        return Generation(folder, manifest)

    def list_generations(self) -> list[Generation]:
        """Every whole generation, oldest first."""
        return [self.get_generation(number) for number in sorted(self._numbers())]

    @contextmanager
    def hold(self, *, to_remove: bool = False) -> Iterator[None]:
        """While anybody holds the store, nobody who holds it `to_remove` takes a generation away."""
        self.create()
        handle = os.open(self.root / "removal.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if to_remove else fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def write(self) -> Iterator[StoreWriter]:
        """The only writer. Raises Unreachable with store.writer_busy while another one is at work."""
        self.create()
        handle = os.open(self.root / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Unreachable("store.writer_busy", path=str(self.root)) from None
            writer = StoreWriter(self)
            writer.remove_rubbish()
            yield writer
        finally:
            os.close(handle)


class StoreWriter:
    """Makes new generations. Get one from `Store.write`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def remove_rubbish(self) -> tuple[str, ...]:
        """Removes what a crashed load left behind, but for a draft to go on with. Returns the names."""
        newest = self._store.last_number()
        journal = find_journal(self._store.root)
        kept = self._find_draft(journal, newest + 1)
        removed = []
        for found in sorted(self._store.generations.iterdir()):
            if found != kept and not (_is_number(found.name) and int(found.name) <= newest):
                removed.append(found.name)
                _remove(found)
        for found in sorted(self._store.work.iterdir()):
            removed.append(found.name)
            _remove(found)
        if kept is None:
            remove_journal(self._store.root)
        for name in (_CURRENT, JOURNAL):
            (self._store.root / f"{name}.tmp").unlink(missing_ok=True)
        return tuple(removed)

    def _find_draft(self, journal: Journal | None, number: int) -> Path | None:
        """The folder of an interrupted load; one that fell just before the switch is a draft again."""
        if journal is None or journal.number != number:
            return None
        draft, final = self._store.generations / f"{number}.partial", self._store.generations / str(number)
        if final.is_dir() and not draft.exists():
            os.rename(final, draft)
        return draft if (draft / DATABASE).is_file() else None

    def find_draft(self) -> tuple[Draft, Journal] | None:
        """What an interrupted load left: its draft, and the journal of what is finished in it."""
        number = self._store.last_number() + 1
        journal = find_journal(self._store.root)
        folder = self._find_draft(journal, number)
        return None if journal is None or folder is None else (Draft(number, folder), journal)

    def begin(self) -> Draft:
        """An empty draft with the next number; an earlier draft gives way."""
        number = self._store.last_number() + 1
        draft = Draft(number, self._store.generations / f"{number}.partial")
        self.discard(draft)
        draft.folder.mkdir(mode=0o700)
        return draft

    def publish(self, draft: Draft, *, manifest: Manifest, failpoint: Failpoint = no_failpoint) -> Generation:
        """Makes a finished draft the current generation."""
        if manifest.number != draft.number:
            raise RuntimeError("a manifest describes its own draft")
        failpoint("before_database_sync")
        sync_file(draft.database)
        failpoint("before_manifest")
        write_durably(draft.folder / _MANIFEST, manifest.to_json())
        failpoint("before_folder_sync")
        sync_folder(draft.folder)
        failpoint("before_final_name")
        final = self._store.generations / str(draft.number)
        os.rename(draft.folder, final)
        failpoint("before_generations_sync")
        sync_folder(self._store.generations)
        failpoint("before_switch")
        write_durably(self._store.root / _CURRENT, f"{draft.number}\n".encode("ascii"))
        failpoint("after_switch")
        remove_journal(self._store.root)
        return Generation(final, manifest)

    def discard(self, draft: Draft) -> None:
        """Removes a draft that will not be published, its journal first: a draft alone is rubbish."""
        remove_journal(self._store.root)
        if draft.folder.exists():
            _remove(draft.folder)

    def remove_generation(self, number: int) -> None:
        """Removes an old generation for good. The current one is refused."""
        if number == self._store.get_current().number:
            raise Refused("store.generation_current", number=number)
        _remove(self._store.get_generation(number).folder)
        sync_folder(self._store.generations)


def _is_number(name: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,8}", name) is not None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
