"""Every sentence of every page exists in both languages, and no page holds a word of its own."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import UndefinedError

from analysis_jobs.kinds.registry import kind_names
from coordinator.decisions.meetings import VERDICTS, Track
from coordinator.pages import application_form, history, review_pages, status_words, terms_form
from coordinator.pages.site import coordinator_pages
from coordinator.states import (
    ApplicationState,
    JobState,
    MeetingState,
    PermitState,
    RecoveryState,
    StatementState,
)
from node.console import status_words as node_status_words
from node.console.setup_steps import Step
from node.console.site import console_pages
from node.console.what_to_do import Matter
from node.decisions.preview_policy import Fate
from node.decisions.run_states import RunState
from node.decisions.site_policy import Consent, ReleaseRule
from node.doctor.books import BOOKS
from node.registers.audit import NodeEvent
from onggi.spec.explain_job import Topic
from onggi.spec.job import JobSpec, ResultType
from pages.drawing import Frame
from pages.gallery import GALLERY, TONES
from pages.languages import LANGUAGES, find_language, in_language
from pages.phrasebook import Phrase, Phrasebook

PAGES = coordinator_pages()
CONSOLE = console_pages()
SITES = {"coordinator": PAGES, "node": CONSOLE}
OF_THE_COORDINATOR_ALONE = "pages/gallery.html"
"""Every site shares the folder `pages`; the gallery is shown by one of them."""
TEMPLATES = [
    (site, template)
    for site, pages in SITES.items()
    for template in sorted(pages.templates)
    if site == "coordinator" or template != OF_THE_COORDINATOR_ALONE
]
each_site = pytest.mark.parametrize("site", SITES)
HANGUL = re.compile(r"[가-힣]")
LETTERS = re.compile(r"[A-Za-z가-힣]")
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!doctype[^>]*>|<[^>]*>", re.DOTALL)
ATTRIBUTES = re.compile(r'aria-[a-z]+="[^"]*"')
"""A macro that writes attributes alone holds them outside any tag."""
COMMANDS = re.compile(r"onggi [a-z ]+--?[a-z]+|onggi [a-z]+ [a-z]+|--[a-z]+")


def _phrases(site: str) -> dict[str, Phrase]:
    phrases = SITES[site].phrases
    return {key: phrases.get(key) for key in phrases.keys}


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_no_template_holds_words(site: str, template: str) -> None:
    plain = MARKUP.sub(" ", SITES[site].source(template))
    words = ATTRIBUTES.sub(" ", COMMANDS.sub(" ", plain))
    left = [line.strip() for line in words.splitlines() if LETTERS.search(line)]
    assert not left, "words stand in the phrase book, in both languages"


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_every_sentence_that_a_template_names_exists(site: str, template: str) -> None:
    keys, source = SITES[site].phrases.keys, SITES[site].source(template)
    named = set(re.findall(r"""say\(\s*["']([a-z_.:-]+)["']\s*[,)]""", source))
    assert not {key for key in named if not key.endswith(".")} - keys
    for chosen in re.findall(r"""say\(\s*["']([a-z_.]+)["'] if [^)]* else ["']([a-z_.]+)["']""", source):
        assert set(chosen) <= keys
    for start in re.findall(r"""say\(\s*["']([a-z_.]+\.)["']\s*~""", source):
        assert any(key.startswith(start) for key in keys), start


@each_site
def test_korean_is_korean_and_english_is_english(site: str) -> None:
    for key, phrase in _phrases(site).items():
        assert HANGUL.search(phrase.ko), key
        assert not HANGUL.search(phrase.en), key
        assert phrase.en.strip(), key


@each_site
def test_both_languages_take_the_same_facts(site: str) -> None:
    def facts(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, phrase in _phrases(site).items():
        assert facts(phrase.ko) == facts(phrase.en), key


@each_site
def test_no_fact_stands_before_a_particle(site: str) -> None:
    """은/는, 이/가, 을/를, 과/와, 으로: the last letter of a name would decide which."""
    for key, phrase in _phrases(site).items():
        assert not re.search(r"\}(은|는|이|가|을|를|과|와|으로|로)(\s|[.,]|$)", phrase.ko), key


@each_site
def test_no_exclamation_marks_and_no_casual_korean(site: str) -> None:
    for key, phrase in _phrases(site).items():
        assert "!" not in phrase.ko + phrase.en, key


@each_site
def test_every_sentence_is_used(site: str) -> None:
    pages = SITES[site]
    sources = "\n".join(pages.source(template) for template in pages.templates)
    started = set(re.findall(r"""say\(\s*["']([a-z_.]+\.)["']\s*~""", sources))
    code = _python_sources(site)
    unused = [
        key
        for key in pages.phrases.keys
        if key not in sources and f'"{key}"' not in code and not key.startswith(tuple(started | _MADE_UP))
    ]
    assert not unused


RULES = ("small_cell", "small_difference", "low_dof", "effective_sample", "few_differ", "one_value")
"""Of the disclosure rules, by the code with which each refuses."""
_MADE_UP = {
    "history.",
    "step.",
    "act.",
    "leaving.",
    "event.",
    "who.",
    "pause.",
    "resume.",
    "policy.",
    "field.",
    "job_terms.",
    "application_step.",
    "shape.",
    "demographic.",
    "voting.",
    "risk.",
    "item.",
    "track.",
    "verdict_means.",
}
"""Keys that code puts together; the tests below ask for each of them."""


def _python_sources(site: str) -> str:
    root = Path(__file__).parents[2]
    own = {"coordinator": root / "coordinator" / "pages", "node": root / "node" / "console"}
    folders = (own[site], root / "pages")
    found = [each for folder in folders for each in folder.rglob("*.py") if "phrases" not in each.parts]
    return "\n".join(each.read_text(encoding="utf-8") for each in found)


def test_every_state_event_and_matter_of_a_node_has_words() -> None:
    assert set(RunState) == set(node_status_words.RUN_WORDS)
    assert set(node_status_words.HELD_WORDS) == {None, "approved", "refused", "done"}
    words = [*node_status_words.RUN_WORDS.values(), *node_status_words.HELD_WORDS.values()]
    assert {each.tone for each in words} <= set(TONES)
    needed = {each.phrase for each in words}
    needed |= {f"event.{event.value}" for event in NodeEvent}
    needed |= {f"who.{event.value.split(':')[0]}" for event in NodeEvent}
    needed |= {f"todo.{matter.value}" for matter in Matter}
    needed |= {f"todo.do.{door}" for door in ("audit", "resume", "consents", "held")}
    needed |= {
        f"{act}.{part}" for act in ("pause", "resume") for part in ("act", "words", "warning", "already")
    }
    needed |= {f"held.{answer}{more}" for answer in ("approve", "refuse") for more in ("", "_words")}
    needed |= {f"consent.{answer}{more}" for answer in ("give", "refuse") for more in ("", "_words")}
    needed |= {f"release.what.{what}" for what in ("masked_sum", "aggregate")}
    needed |= {f"release.decision.{decision}" for decision in ("sent", "approved")}
    needed |= {f"verify.part.{part}" for part in (*BOOKS, "objects")}
    needed |= {
        f"population.{act}{part}"
        for act in ("assign", "join")
        for part in ("", ".words", ".title", ".no_ceiling", ".consequence", ".save")
    }
    needed |= {f"policy.consent.{rule}" for rule in get_args(Consent)}
    needed |= {f"policy.{what}.{rule}" for what in ("masked", "release") for rule in get_args(ReleaseRule)}
    needed |= {f"policy.result.{result}" for result in get_args(ResultType)}
    needed |= {f"policy.fate.{fate}" for fate in get_args(Fate)}
    needed |= {f"{area}.{step}" for step in Step for area in ("setup.step", "setup.help")}
    needed |= {f"verify.part.{part}" for part in ("content", "papers", "judged")}
    needed |= {f"judged.rule.disclosure.{rule}" for rule in RULES}
    needed |= {f"run.{outcome}" for outcome in ("finished", "failed", "cancelled")}
    for kind in kind_names():
        needed |= {f"kind.{kind}", f"leaving.what.{kind}", f"leaving.worst.{kind}"}
    assert not needed - CONSOLE.phrases.keys


def test_every_state_and_told_event_has_words() -> None:
    assert set(JobState) == set(status_words.JOB_WORDS)
    assert set(PermitState) == set(status_words.PERMIT_WORDS)
    assert set(StatementState) == set(status_words.STATEMENT_WORDS)
    assert set(ApplicationState) == set(status_words.APPLICATION_WORDS)
    assert set(MeetingState) == set(status_words.MEETING_WORDS)
    assert set(RecoveryState) == set(status_words.RECOVERY_WORDS)
    words = [
        *status_words.APPLICATION_WORDS.values(),
        *status_words.MEETING_WORDS.values(),
        *status_words.JOB_WORDS.values(),
        *status_words.PERMIT_WORDS.values(),
        *status_words.STATEMENT_WORDS.values(),
        *status_words.RECOVERY_WORDS.values(),
    ]
    needed = {each.phrase for each in words}
    needed |= {f"history.{event.value}" for event in history.TOLD}
    needed |= {f"step.{states[-1].value}" for states in status_words.JOB_STEPS}
    for kind in kind_names():
        needed |= {f"kind.{kind}", f"leaving.what.{kind}", f"leaving.worst.{kind}"}
    for act in ("project-permit", "feasibility-approval", "job-approval", "revocation"):
        needed.add(f"act.{act}")
    needed |= {f"application_step.{states[0].value}" for states in status_words.APPLICATION_STEPS}
    for kind in application_form.KINDS:
        needed |= {f"application_kind.{kind}", f"application_kind.{kind}_more"}
    needed |= {f"shape.{shape}" for shape in terms_form.RESULTS}
    needed |= {f"demographic.{each}" for each in terms_form.DEMOGRAPHICS}
    needed |= {f"voting.{how}" for how in ("bounds", "each")}
    needed |= {f"risk.{risk}" for risk in review_pages.RISKS}
    needed |= {f"item.{item}" for item in review_pages.ITEMS}
    needed |= {f"track.{track}{more}" for track in Track for more in ("", "_more")}
    needed |= {f"verdict_means.{verdict.value}" for verdict in VERDICTS}
    needed |= {f"job_terms.{topic}" for topic in get_args(Topic)}
    assert not needed - PAGES.phrases.keys
    assert {each.tone for each in words} <= set(TONES)


def test_every_field_of_a_job_has_a_plain_name_and_no_other_has() -> None:
    schema = JobSpec.model_json_schema()
    tables = [schema, *schema["$defs"].values()]
    fields = {f"field.{name}" for table in tables for name in table.get("properties", {})}
    assert fields == {key for key in PAGES.phrases.keys if key.startswith("field.")}


def test_the_gallery_shows_every_part() -> None:
    parts = set(re.findall(r"\{% macro ([a-z]\w*)", PAGES.source("pages/parts.html")))
    shown = set(re.findall(r"part\.(\w+)\(", PAGES.source("pages/gallery.html")))
    assert parts == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gallery_can_be_drawn(language: str) -> None:
    found = find_language(f"/{language}/parts")
    frame = Frame(language=found, path=f"/{language}/parts", site="site.coordinator")
    drawn = PAGES.draw("pages/gallery.html", frame, gallery=GALLERY)
    assert f'<html lang="{language}">' in drawn


def test_a_missing_sentence_or_value_fails_the_page() -> None:
    frame = Frame(language="ko", path="/ko/jobs", site="site.coordinator")
    with pytest.raises(UndefinedError, match="states"):
        PAGES.draw("coordinator/jobs.html", frame)
    with pytest.raises(KeyError):
        PAGES.phrases.say("nothing.of_that_name", "ko")
    with pytest.raises(KeyError):
        PAGES.phrases.say("page.withheld", "ko")


def test_a_phrase_stands_in_one_place() -> None:
    one = {"a.b": Phrase("가", "a")}
    with pytest.raises(RuntimeError, match=r"a\.b"):
        Phrasebook(one, one)


@pytest.mark.parametrize(
    ("path", "korean", "english"),
    [
        ("/ko/jobs/job-1", "/ko/jobs/job-1", "/en/jobs/job-1"),
        ("/en/", "/ko/", "/en/"),
        ("/en", "/ko/", "/en/"),
        ("/", "/ko/", "/en/"),
        ("/korea", "/ko/korea", "/en/korea"),
    ],
)
def test_the_other_language_is_the_same_page(path: str, korean: str, english: str) -> None:
    assert (in_language(path, "ko"), in_language(path, "en")) == (korean, english)


def test_values_are_written_as_text() -> None:
    frame = Frame(
        language="en", path='/en/"><script>', query="<b>", site="site.coordinator", viewer="<i>me</i>"
    )
    drawn = PAGES.draw(
        "pages/error.html", frame, heading="<u>", cause="{{ 77 * 77 }}<s>", following="&amp;", code="'\""
    )
    for raw in ("<u>", "<s>", "<i>", "<b>", "<script>"):
        assert raw not in drawn
    assert "{{ 77 * 77 }}" in drawn
    assert "&amp;amp;" in drawn
