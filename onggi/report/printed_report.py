"""Writes an answer as one printable HTML page: figures, tables, methods and where it all comes from.

The page stands alone: no script, nothing from outside, drawings within. Its own policy forbids the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from onggi.report.draw_svg import draw_svg
from onggi.report.figure import Figure
from onggi.report.find_report import report_of
from onggi.report.markup import Markup, drawn_here, element, joined, own_style
from onggi.report.methods_paragraph import methods_paragraph
from onggi.report.provenance import Provenance
from onggi.report.sheet import Hidden, Pair, Sheet, Value
from onggi.report.shown_values import WITHHELD, is_number, reason_words, said, shown_value
from onggi.spec.base import as_instant
from onggi.spec.results import ResultBase, Withheld
from onggi.words.catalogue import Language

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = """
body{color:#1e2124;background:#fff;font:17px/1.6 Pretendard,"Noto Sans KR","Malgun Gothic",sans-serif;
max-width:60rem;margin:2rem auto;padding:0 1rem;word-break:keep-all;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.3}h2{font-size:1.2rem;margin-top:2rem}
.frame{overflow-x:auto}table{border-collapse:collapse;font-size:15px;font-variant-numeric:tabular-nums;
overflow-wrap:break-word;margin:0 0 .5rem}caption{text-align:left;font-weight:700;padding:.4rem 0}
th,td{border-bottom:1px solid #b1b8be;padding:4px 16px 4px 0;text-align:left;
vertical-align:top;font-weight:400}
thead th{font-weight:700;border-bottom:2px solid #1e2124}
th.number,td.number{text-align:right;padding:4px 0 4px 16px}td.number{white-space:nowrap}
.notes{font-size:15px;margin:0 0 1.5rem;padding-left:1.5rem}figure{margin:1rem 0}
.for-readers{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
section{margin-bottom:1.5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 24px;font-size:15px}
dt{font-weight:700}dd{margin:0}
@media(max-width:40rem){dl{grid-template-columns:1fr}}
@media print{body{font-size:11pt;max-width:none;margin:0}.frame{overflow:visible}
table{font-size:9pt;overflow-wrap:anywhere}td.number{white-space:normal}
tr,figure{break-inside:avoid}h2,caption{break-after:avoid}thead{display:table-header-group}}
"""
_WORDS: Final[dict[str, Pair]] = {
    "title": ("분석 결과", "Result"),
    "figure": ("그림", "Figure"),
    "tables": ("표", "Tables"),
    "methods": ("방법", "Methods"),
    "origin": ("출처", "Where this comes from"),
    "row": ("항목", "Item"),
    "value": ("값", "Value"),
}


def printed_report(
    result: ResultBase, language: Language, *, headline: str, provenance: Provenance | None = None
) -> str:
    """The page. Raises ValueError where the result's columns do not fit each other."""
    report = report_of(result)
    figure, sheets = report.figure(result), report.sheets(result)
    title = said(_WORDS["title"], language) if provenance is None else provenance.spec.title
    tables = [_table(sheet, result.minimum_persons, language) for sheet in _details_last(sheets)]
    body = element(
        "main",
        element("h1", title),
        element("p", headline),
        *(() if figure is None else _figure(figure, language)),
        element("h2", said(_WORDS["tables"], language)),
        *tables,
        element("h2", said(_WORDS["methods"], language)),
        element("p", methods_paragraph(result, language, provenance)),
        *(() if provenance is None else _origin(provenance, language)),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        own_style(_STYLE),
    )
    page = element("html", head, element("body", body), lang=language)
    return f"<!doctype html>\n{page}\n"


def _details_last(sheets: tuple[Sheet, ...]) -> list[Sheet]:
    return sorted(sheets, key=lambda sheet: sheet.is_detail)


def _figure(figure: Figure, language: Language) -> Iterator[Markup]:
    yield element("h2", said(_WORDS["figure"], language))
    caption = element("figcaption", said(figure.title, language))
    yield element("figure", drawn_here(draw_svg(figure, language)), caption)


def _table(sheet: Sheet, minimum: int, language: Language) -> Markup:
    """The table in a frame that scrolls, with its notes below: a number for each reason."""
    reasons = _reasons(sheet)
    title = said(sheet.title, language)
    rows = _upright_rows(sheet, reasons, language) if sheet.is_upright else _rows(sheet, reasons, language)
    table = element("table", element("caption", title), *rows)
    notes = [
        element("li", reason_words(why, minimum=minimum, language=language), id=_note_id(sheet, number))
        for why, number in reasons.items()
    ]
    below = [element("ol", *notes, class_="notes")] if notes else []
    frame = element("div", table, class_="frame", role="region", tabindex="0", aria_label=title)
    return element("section", frame, *below)


def _reasons(sheet: Sheet) -> dict[Withheld, int]:
    found = [value.why for row in sheet.rows for value in row if isinstance(value, Hidden)]
    return {why: number for number, why in enumerate(dict.fromkeys(found), start=1)}


def _note_id(sheet: Sheet, number: int) -> str:
    return f"note-{sheet.name}-{number}"


def _rows(sheet: Sheet, reasons: dict[Withheld, int], language: Language) -> Iterator[Markup]:
    numbers = [_holds_numbers(sheet, at) for at in range(len(sheet.columns))]
    heads = [
        element("th", said(column.title, language), scope="col", class_="number" if right else None)
        for column, right in zip(sheet.columns, numbers, strict=True)
    ]
    yield element("thead", element("tr", *heads))
    rows = []
    for row in sheet.rows:
        first = element("th", shown_value(row[0], language), scope="row")
        cells = [
            element("td", _shown(sheet, value, reasons, language), class_="number" if right else None)
            for value, right in zip(row[1:], numbers[1:], strict=True)
        ]
        rows.append(element("tr", first, *cells))
    yield element("tbody", *rows)


def _holds_numbers(sheet: Sheet, at: int) -> bool:
    return at > 0 and all(is_number(row[at]) for row in sheet.rows)


def _upright_rows(sheet: Sheet, reasons: dict[Withheld, int], language: Language) -> Iterator[Markup]:
    heads = [element("th", said(_WORDS[name], language), scope="col") for name in ("row", "value")]
    yield element("thead", element("tr", *heads))
    rows = [
        element(
            "tr",
            element("th", said(column.title, language), scope="row"),
            element("td", _shown(sheet, value, reasons, language)),
        )
        for column, value in zip(sheet.columns, sheet.rows[0], strict=True)
        if value is not None
    ]
    yield element("tbody", *rows)


def _shown(sheet: Sheet, value: Value, reasons: dict[Withheld, int], language: Language) -> Markup:
    if not isinstance(value, Hidden):
        return joined(shown_value(value, language))
    number = reasons[value.why]
    mark = element("sup", element("a", str(number), href=f"#{_note_id(sheet, number)}"))
    # Two dots say nothing to who hears them.
    words = element("span", said(("비공개, 주 ", "withheld, note "), language), class_="for-readers")
    return joined(element("span", WITHHELD, aria_hidden="true"), words, mark)


def _origin(provenance: Provenance, language: Language) -> Iterator[Markup]:
    spec = provenance.spec
    facts: tuple[tuple[Pair, str], ...] = (
        (("작업", "Job"), provenance.job),
        (("과제", "Project"), spec.project),
        (("데이터 이용승인", "Permit"), spec.permit),
        (("데이터셋", "Dataset"), spec.dataset),
        (("요청받은 기관", "Hospitals asked"), ", ".join(spec.participants)),
        (("작업 명세의 지문", "Digest of the job"), provenance.digest),
        (("코호트 정의의 지문", "Digests of the cohorts"), ", ".join(provenance.definitions)),
        (("결과의 지문", "Digest of the result"), provenance.result),
        (("결과를 만든 때(UTC)", "Formed (UTC)"), as_instant(provenance.released)),
        (("소스 코드의 지문", "Digest of the source code"), spec.code.source),
        (("실행 환경의 지문", "Digest of the environment"), spec.code.environment),
        (("격리 설정의 지문", "Digest of the sandbox"), spec.code.sandbox),
    )
    yield element("h2", said(_WORDS["origin"], language))
    told = [part for name, value in facts for part in _fact(said(name, language), value)]
    yield element("dl", *told)


def _fact(name: str, value: str) -> tuple[Markup, Markup]:
    return element("dt", name), element("dd", value)
