"""The code behind a job's digests: exactly the tree that hashes to it, and nothing else of the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis_jobs.runner.bubblewrap import SandboxSpec, isolation_arguments
from analysis_jobs.runner.code_digests import code_digests, source_digest
from analysis_jobs.runner.limits import SandboxLimits, outer_rlimits
from analysis_jobs.runner.seccomp_filter import ALLOWED, CONDITIONAL, KILLED, REFUSED
from analysis_jobs.runner.syscall_numbers import SYSCALL_NUMBERS
from coordinator.pages.held_code import ROOM_RULES, held_code
from coordinator.pages.site import coordinator_pages
from tests.support.coordinator_house import CODE, House, furnished_house
from tests.support.page_visitor import Visitor

ROOT = Path(__file__).parents[2]
OTHER = "sha256:" + "a" * 64


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def visitor(house: House) -> Visitor:
    made = Visitor(house)
    made.sign_in("committee-2")
    return made


def test_the_held_digests_are_those_that_jobs_carry() -> None:
    held, today = held_code(), code_digests()
    assert (held.source, held.environment, held.sandbox) == (
        today.source,
        today.environment,
        today.sandbox,
    )


def test_the_list_of_files_hashes_to_the_digest(visitor: Visitor) -> None:
    """Computed again from what the page shows, as a member would."""
    held = held_code()
    page = visitor.get(f"/en/code/{held.source}")
    assert page.status == 200
    lines = []
    for path, file in held.files.items():
        assert f'href="/en/code/{held.source}/{path}"' in page.html
        assert file.sha256 in page.html
        assert file.content == (ROOT / path).read_bytes()
        lines.append(f"{file.sha256}  {path}\n")
    assert f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}" == held.source


def test_one_changed_byte_is_another_digest() -> None:
    files = {path: file.content for path, file in held_code().files.items()}
    first = next(iter(files))
    assert source_digest(files) == held_code().source
    assert source_digest(files | {first: files[first] + b"\n"}) != held_code().source
    assert source_digest({path: files[path] for path in list(files)[1:]}) != held_code().source


def test_a_file_is_shown_with_numbered_lines_and_its_digest(visitor: Visitor) -> None:
    path = "onggi/spec/kinds/glm.py"
    content = (ROOT / path).read_bytes()
    page = visitor.get(f"/en/code/{held_code().source}/{path}")
    assert page.status == 200
    assert hashlib.sha256(content).hexdigest() in page.words
    lines = content.decode().splitlines()
    assert page.html.count("<li id=") == len(lines)
    assert f'<li id="L{len(lines)}">' in page.html
    assert "class GlmParameters(Frozen):" in page.words


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "onggi/spec/../spec/job.py",
        "onggi/spec/%2e%2e/spec/job.py",
        "onggi//spec/job.py",
        "./onggi/spec/job.py",
        "onggi/spec/job.py/",
        "onggi/spec/job.py%00",
        "onggi/spec",
        "coordinator/settings.py",
        "pyproject.toml",
        "ONGGI/SPEC/JOB.PY",
        "onggi\\spec\\job.py",
        "C:%5conggi",
        "%c0%ae%c0%ae/etc/passwd",
        "x" * 10_000,
    ],
)
def test_no_address_becomes_a_path(visitor: Visitor, path: str) -> None:
    page = visitor.get(f"/en/code/{held_code().source}/{path}", follow_redirects=False)
    if path == "onggi/spec/../spec/job.py" or path == "./onggi/spec/job.py":
        assert page.path.endswith("/onggi/spec/job.py"), "what a browser makes of it before it asks"
        return
    assert page.status == 404
    assert "root:" not in page.html
    assert "class JobSpec" not in page.html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_another_digest_is_said_plainly_not_to_be_here(house: House, language: str) -> None:
    visitor = Visitor(house, language=language)
    visitor.sign_in("committee-2")
    for digest in (OTHER, CODE.source):
        page = visitor.get(f"/{language}/code/{digest}")
        assert page.status == 404
        assert digest in page.words
        assert coordinator_pages().phrases.say("held.not_title", language) in page.words  # type: ignore[arg-type]
        assert "from analysis_jobs.runner.code_digests import code_digests" in page.words
        assert "onggi/spec" not in page.html
        file = visitor.get(f"/{language}/code/{digest}/onggi/spec/job.py")
        assert file.status == 404
        assert "class JobSpec" not in file.html


@pytest.mark.parametrize("digest", ["sha256:x", "sha256:" + "A" * 64, "x", "<script>", "sha256:" + "1" * 63])
def test_what_is_no_digest_is_no_page(visitor: Visitor, digest: str) -> None:
    page = visitor.get(f"/en/code/{digest}")
    assert page.status == 404
    assert "<script>x" not in page.html


def test_files_stand_under_the_trees_digest_alone(visitor: Visitor) -> None:
    held = held_code()
    for digest in (held.environment, held.sandbox):
        assert visitor.get(f"/en/code/{digest}/onggi/spec/job.py").status == 404


def test_installed_packages(visitor: Visitor) -> None:
    held = held_code()
    page = visitor.get(f"/en/code/{held.environment}")
    assert "pydantic==" in page.words
    digest = hashlib.sha256("\n".join(held.lock).encode()).hexdigest()
    assert f"sha256:{digest}" == held.environment, "the list that is shown is the list that is hashed"


def test_the_rooms_rules_in_words(visitor: Visitor) -> None:
    page = visitor.get(f"/en/code/{held_code().sandbox}")
    assert "No network, no other process" in page.words
    for name in ("ptrace", "socket", "openat", "recvmsg", "prctl"):
        assert name in page.words
    assert "1,073,741,824" in page.words


def test_no_rule_of_the_room_goes_untold() -> None:
    said = isolation_arguments(SandboxSpec(argv=(), exposed=(), limits=SandboxLimits(), uid=None))
    assert {word.removeprefix("--") for word in said if word.startswith("--")} == set(ROOM_RULES)
    room = held_code().room
    assert set(room.rules) == set(ROOM_RULES)
    assert len(room.limits) == len(outer_rlimits(SandboxLimits()))
    assert all(isinstance(name, str) for name, _ in room.limits)
    told = {name for _, _, names in room.calls for name in names.split(", ") if name}
    assert told == {*ALLOWED, *CONDITIONAL, *KILLED, *REFUSED}
    assert told <= set(SYSCALL_NUMBERS)
    assert "clone3" not in told, "answered as if it did not exist, like all that is not listed"
    keys = coordinator_pages().phrases.keys
    assert {f"room.{rule}" for rule in ROOM_RULES} <= keys
    assert {f"room.{group}" for group, _, _ in room.calls} <= keys
    assert {f"verdict.{verdict}" for _, verdict, _ in room.calls} <= keys
    assert {f"room.limit.{name}" for name, _ in room.limits} <= keys


def test_a_jobs_page_leads_to_its_code_and_says_whether_it_is_todays(house: House, visitor: Visitor) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project))
    page = visitor.get(f"/en/jobs/{job.id}")
    for digest in (CODE.source, CODE.environment, CODE.sandbox):
        assert f'href="/en/code/{digest}"' in page.html
    assert "the code that this server holds now" in page.words
