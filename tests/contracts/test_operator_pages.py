"""The operator's pages before a browser: each act once, in both languages, and hostile text as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import escape

from coordinator.accounts.account_store import Organisation
from coordinator.link.sightings import Sighting
from coordinator.operating.announcement_store import Notice
from coordinator.pages.ceremony import PROCEDURES, Procedure, groups, typed
from onggi.protocol.parcels import Hello
from onggi.protocol.trust_root import root_fingerprint
from onggi.spec.ids import SiteId
from pages.csv_text import MARK, csv_bytes, plain_text
from tests.support.coordinator_house import House, foreign_account_request, furnished_house
from tests.support.federation_root import NOW
from tests.support.page_visitor import Page, Visitor

XSS = '"><script>alert(1)</script>'
PASSWORD = "a password of one's own"
AUDITED = (
    "",
    "/organisations",
    "/organisations/university-1",
    "/people",
    "/people/researcher-1",
    "/hospitals",
    "/hospitals/zurich",
    "/announcements",
    "/year",
    "/root",
    "/root/first",
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = furnished_house(tmp_path)
    yield made
    made.database.close()


def entered(house: House, who: str = "operator-1", *, language: str = "en") -> Visitor:
    visitor = Visitor(house, language=language)
    visitor.sign_in(who)
    return visitor


def fill(visitor: Visitor, page: str, action: str, **values: str) -> Page:
    return visitor.send(visitor.get(page).form(action), **values)


# the first page


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_first_page_tells_what_to_do_first(house: House, language: str) -> None:
    project = house.project()
    held = house.held(project, house.permit(project), title=f"How many {XSS}")
    sighting = Sighting(
        site=SiteId("zurich"), hello=Hello(software="0.0.9", clock_ms=1), greeted=NOW, seen=NOW
    )
    house.services.sightings.record([sighting])
    house.clock.forward(days=8)
    page = entered(house, language=language).get(f"/{language}/operator")
    assert page.status == 200
    assert f"/{language}/jobs/{held.id}" in page.html
    assert XSS not in page.html
    assert "0.0.9" in page.words
    told = {
        "ko": ("멈춰 있는 작업", "한 시간 넘게 소식 없음"),
        "en": ("Look at stuck jobs", "Silent for over"),
    }
    for words in told[language]:
        assert words in page.words


def test_an_auditor_reads_and_finds_no_button(house: House) -> None:
    auditor = entered(house, "auditor-1")
    for path in AUDITED:
        page = auditor.get(f"/en/operator{path}")
        assert page.status == 200, path
        posts = [form.action for form in page.forms if form.method == "post"]
        assert posts == ["/en/sign-out"], path


# organisations and contacts


def test_an_organisation_and_its_contacts(house: House) -> None:
    visitor = entered(house)
    values = {"id": "clinic-1", "name": f"Clinic {XSS}", "kind": "hospital", "country": "KR"}
    wrong = fill(
        visitor, "/en/operator/organisations/new", "/en/operator/organisations", **values | {"id": "X"}
    )
    assert wrong.status == 422
    assert dict(wrong.form("/en/operator/organisations").fields)["name"] == f"Clinic {XSS}"
    assert XSS not in wrong.html
    made = fill(visitor, "/en/operator/organisations/new", "/en/operator/organisations", **values)
    assert (made.status, made.path) == (200, "/en/operator/organisations/clinic-1")
    action = "/en/operator/organisations/clinic-1/contacts"
    none = visitor.send(made.form(action), name="Desk", purpose="incident", email="", phone="")
    assert "contact.no_way" not in none.words
    assert none.status == 422
    for email in ("not an address", "a@b", "a@b.example\x00", "x" * 300 + "@b.example"):
        assert visitor.send(made.form(action), name="D", purpose="incident", email=email).status in (400, 422)
    form = made.form(action)
    for _ in range(2):
        page = visitor.send(form, name="Desk", purpose="incident", email="desk@clinic.example", phone="")
    assert page.words.count("desk@clinic.example") == 1, "a double click adds one"
    [contact] = house.services.contacts.contacts("clinic-1")
    removing = f"{action}/{contact.id}/remove"
    gone = fill(visitor, removing, removing)
    assert "desk@clinic.example" not in gone.words


@pytest.mark.parametrize("name", ["", "x" * 10_000, "a\u202eb", "a\nb"])
def test_odd_names_are_refused_and_kept_in_the_form(house: House, name: str) -> None:
    visitor = entered(house)
    page = fill(
        visitor,
        "/en/operator/organisations/new",
        "/en/operator/organisations",
        id="clinic-1",
        name=name,
        kind="hospital",
        country="KR",
    )
    assert page.status == 422
    assert len(house.services.accounts.organisations(after="", limit=9)) == 1


# accounts


def test_from_asking_to_the_first_password_through_pages(house: House) -> None:
    asker, voucher, operator = entered(house, "researcher-1"), entered(house, "researcher-2"), entered(house)
    values = {"account": "newcomer", "roles": "researcher", "country": "KR"}
    asked = fill(asker, "/en/account-requests/new", "/en/account-requests", **values)
    path = asked.path
    assert "university-1" in asked.words
    assert not [form for form in asked.forms if form.action.endswith("/vouch")], "one's own asks for another"
    vouched = voucher.send(voucher.get(path).form(f"{path}/vouch"))
    assert "researcher-2" in vouched.words
    opening = operator.get(f"{path}/open").form(f"{path}/open")
    issued = operator.send(opening)
    secret = issued.html.partition("setup_")[2].partition("<")[0]
    assert len(secret) > 30
    again = operator.send(opening)
    assert again.status == 409
    assert secret not in again.html + operator.get(path).html
    person = Visitor(house)
    form = person.get("/en/set-up").form("/en/set-up")
    filled = {"account": "newcomer", "secret": f"setup_{secret}", "password": PASSWORD}
    differ = person.send(form, **filled, again="another one altogether")
    assert differ.status == 422
    for hidden in (secret, PASSWORD):
        assert hidden not in differ.html, "secrets are not shown again"
    assert person.send(form, **filled, again=PASSWORD).path == "/en/sign-in"
    assert person.sign_in("newcomer", password=PASSWORD).path == "/en/projects"


def test_an_organisations_requests_are_its_own(house: House) -> None:
    foreign = foreign_account_request(house)
    visitor = entered(house, "researcher-1")
    assert "researcher-9" not in visitor.get("/en/account-requests").words
    assert visitor.get(f"/en/account-requests/{foreign}").status == 404
    operator = entered(house)
    assert "researcher-9" in operator.get("/en/account-requests").words
    vouching = f"/en/account-requests/{foreign}/vouch"
    form = operator.get(f"/en/account-requests/{foreign}").form(vouching)
    assert operator.send(form, reason="").status == 422
    assert XSS not in operator.send(form, reason=XSS).html
    refusing = f"/en/account-requests/{foreign}/refuse"
    assert fill(operator, refusing, refusing, reason="").status == 422
    assert "Nobody knows them" in fill(operator, refusing, refusing, reason="Nobody knows them").words


# papers


def test_papers_are_recorded_and_listed(house: House) -> None:
    visitor = entered(house)
    one = "/en/operator/people/researcher-1"
    for wrong in ("", "tomorrow", "2026-13-01", "20261122", "9999-99-99"):
        page = fill(visitor, one, f"{one}/trainings", name="Ethics", completed=wrong, expires="2027-01-01")
        assert page.status == 422, wrong
    form = visitor.get(one).form(f"{one}/trainings")
    for _ in range(2):
        page = visitor.send(form, name=f"Ethics {XSS}", completed="2026-11-01", expires="2026-12-01")
    assert len(house.services.trainings.trainings("researcher-1")) == 1
    assert XSS not in page.html
    fill(visitor, one, f"{one}/pledge", pledged="2026-11-01")
    listed = visitor.get("/en/operator/people")
    assert "Training runs out within 30 days 1 " in listed.words
    assert visitor.get("/en/operator/people/nobody").status == 404


def test_a_set_up_code_is_offered_only_where_there_is_no_password(house: House) -> None:
    visitor = entered(house)
    page = visitor.get("/en/operator/people/researcher-1")
    assert not [form for form in page.forms if form.action.endswith("/setup")]
    token = dict(page.forms[0].fields)["form_token"]
    stolen = visitor.raw_post("/en/operator/people/researcher-1/setup", data={"form_token": token})
    assert (stolen.status, "setup.has_password" in stolen.words) == (409, True)


# hospitals


def test_a_token_is_shown_once_and_made_once(house: House) -> None:
    visitor = entered(house)
    page, action = "/en/operator/hospitals/zurich", "/en/operator/hospitals/zurich/enrolment"
    form = visitor.get(page).form(action)
    issued = visitor.send(form)
    token = next(word for word in issued.words.split() if word.startswith("onggi-enrol-1."))
    again = visitor.send(form)
    assert (again.status, "enrolment.shown_before" in again.words) == (409, True)
    listed = visitor.get(page)
    assert token not in listed.html + again.html
    assert listed.words.count("not used yet") == 1
    house.clock.forward(hours=73)
    later = entered(house)
    assert "run out" in later.get(page).words
    assert later.get("/en/operator/hospitals/nowhere").status == 404


def test_certificates_are_revoked_after_asking(house: House) -> None:
    visitor = entered(house)
    revoking = "/en/operator/hospitals/zurich/revoke"
    assert not [form for form in visitor.get(revoking).forms if form.action == revoking]
    house.services.certificates.record_issued(255, SiteId("zurich"), NOW + timedelta(days=7))
    form = visitor.get(revoking).form(revoking)
    for _ in range(2):
        page = visitor.send(form)
        assert page.path == "/en/operator/hospitals/zurich"
    assert "revoked" in page.words
    assert house.services.certificates.is_revoked(255)


# announcements

TYPED = {"starts": "2026-11-22 00:00", "ends": "2026-12-31 23:59"}


def test_an_announcement_is_looked_at_before_it_stands_on_every_page(house: House) -> None:
    visitor = entered(house)
    new, check = "/en/operator/announcements/new", "/en/operator/announcements/check"
    text = {"korean": f"점검 {XSS}", "english": f"Maintenance {XSS}"} | TYPED
    assert fill(visitor, new, check, **text | {"english": ""}).status == 422
    looked = fill(visitor, new, check, **text)
    assert "Maintenance" in looked.words
    assert "점검" in looked.words
    assert house.services.announcements.announcements(after="", limit=9) == []
    changing = looked.forms[-1]
    assert changing.action == check
    changed = visitor.send(changing, act="change")
    assert f">{escape(text['korean'])}</textarea>" in changed.html
    publish = looked.form("/en/operator/announcements")
    for _ in range(2):
        visitor.send(publish)
    [made] = house.services.announcements.announcements(after="", limit=9)
    korean = entered(house, "researcher-1", language="ko").get("/ko/jobs")
    assert "점검" in korean.words
    assert "Maintenance" not in korean.words
    assert XSS not in korean.html
    assert "Maintenance" not in Visitor(house).get("/en/sign-in").words
    withdrawing = f"/en/operator/announcements/{made.id}/withdraw"
    fill(visitor, withdrawing, withdrawing)
    assert "Maintenance" not in entered(house, "researcher-1").get("/en/jobs").words


def test_a_public_announcement_stands_on_the_sign_in_page_too(house: House) -> None:
    notice = Notice(
        korean="점검", english="Maintenance", is_public=True, starts=NOW, ends=NOW + timedelta(hours=1)
    )
    house.services.announcements.add(notice, by="operator-1")
    assert "점검" in Visitor(house).get("/ko/sign-in").words
    house.clock.forward(hours=1)
    assert "점검" not in Visitor(house).get("/ko/sign-in").words


@pytest.mark.parametrize("moment", ["", "2026-11-22", "22.11.2026 10:00", "9" * 1000, "0001-01-01 00:00"])
def test_moments_that_cannot_be_are_told(house: House, moment: str) -> None:
    new, check = "/en/operator/announcements/new", "/en/operator/announcements/check"
    text = {"korean": "점검", "english": "Maintenance"} | TYPED
    assert fill(entered(house), new, check, **text | {"ends": moment}).status == 422


# a year as a table


@pytest.mark.parametrize(("language", "heading"), [("ko", "구분"), ("en", "Section")])
def test_the_year_as_csv(house: House, language: str, heading: str) -> None:
    project = house.project()
    house.permit(project)
    for name in ("=HYPERLINK", "+1", "@sum", "-2"):
        made = Organisation(id=f"body-{ord(name[0])}", name=f"{name}(1)", kind="company", country="KR")
        house.services.accounts.add_organisation(made, by="operator-1")
    answer = entered(house, language=language).get(f"/{language}/operator/year/2026/csv").answer
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"onggi-2026-{language}.csv" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][0] == heading
    assert {len(row) for row in rows} == {4}
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]
    assert "'=HYPERLINK(1)" in {row[1] for row in rows}
    people = set(house.callers)
    assert not [cell for row in rows for cell in row if cell in people]


@pytest.mark.parametrize("year", ["1999", "2201", "x", "20261", "-1"])
def test_years_out_of_range_have_no_page(house: House, year: str) -> None:
    assert entered(house).get(f"/en/operator/year/{year}/csv").status == 404


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        (" \t=1+1", "' =1+1"),
        ("\r\n@SUM(A1)", "'@SUM(A1)"),
        ("\u200b+1", "'+1"),
        ("\ufeff-1", "'-1"),
        ("\uff1d1", "'\uff1d1"),
        ("서울=병원", "서울=병원"),
        ("a\x00b\x1bc\u202ed", "abcd"),
        ("", ""),
    ],
)
def test_no_cell_is_computed(text: str, written: str) -> None:
    assert plain_text(text) == written
    [[read, number]] = csv.reader(io.StringIO(csv_bytes([[text, 1]]).decode().removeprefix(MARK)))
    assert number == "1"
    assert read == written


# the root's ceremonies


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("procedure", Procedure)
def test_a_ceremony_is_printed_with_the_present_facts(
    house: House, language: str, procedure: Procedure
) -> None:
    page = entered(house, language=language).get(f"/{language}/operator/root/{procedure.value}")
    assert page.status == 200
    [envelope] = house.services.roots.envelopes()
    digits = root_fingerprint(envelope).removeprefix("sha256:")
    assert " ".join(groups(root_fingerprint(envelope))) in page.words
    assert "".join(groups(root_fingerprint(envelope))) == digits
    version = 1 if procedure is Procedure.FIRST else 2
    assert f"root-v{version}.json" in page.words
    posts = [form.action for form in page.forms if form.method == "post"]
    assert posts == [f"/{language}/sign-out"], "the coordinator shows and signs nothing"
    assert page.html.count("<li>") >= len(PROCEDURES[procedure])


@pytest.mark.parametrize(
    ("old", "chain"),
    [
        (0, "root-v1.json"),
        (1, "root-v1.json root-v2.json"),
        (2, "root-v1.json root-v2.json root-v3.json"),
        (7, "root-v1.json ... root-v7.json root-v8.json"),
    ],
)
def test_a_chain_of_versions_is_named_whole(old: int, chain: str) -> None:
    [verifying] = [each for each in PROCEDURES[Procedure.TAKE_IN] if "{chain}" in "".join(each.commands)]
    assert typed(verifying, old=old, new=old + 1) == (f"onggi root verify {chain} --fingerprint sha256:...",)


def test_there_is_no_other_procedure(house: House) -> None:
    assert entered(house).get("/en/operator/root/another").status == 404
