"""The printed report is one page that stands alone, is read by every reader, and runs nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from onggi.report.find_report import report_of
from onggi.report.markup import element, joined, text
from onggi.report.sheet import Hidden
from onggi.report.shown_values import shown_value
from tests.support.answers_to_tell import (
    HOSTILE,
    RESULTS,
    WIDE_COUNT,
    answer,
    hostile_results,
    provenance_of,
)

each_result = pytest.mark.parametrize("name", RESULTS)
each_language = pytest.mark.parametrize("language", ["ko", "en"])
VOID = {"meta", "br"}


class Read(HTMLParser):
    """The page as a tree that has to close everything it opens, and the words of each element."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    def told(self, tag: str) -> list[str]:
        return [words for name, words in self.words if name == tag]


def page_of(name: str, language: Any = "en") -> Read:
    result = RESULTS[name]
    return Read(answer(result, language, provenance_of(result)).to_html())


@each_result
@each_language
def test_every_table_has_a_caption_and_every_head_says_of_what(name: str, language: Any) -> None:
    page, sheets = page_of(name, language), report_of(RESULTS[name]).sheets(RESULTS[name])
    at = 0 if language == "ko" else 1
    assert page.all("html") == [{"lang": language}]
    assert sorted(page.told("caption")) == sorted(sheet.title[at] for sheet in sheets)
    assert {each.get("scope") for each in page.all("th")} == {"col", "row"}
    titles = [column.title[at] for sheet in sheets for column in sheet.columns if not sheet.is_upright]
    assert set(titles) <= set(page.told("th"))
    for frame in page.all("div"):
        assert frame["role"] == "region"
        assert frame["aria-label"]
    assert len(page.told("h1")) == 1
    assert [tag for tag, _ in page.found if re.fullmatch("h[1-6]", tag)][:2] == ["h1", "h2"]


@each_result
@each_language
def test_every_number_stands_on_the_page(name: str, language: Any) -> None:
    cells = {words for _, words in page_of(name, language).words}
    for sheet in report_of(RESULTS[name]).sheets(RESULTS[name]):
        for row in sheet.rows:
            for value in row:
                if not isinstance(value, Hidden) and value is not None and shown_value(value, language):
                    assert shown_value(value, language) in cells


def test_a_withheld_number_leads_to_its_reason() -> None:
    page = page_of("count with everything")
    ids = [each["id"] for each in page.all("li")]
    assert len(set(ids)) == len(ids) == 4
    links = [each["href"] for each in page.all("a")]
    assert len(links) == 5
    assert {str(link).removeprefix("#") for link in links} == set(ids)
    assert "withheld (under 10)" in page.told("li")
    assert page.told("span").count("··") == 5
    assert page.told("span").count("withheld, note ") == 5


@each_result
def test_the_page_stands_alone(name: str) -> None:
    page = page_of(name)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in page.found}
    for tag, attributes in page.found:
        for key, value in attributes.items():
            assert not key.startswith("on")
            assert key not in ("src", "srcset", "action")
            assert key != "href" or str(value).startswith("#"), tag
    [policy] = [each for each in page.all("meta") if each.get("http-equiv")]
    assert str(policy["content"]).startswith("default-src 'none'")
    [style] = page.told("style")
    assert "@import" not in style
    assert "url(" not in style
    assert "@media print" in style
    drawn = page.all("svg")
    assert [each["role"] for each in drawn] == ["img"]


@each_language
def test_the_page_says_where_it_comes_from(language: Any) -> None:
    origin = provenance_of(WIDE_COUNT)
    page = Read(answer(WIDE_COUNT, language, origin).to_html())
    facts = page.told("dd")
    for fact in ("job-1", "project-1", "permit-1", origin.digest, origin.result, origin.spec.code.sandbox):
        assert fact in facts
    assert "2026-11-23T05:06:07Z" in facts
    assert page.told("h1") == [origin.spec.title]
    assert len(page.told("dt")) == len(facts)


def test_without_a_job_the_page_says_less() -> None:
    page = Read(answer(WIDE_COUNT).to_html())
    assert page.told("h1") == ["Result"]
    assert not page.all("dl")


@pytest.mark.parametrize("kind", hostile_results())
@each_language
def test_what_somebody_typed_stays_text(kind: str, language: Any, tmp_path: Path) -> None:
    result = hostile_results()[kind]
    origin = provenance_of(result)
    spec = origin.spec.model_copy(update={"title": HOSTILE[1], "dataset": HOSTILE[0]})
    read = answer(result, language, provenance_of(result, spec))
    page = Read(read.to_html(tmp_path / "page.html"))
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")
    assert {tag for tag, _ in page.found} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "figure", "figcaption"),
        *(
            "section",
            "div",
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "ol",
            "li",
            "span",
            "sup",
        ),
        *(
            "a",
            "dl",
            "dt",
            "dd",
            "svg",
            "desc",
            "defs",
            "pattern",
            "g",
            "rect",
            "line",
            "path",
            "circle",
            "text",
        ),
    }
    assert page.told("h1") == [HOSTILE[1]]
    assert HOSTILE[0] in page.told("dd")
    told = "".join(words for _, words in page.words)
    assert not {"\u202e", "\u2028", "\x1b", "\ufffe"} & set(told)
    assert HOSTILE[0] in Read(read._repr_html_()).told("td")


def test_markup_is_made_of_elements_alone() -> None:
    assert element("td", "5 < 6", class_="number", hidden=None) == '<td class="number">5 &lt; 6</td>'
    assert (
        element("rect", x=-0.001, width=1 / 3, height=20.0) == '<rect x="0" width="0.33" height="20"></rect>'
    )
    assert joined(element("b", "<b>"), "<b>") == "<b>&lt;b&gt;</b>&lt;b&gt;"
    assert text("a\u202eb\x00\ufffe'\"") == "ab&#x27;&quot;"
