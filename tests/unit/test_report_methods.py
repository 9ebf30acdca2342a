"""The paragraph of methods says what a paper needs, in both languages, and nothing that is not known."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

import onggi
from analysis_jobs.kinds.registry import kind_names
from onggi.protocol.canonical import digest_of
from onggi.report.methods_paragraph import method_sentences
from onggi.spec.job import DifferentialPrivacy
from onggi.spec.near_earlier import NearEarlier
from tests.support.answers_to_tell import RESULTS, WIDE_COUNT, answer, provenance_of
from tests.support.statistics_specs import flag, glm_spec, number

HANGUL = re.compile(r"[가-힣]")
each_result = pytest.mark.parametrize("name", RESULTS)
SPEC = glm_spec([number("age"), flag("disease")], family="gaussian", masked=True)


@each_result
def test_each_sentence_is_whole_and_in_its_language(name: str) -> None:
    for ko, en in method_sentences(RESULTS[name], provenance_of(RESULTS[name])):
        assert HANGUL.search(ko)
        assert not HANGUL.search(en)
        assert ko.endswith(".")
        assert en.endswith(".")
        assert "!" not in ko + en
        # The last letter of what is filled in would decide which particle is right.
        assert not re.search(r"[0-9)](은|는|을|를|과|와)(\s|$)", ko)


@each_result
def test_both_languages_tell_the_same_numbers(name: str) -> None:
    for ko, en in method_sentences(RESULTS[name], provenance_of(RESULTS[name])):
        assert sorted(re.findall(r"\d{3,}", ko)) == sorted(re.findall(r"\d{3,}", en))


def test_without_its_job_an_answer_names_no_digest() -> None:
    said = answer(WIDE_COUNT).methods()
    assert "4 hospitals took part" in said
    assert "Cells withheld: 5." in said
    assert "multiples of 5" in said
    assert f"Onggi {onggi.__version__}" in said
    assert "sha256:" not in said
    assert "mask" not in said


def test_with_its_job_it_names_definition_job_result_and_rules() -> None:
    origin = provenance_of(WIDE_COUNT, SPEC)
    said = answer(WIDE_COUNT, provenance=origin).methods()
    for digest in (digest_of(SPEC.cohort), digest_of(SPEC), digest_of(WIDE_COUNT), SPEC.code.source):
        assert digest in said
    assert "Variables: age, disease." in said
    assert "At least 10 persons; Cells under the threshold" in said
    assert "under cryptographic masks" in said
    clear = SPEC.model_copy(update={"privacy": SPEC.privacy.model_copy(update={"masked": False})})
    assert "without masks" in answer(WIDE_COUNT, provenance=provenance_of(WIDE_COUNT, clear)).methods()


def test_a_paragraph_lists_no_hundreds_of_variables() -> None:
    many = [number(f"v{at}") for at in range(60)]
    spec = SPEC.model_copy(update={"variables": (*many, *SPEC.variables)})
    said = answer(WIDE_COUNT, provenance=provenance_of(WIDE_COUNT, spec)).methods()
    assert "v19, … (62)" in said
    assert "v20," not in said


@pytest.mark.parametrize(("family", "law"), [("binomial", "standard normal"), ("gaussian", "Student's t")])
def test_a_model_names_its_estimator_and_whose_conventions_it_follows(family: str, law: str) -> None:
    fit: Any = RESULTS["glm of the browser's room"]
    said = answer(fit.model_copy(update={"family": family})).methods()
    assert "Nelder, Wedderburn 1972" in said
    assert law in said
    assert "R's summary.glm" in said
    assert "n = 740" in said
    assert "must not be used" not in said
    assert "must not be used" in answer(fit.model_copy(update={"converged": False})).methods()


def test_what_an_answer_owes_to_earlier_ones_is_named() -> None:
    assert "come near" not in answer(WIDE_COUNT).methods()
    near = WIDE_COUNT.model_copy(update={"near_earlier": NearEarlier(within=9)})
    assert "off by up to 9 persons" in answer(near).methods()
    assert "off by up to 9 persons" in answer(near).summary()
    left = WIDE_COUNT.model_copy(update={"near_earlier": NearEarlier(left_out=True)})
    assert "left some further persons out" in answer(left).methods()


def test_noise_is_named_where_there_is_noise() -> None:
    noise = DifferentialPrivacy(micro_epsilon=300_000, delta=1e-6)
    privacy = SPEC.privacy.model_copy(update={"differential_privacy": noise})
    spec = SPEC.model_copy(update={"privacy": privacy})
    said = answer(WIDE_COUNT, provenance=provenance_of(WIDE_COUNT, spec)).methods()
    assert "epsilon 0.3, delta 1e-06" in said


@pytest.mark.parametrize("name", sorted({*kind_names()} - {"concepts", "count", "overlap"}))
def test_a_statistic_names_whose_conventions_it_follows(name: str) -> None:
    """In its docstring, for whoever reads the code; counts of persons have none."""
    told = import_module(f"analysis_jobs.kinds.{name}.kind").__doc__ or ""
    assert re.search(r"R's\s``|In R:|statsmodels|lifelines|SciPy", told)
