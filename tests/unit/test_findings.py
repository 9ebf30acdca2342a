"""What the disclosure rules found is told in sentences that name the cell and never hold what is withheld."""

from __future__ import annotations

import re

import pytest

from coordinator.exports.findings import judged_findings, judged_refusal
from coordinator.jobs.result_store import DisclosureVerdict, RuleOutcome
from coordinator.running.verdict import NAMES, verdict_of
from onggi.report.find_report import sheets_of
from onggi.report.sheet import Hidden
from onggi.spec.results import CountTable, OverlapTable
from privacy.disclosure.looks import Look
from privacy.disclosure.statbarns import CHECKS_OF_RULES, CHECKS_OF_STATBARNS
from tests.support.answers_to_tell import HOSTILE, RESULTS, WIDE_COUNT, hostile_results

HANGUL = re.compile("[가-힣]")
PARTICLE = re.compile(r"\d(은|는|이|가|을|를|과|와|으로|로)(\s|$)")
LOOKS = [Look(code, 7, 12, True) for code in NAMES]


def _found(name: str) -> tuple:
    result = RESULTS[name]
    return judged_findings("count", result, verdict_of(result, LOOKS))


@pytest.mark.parametrize("name", RESULTS)
def test_every_rule_and_every_withheld_number_is_a_sentence_in_both_languages(name: str) -> None:
    result, verdict = RESULTS[name], verdict_of(RESULTS[name], LOOKS)
    found = judged_findings("count", result, verdict)
    hidden = sum(
        isinstance(each, Hidden) for sheet in sheets_of(result) for row in sheet.rows for each in row
    )
    single = [each for each in found if each.outcome == "withheld" and each.cell_en != "The whole result"]
    assert [each.rule for each in found[: len(verdict.rules)]] == [each.rule for each in verdict.rules]
    assert len(single) == hidden == verdict.withheld_cells
    for each in found:
        assert HANGUL.search(each.ko), each
        assert not HANGUL.search(each.en), each
        assert each.en.endswith(".")
        assert each.cell_ko
        assert each.cell_en
        assert not PARTICLE.search(each.ko), each.ko


def test_a_withheld_number_is_named_by_table_row_and_column_and_says_why() -> None:
    single = [each for each in _found("count with everything") if each.outcome == "withheld"][1:]
    assert (single[0].cell_en, single[0].cell_ko) == (
        "Persons at each step / fewer / Persons",
        "선정 단계별 인원 / fewer / 인원",
    )
    assert single[0].en == "It would tell of a group under 10 persons."
    assert len({each.en for each in single}) == 4


def test_a_rounded_result_says_to_what() -> None:
    rounded = [each for each in _found("count with everything") if each.outcome == "rounded"]
    assert [each.en for each in rounded] == ["Rounded to multiples of 5, after numbers were withheld."]
    exact = WIDE_COUNT.model_copy(update={"rounded_to": 1})
    assert all(each.outcome != "rounded" for each in judged_findings("count", exact, verdict_of(exact)))


def test_no_finding_of_a_released_count_tells_its_numbers() -> None:
    result = CountTable(
        sites=4, minimum_persons=10, steps=("all", "few"), persons=(6173, None), withheld=(None, "secondary")
    )
    told = judged_findings("count", result, verdict_of(result))
    assert all("6173" not in f"{each.ko} {each.en} {each.cell_en}" for each in told)
    shown = {int(number) for each in told for number in re.findall(r"\d+", each.en)}
    assert shown <= {10, 2, 1}  # the threshold, how many numbers were looked at, how many are withheld


@pytest.mark.parametrize("code", sorted(CHECKS_OF_RULES))
def test_each_rule_says_which_checks_of_acro_it_makes(code: str) -> None:
    verdict = DisclosureVerdict(rules=(RuleOutcome(rule=NAMES[code], outcome="passed"),))
    plain = WIDE_COUNT.model_copy(update={"rounded_to": 1})
    (finding, *_) = judged_findings("table_one", plain, verdict)
    assert finding.checks == tuple(sorted(CHECKS_OF_RULES[code]))
    assert all(CHECKS_OF_STATBARNS[each] & CHECKS_OF_RULES[code] for each in finding.statbarns)  # type: ignore[index]
    assert finding.en != NAMES[code]
    assert "Numbers looked at" not in finding.en


def test_a_refusal_names_its_rule_and_keeps_the_cell() -> None:
    told = judged_refusal("table_one", "disclosure.one_value")
    assert told is not None
    assert "One value of everybody" in told.en
    assert told.checks == ("PresenceOfZeroCheck", "RequiredZeroCheck")
    assert "Frequencies" in told.statbarns
    assert judged_refusal("table_one", "glm.separable") is None
    assert judged_refusal("table_one", None) is None


def test_a_verdict_says_at_how_many_numbers_each_rule_looked() -> None:
    asked = [Look("disclosure.small_cell", 4, 10, True), Look("disclosure.small_cell", 3, 12, True)]
    fit = next(each for each in RESULTS.values() if not isinstance(each, CountTable | OverlapTable))
    told = verdict_of(fit, asked).rules[-1]
    assert (told.looked, told.threshold) == (7, 12)


def test_a_verdict_of_an_earlier_version_is_still_read() -> None:
    old = '{"rules":[{"rule":"cells under the threshold","outcome":"withheld","cells":3}]}'
    verdict = DisclosureVerdict.model_validate_json(old)
    assert next(each.en for each in judged_findings("count", WIDE_COUNT, verdict)).endswith(": 3.")
    assert verdict.model_dump_json() == old


@pytest.mark.parametrize("name", hostile_results())
def test_names_that_mean_harm_stay_on_one_plain_line(name: str) -> None:
    result = hostile_results()[name]
    for each in judged_findings("count", result, verdict_of(result)):
        assert each.cell_en.isprintable(), each.cell_en
        assert HOSTILE[2] not in each.cell_en
