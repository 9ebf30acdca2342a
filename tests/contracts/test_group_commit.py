"""Changes handed over together are on disk together, in order; one that fails takes no other along."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from coordinator.database.group_commit import Change, GroupCommit
from coordinator.database.sessions import Database, open_database
from onggi.errors import Refused
from tests.support.link_house import in_loop


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    with made.writing() as session:
        session.execute(
            text("CREATE TABLE notes (number INTEGER PRIMARY KEY AUTOINCREMENT, word TEXT UNIQUE)")
        )
    yield made
    made.close()


def _note(word: str) -> Change:
    def change(session: Session) -> None:
        session.execute(text("INSERT INTO notes (word) VALUES (:word)"), {"word": word})
        if word == "bad":
            raise Refused("reply.changed")

    return change


def _words(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT word FROM notes ORDER BY number")))


@in_loop
async def test_changes_keep_their_order_and_share_commits(database: Database) -> None:
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    writes = GroupCommit(database)
    words = [f"word-{number}" for number in range(20)]
    await asyncio.gather(*(writes.write(_note(word)) for word in words))
    assert _words(database) == words
    assert len(commits) < 5


@in_loop
async def test_when_write_returns_another_reader_sees_it(database: Database) -> None:
    writes = GroupCommit(database)
    for word in ("first", "second"):
        await writes.write(_note(word))
        assert _words(database)[-1] == word


@in_loop
async def test_a_failing_change_leaves_nothing_and_takes_no_other_along(database: Database) -> None:
    writes = GroupCommit(database)
    words = ("before", "bad", "after")
    ended = await asyncio.gather(*(writes.write(_note(word)) for word in words), return_exceptions=True)
    assert [type(one) for one in ended] == [type(None), Refused, type(None)]
    assert _words(database) == ["before", "after"]


@in_loop
async def test_a_caller_that_gives_up_does_not_stop_the_others(database: Database) -> None:
    writes = GroupCommit(database)
    impatient = asyncio.create_task(writes.write(_note("impatient")))
    patient = asyncio.create_task(writes.write(_note("patient")))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert "patient" in _words(database)
    await writes.write(_note("later"))
    assert _words(database)[-1] == "later"
