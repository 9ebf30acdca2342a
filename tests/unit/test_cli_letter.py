"""`onggi letter verify` and `onggi-node letter`, `ledger`: the papers at the command line, for both sides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from node.papers.weekly_letter import OfNode, compose_letter
from node.registers.objects import ObjectStore
from node.state.tables import Release
from onggi.cli.app import app
from onggi.cli.session import Session
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.rendering import render_statement
from onggi.protocol.sealing import seal_statement
from onggi.protocol.trust_root import TrustRoot, draft_root, read_root, root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.protocol.weekly_letters import check_letter
from tests.support.console_house import ConsoleHouse, furnished_console
from tests.support.federation_root import COMMITTEE, NOW, hospital, key, make_root, signed_root
from tests.support.node_desk import SITE, write_identity

WEEK = "2026-W47"
Run = Callable[..., Result]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    made.clock.forward(days=2)
    made.desk.now = made.clock()
    yield made
    made.close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def typed(*words: str) -> Result:
        session = Session.of({"ONGGI_HOME": str(tmp_path / "home"), "LANG": "en"})
        session.clock = lambda: NOW + timedelta(days=2)
        return CliRunner().invoke(app, [*words], obj=session)

    return typed


def written(house: ConsoleHouse, name: str = "letter.json", week: str = WEEK) -> Path:
    out = house.desk.home.parent / name
    answer = house.desk.type("letter", "write", "--week", week, "--out", str(out), "--json")
    assert answer.code == 0, answer.out
    return out


def root_of(house: ConsoleHouse) -> tuple[str, str]:
    """The root that the node pinned, as a file, and its fingerprint."""
    file = house.desk.home.parent / "root.json"
    return str(file), root_fingerprint(Envelope.from_json(file.read_bytes()))


def code_of(result: Result) -> str:
    told = json.loads(result.stdout)
    return str(told["error"]["code"])


def test_anybody_with_the_root_verifies_a_letter(house: ConsoleHouse, run: Run) -> None:
    root, fingerprint = root_of(house)
    letter = written(house)
    words = ("letter", "verify", str(letter), "--root", root, "--fingerprint", fingerprint)
    shown = run(*words)
    assert shown.exit_code == 0, shown.output
    assert "Signed by the hospital and unaltered." in shown.output
    assert "nothing else left" in shown.output
    told = json.loads(run(*words, "--json").stdout)
    assert (told["verified"], told["letter"]["site"], told["letter"]["week"]) == (True, SITE, WEEK)


def test_a_letter_goes_on_after_an_earlier_one_or_is_refused(house: ConsoleHouse, run: Run) -> None:
    root, fingerprint = root_of(house)
    one = written(house)
    house.desk.now += timedelta(days=7)
    two = written(house, "two.json", "2026-W48")
    given = ("--root", root, "--fingerprint", fingerprint, "--json")
    assert (
        json.loads(run("letter", "verify", str(two), "--after", str(one), *given).stdout)["continues"] is True
    )
    assert (
        code_of(run("letter", "verify", str(one), "--after", str(two), *given)) == "letter.does_not_continue"
    )


def test_what_was_altered_or_signed_by_another_is_refused(
    house: ConsoleHouse, run: Run, tmp_path: Path
) -> None:
    root, fingerprint = root_of(house)
    letter = written(house)
    given = ("--root", root, "--fingerprint", fingerprint, "--json")
    envelope = Envelope.from_json(letter.read_bytes())
    with house.desk.state() as session:
        node = OfNode(settings=house.desk.settings, objects=ObjectStore(house.desk.settings.objects))
        told = compose_letter(session, node, week=WEEK, now=house.clock())
    forged = seal_statement(told, keys=[key("zurich")])
    cases = {
        "letter.not_the_hospitals": forged.to_json(),
        "envelope.malformed": letter.read_bytes()[:-40],
        "signature.invalid": envelope.model_copy(
            update={
                "signatures": (envelope.signatures[0].model_copy(update={"sig": forged.signatures[0].sig}),)
            }
        ).to_json(),
    }
    for code, content in cases.items():
        file = tmp_path / f"{code}.json"
        file.write_bytes(content)
        assert code_of(run("letter", "verify", str(file), *given)) == code
    other = signed_root(make_root(federation="another-federation"))
    file = tmp_path / "other-root.json"
    file.write_bytes(other.to_json())
    words = (
        "letter",
        "verify",
        str(letter),
        "--root",
        str(file),
        "--fingerprint",
        root_fingerprint(other),
        "--json",
    )
    assert code_of(run(*words)) == "statement.other_federation"
    wrong = ("letter", "verify", str(letter), "--root", root, "--fingerprint", f"sha256:{'0' * 64}", "--json")
    assert code_of(run(*wrong)) == "root.wrong_fingerprint"
    assert (
        code_of(run("letter", "verify", str(tmp_path / "nothing.json"), *given)) == "client.file_unreadable"
    )


def _next_root(house: ConsoleHouse, tmp_path: Path, **changes: object) -> TrustedRoots:
    """A second version, in which the hospital has another identity key."""
    first = Envelope.from_json(Path(root_of(house)[0]).read_bytes())
    root = read_root(first)
    moved = [
        each
        if each.site != SITE
        else each.model_copy(update={"identity_key": hospital(SITE)["identity_key"]})
        for each in root.hospitals
    ]
    fields = {
        **root.model_dump(),
        "version": 2,
        "hospitals": [each.model_dump() for each in moved],
        **changes,
    }
    second = draft_root(TrustRoot.model_validate(fields))
    for name in COMMITTEE[:2]:
        second = add_signature(second, key=key(name))
    trusted = TrustedRoots.pin(first, fingerprint=root_fingerprint(first))
    return trusted.advance(second)


def test_a_letter_outlives_its_key_unless_the_key_was_revoked(house: ConsoleHouse, tmp_path: Path) -> None:
    envelope = Envelope.from_json(written(house).read_bytes())
    assert check_letter(envelope, roots=_next_root(house, tmp_path)).week == WEEK
    signer = envelope.signatures[0].keyid
    with pytest.raises(Exception, match="not_the_hospitals"):
        check_letter(envelope, roots=_next_root(house, tmp_path, revoked_keys=(signer,)))


def test_the_hospital_writes_lists_and_verifies(house: ConsoleHouse) -> None:
    desk = house.desk
    assert desk.type("letter", "list", "--json").json == {"weeks": [{"week": WEEK, "written": None}]}
    letter = written(house)
    assert desk.type("letter", "list", "--json").json["weeks"][0]["written"] is not None
    assert "nothing else left" in desk.type("letter", "verify", str(letter)).out
    shown = desk.type("letter", "write")
    assert (shown.code, "nothing else left" in shown.out) == (0, True), "last week where none is named"
    assert desk.type("letter", "verify", str(letter), "--json").json["verified"] is True
    text = desk.type("letter", "write", "--week", WEEK, "--json").json["text"]
    assert text.startswith("주간 반출 확인서입니다.")
    assert (
        render_statement(check_letter(Envelope.from_json(letter.read_bytes()), roots=_roots(house))) == text
    )


def _roots(house: ConsoleHouse) -> TrustedRoots:
    root, fingerprint = root_of(house)
    return TrustedRoots.pin(Envelope.from_json(Path(root).read_bytes()), fingerprint=fingerprint)


def test_the_hospital_learns_that_its_books_changed(house: ConsoleHouse) -> None:
    letter = written(house)
    with house.desk.state() as session:
        session.get_one(Release, 1).project = "another"
    answer = house.desk.type("letter", "verify", str(letter), "--json")
    assert (answer.code, answer.json["error"]["code"]) == (148, "register.chain_broken")


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("letter", "write", "--week", "2026-W48"), "letter.week_not_over", 134),
        (("letter", "write", "--week", "47"), "letter.week_malformed", 134),
        (("letter", "verify", "nothing.json"), "node.file_unreadable", 118),
        (("ledger", "--from", "2026-13-01"), "console.date_malformed", 133),
        (("ledger", "--from", "2026-02-01", "--to", "2026-01-01"), "ledger.period_wrong", 135),
        (("ledger", "--csv", "/"), "papers.file_unwritable", 135),
        (("ledger", "--html", "/proc/nothing"), "papers.file_unwritable", 135),
    ],
)
def test_what_cannot_be_done_says_why(
    house: ConsoleHouse, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    answer = house.desk.type(*words, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (exit_code, code)


def test_the_ledger_is_printed_and_written(house: ConsoleHouse, tmp_path: Path) -> None:
    files = {"--csv": tmp_path / "ledger.csv", "--html": tmp_path / "ledger.html"}
    words = [each for name, file in files.items() for each in (name, str(file))]
    told = house.desk.type("ledger", "--from", "2026-11-01", "--to", "2026-11-30", *words, "--json").json
    assert [line["run"] for line in told["lines"]] == ["run-left", "run-masked"]
    assert told["lines"][0]["keep_until"] == "2029-11-22"
    assert told["register"]["entries"] == 2
    for file in files.values():
        assert file.stat().st_mode & 0o777 == 0o600
        content = file.read_text(encoding="utf-8-sig")
        assert told["digest"] in content
        assert told["register"]["head"] in content
    assert "run-left" in house.desk.type("ledger").out
    empty = house.desk.type("ledger", "--from", "2020-01-01", "--to", "2020-12-31")
    assert "Nothing was processed in this period." in empty.out
    again = house.desk.type("ledger", "--csv", str(files["--csv"]), "--json")
    assert again.json["error"]["code"] == "papers.file_unwritable", "a print is never overwritten"


def test_an_identity_of_another_place_is_not_taken(house: ConsoleHouse, tmp_path: Path) -> None:
    """A node whose identity key the root does not name writes a letter that nobody takes."""
    write_identity(house.desk.settings.identity_key)
    answer = house.desk.type("letter", "write", "--week", WEEK, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (134, "letter.not_the_hospitals")
    assert house.desk.type("letter", "list", "--json").json["weeks"][0]["written"] is None
