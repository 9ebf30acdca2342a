"""An answer reads the same as text, page, table and CSV, and nothing in it can act."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
from scipy import stats

from onggi.client.answers import ModelAnswer, read_answer
from onggi.client.count_answers import CountAnswer
from onggi.errors import NotTrusted, Refused
from onggi.probability import (
    both_tails_quantile,
    chi_square_upper_tail,
    normal_both_tails,
    student_both_tails,
)
from onggi.protocol.canonical import digest_of
from onggi.report.meta_analysis import sheets as meta_sheets
from onggi.report.regularised_path import sheets
from onggi.spec.results import (
    ConceptAtSites,
    ConceptReport,
    ConceptSetAtSites,
    CountedFunnel,
    CountedGroups,
    CountTable,
    CrossValidation,
    MetaAnalysis,
    ModelFit,
    OverlapTable,
    RegularisedPath,
    ResultBase,
    SiteEstimate,
    WithoutSite,
)

COUNT = CountTable(
    sites=4,
    minimum_persons=10,
    steps=("all", "few"),
    persons=(1920, None),
    withheld=(None, "too_few_persons"),
)
FIT = ModelFit(
    sites=4,
    minimum_persons=10,
    family="binomial",
    link="logit",
    terms=("intercept", "age"),
    coefficients=(-1.5, 0.04),
    standard_errors=(0.5, 0.01),
    covariance=((0.25, 0.0), (0.0, 0.0001)),
    n=853,
    events=464,
    residual_dof=851,
    dispersion=1.0,
    deviance=800.25,
    log_likelihood=-400.1,
    aic=804.25,
    iterations=5,
    converged=True,
)


def answer(result: ResultBase, tongue: Any = "en", /, **changes: Any) -> Any:
    return read_answer(result.model_dump(mode="json") | changes, language=tongue)


def test_an_answer_is_the_typed_result_with_its_digest() -> None:
    for result in (COUNT, FIT):
        read = answer(result)
        assert isinstance(read, type(result))
        assert digest_of(read) == digest_of(result)


def test_a_withheld_cell_reads_withheld_everywhere_and_never_as_a_number() -> None:
    read: CountAnswer = answer(COUNT)
    assert read.summary().splitlines()[-2:] == ["all     1,920", "few        ··  withheld (under 10)"]
    assert "<td>··</td><td>withheld (under 10)</td>" in read._repr_html_()
    assert read.to_csv().splitlines()[-1] == "few,,withheld (under 10)"
    assert read.to_pandas()["persons"].isna().tolist() == [False, True]
    assert "비공개(10명 미만)" in answer(COUNT, "ko").summary()


@pytest.mark.parametrize(("family", "dof"), [("binomial", None), ("gaussian", 851), ("gamma", 851)])
def test_tests_and_intervals_are_those_of_the_textbook(family: str, dof: int | None) -> None:
    read: ModelAnswer = answer(FIT, family=family)
    term, at, error, statistic, p_value, low, high = read.rows().cells[1]
    law = stats.norm if dof is None else stats.t(dof)
    assert (term, at, error, statistic) == ("age", 0.04, 0.01, 4.0)
    assert p_value == pytest.approx(2 * law.sf(4.0), rel=1e-9)
    reach = law.isf(0.025) * 0.01
    assert (low, high) == (pytest.approx(0.04 - reach), pytest.approx(0.04 + reach))


def test_tail_probabilities_agree_with_scipy() -> None:
    for t in (0.0, 0.01, 0.7, 2.3, 12.0, 80.0):
        assert normal_both_tails(t) == pytest.approx(2 * stats.norm.sf(t), rel=1e-12)
        for dof in (1, 2, 7, 60, 10_000):
            assert student_both_tails(-t, dof=dof) == pytest.approx(2 * stats.t.sf(t, dof), rel=1e-8)
    assert both_tails_quantile(0.05, dof=3) == pytest.approx(stats.t.isf(0.025, 3))
    assert student_both_tails(math.inf, dof=3) == 0.0
    for value in (0.0, 1e-6, 0.4, 3.84, 40.0, 900.0):
        for dof in (1, 2, 9, 200, 3000):
            assert chi_square_upper_tail(value, dof=dof) == pytest.approx(
                stats.chi2.sf(value, dof), rel=1e-9, abs=1e-13
            )
    assert chi_square_upper_tail(math.inf, dof=3) == 0.0


def test_robust_errors_and_tests_of_smaller_models_are_read_where_asked_for() -> None:
    tests = [{"without": ["age"], "deviance": 806.0, "statistic": 5.75, "dof": 1}]
    asked = {"robust": "HC1", "robust_standard_errors": [0.6, 0.02], "tests": tests}
    read: ModelAnswer = answer(FIT, robust_covariance=[[0.36, 0.0], [0.0, 0.0004]], **asked)
    assert read.rows().cells[1][2:4] == (0.02, 2.0)
    assert "HC1 errors" in read.summary()
    assert read.tested().cells == (("age", 5.75, 1, pytest.approx(stats.chi2.sf(5.75, 1))),)
    assert answer(FIT).tested().cells == ()
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        answer(FIT, **(asked | {"robust_standard_errors": [0.6]}))


def test_a_model_says_in_its_headline_whether_it_converged() -> None:
    assert answer(FIT).summary().splitlines()[0].endswith("AIC 804.25, converged")
    assert "NOT CONVERGED" in answer(FIT, converged=False)._repr_html_()
    assert "수렴하지 않음" in str(answer(FIT, "ko", converged=False))
    assert answer(FIT).to_pandas().loc[1, "coefficient"] == 0.04


def test_a_test_that_there_is_not_reads_as_a_dash_and_is_empty_in_files() -> None:
    read = answer(FIT, standard_errors=[0.5, 0.0])
    assert read.summary().splitlines()[-1].split() == ["age", "0.04", "0", "-", "-", "0.04", "0.04"]
    assert read.to_csv().splitlines()[-1] == "age,0.04,0.0,,,0.04,0.04"
    assert read.to_pandas()["p_value"].isna().tolist() == [False, True]
    assert '"nan"' not in read.to_json()


def test_text_of_a_stranger_cannot_act_in_page_terminal_or_spreadsheet() -> None:
    read = answer(COUNT, steps=["<script>alert(1)</script>", "=HYPERLINK(1)\x1b[2J\u202e"])
    assert "<script>" not in read._repr_html_()
    assert "\x1b" not in read.summary()
    assert "\u202e" not in read.summary()
    assert read.to_csv().splitlines()[-1].startswith("'=HYPERLINK")


MORE = COUNT.model_copy(
    update={
        "events": (2000, None),
        "funnels": (CountedFunnel(steps=("all", "few"), persons=(1920, 40), withheld=(None, None)),),
        "groups": (
            CountedGroups(
                variable="sex",
                groups=("male", "(missing)"),
                persons=(None, None),
                withheld=("small_alone_or_by_difference",) * 2,
            ),
        ),
    }
)
OVERLAP = OverlapTable(
    sites=4,
    minimum_persons=10,
    cohorts=("a", "b"),
    totals=(120, 80),
    totals_withheld=(None, None),
    combinations=((True, False), (False, True), (True, True)),
    persons=(60, 20, None),
    withheld=(None, None, "small_alone_or_by_difference"),
)
REPORT = ConceptReport(
    sites=4,
    minimum_persons=10,
    sets=(
        ConceptSetAtSites(
            name="statins",
            concepts=(ConceptAtSites(concept=5, known=3, standard=3, valid=2),),
            same=False,
            mean_size=12.5,
            size_spread=1.0,
        ),
    ),
)


def test_further_counts_stand_in_one_table_with_their_parts() -> None:
    rows = answer(MORE).rows()
    assert rows.columns == ("part", "step", "persons", "events", "note")
    assert rows.cells[0] == ("funnel", "all", 1920, 2000, "")
    assert rows.cells[3] == ("funnel 1", "few", 40, "", "")
    withheld = "withheld (it, or what it differs by, is under 10)"
    assert rows.cells[4] == ("sex", "male", None, "", withheld)
    assert "차이가 10명 미만" in answer(MORE, "ko").summary()


def test_a_plain_count_is_written_as_it_always_was() -> None:
    told = COUNT.model_dump(mode="json")
    assert told.keys() == {
        "sites",
        "minimum_persons",
        "result",
        "steps",
        "persons",
        "withheld",
        "rounded_to",
    }
    assert answer(COUNT).rows().columns == ("step", "persons", "note")


META = MetaAnalysis(
    sites=3,
    minimum_persons=10,
    family="binomial",
    link="logit",
    term="male",
    heterogeneity="REML",
    estimates=(
        SiteEstimate(site="a", estimate=0.5, standard_error=0.2, weight=0.6),
        SiteEstimate(site="b"),
        SiteEstimate(site="c", estimate=0.9, standard_error=0.3, weight=0.4),
    ),
    n=700,
    estimate=0.66,
    standard_error=0.18,
    knapp_hartung_error=0.2,
    tau_squared=0.01,
    q=1.2,
    q_dof=1,
    i_squared=0.2,
    h_squared=1.25,
    common_estimate=0.6,
    common_error=0.17,
    leave_one_out=(WithoutSite(site="a", estimate=0.9, standard_error=0.3, tau_squared=0.0),),
)


def test_a_meta_analysis_shows_hospitals_then_the_pooled_value() -> None:
    read = answer(META)
    rows = {str(row[0]): row[1:] for row in read.rows().cells}
    z = float(stats.norm.isf(0.025))
    assert rows["a"] == (0.5, 0.2, pytest.approx(0.5 - z * 0.2), pytest.approx(0.5 + z * 0.2), 0.6)
    assert all(math.isnan(number) for number in rows["b"])
    assert read.summary().splitlines()[4].split() == ["b", *"-----"]
    assert rows["(random effects)"][2] == pytest.approx(0.66 - z * 0.18)
    t = float(stats.t.isf(0.025, 1))
    assert rows["(random effects, Hartung-Knapp)"][2] == pytest.approx(0.66 - t * 0.2)
    assert rows["(prediction)"][2] == pytest.approx(0.66 - z * math.sqrt(0.18**2 + 0.01))
    assert read.left_out().cells[0][:3] == ("a", 0.9, 0.3)
    tests = {row[0]: row[1:] for row in read.tested().cells}
    assert tests["Q"] == (1.2, 1, pytest.approx(stats.chi2.sf(1.2, 1)))
    assert tests["z"][2] == pytest.approx(2 * stats.norm.sf(0.66 / 0.18))
    assert tests["t (Hartung-Knapp)"][2] == pytest.approx(2 * stats.t.sf(3.3, 1))
    assert "site-visible" in read.summary()
    assert "기관별 수치 공개" in answer(META, "ko").summary()
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        answer(META, q_dof=2)
    shown = [value for sheet in meta_sheets(META) for row in sheet.rows for value in row]
    numbers = [value for key, value in META.model_dump().items() if isinstance(value, float)]
    assert len(numbers) > 8
    assert set(numbers) <= set(shown)


PATH = RegularisedPath(
    sites=4,
    minimum_persons=10,
    family="binomial",
    link="logit",
    alpha=1.0,
    terms=("intercept", "age"),
    penalties=(0.2, 0.1, 0.05),
    coefficients=((-1.0, 0.0), (-1.2, 0.01), (-1.4, 0.02)),
    nonzero=(0, 1, 1),
    deviance=(900.0, 850.0, 840.0),
    null_deviance=900.0,
    n=853,
    events=464,
    iterations=9,
    validation=CrossValidation(
        folds=5, loss=(1.06, 1.01, 1.02), error=(0.02, 0.02, 0.03), best=1, simplest=0
    ),
)


def test_a_path_has_a_row_a_penalty_and_names_the_chosen_one() -> None:
    read = answer(PATH)
    assert read.rows().columns == ("penalty", "nonzero", "deviance", "loss", "error", "intercept", "age")
    assert read.rows().cells[1] == (0.1, 1, 850.0, 1.01, 0.02, -1.2, 0.01)
    assert read.chosen() == {"intercept": -1.2, "age": 0.01}
    assert read.chosen(simplest=True) == {"intercept": -1.0, "age": 0.0}
    assert "least loss at 0.1" in read.summary()
    plain = answer(PATH, validation=None)
    assert plain.rows().columns == ("penalty", "nonzero", "deviance", "intercept", "age")
    assert plain.chosen() == {"intercept": -1.4, "age": 0.02}
    assert "벌점 수: 3" in answer(PATH, "ko").summary()
    for wrong in ({"nonzero": [0]}, {"coefficients": [[1.0]] * 3}, {"penalties": []}):
        with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
            answer(PATH, **wrong)
    beyond = PATH.validation.model_copy(update={"best": 3}) if PATH.validation else None
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        answer(PATH.model_copy(update={"validation": beyond}))


def test_every_number_of_a_path_stands_in_a_sheet() -> None:
    shown = [value for sheet in sheets(PATH) for row in sheet.rows for value in row]
    assert PATH.validation is not None
    for number in (*PATH.penalties, *PATH.deviance, *PATH.validation.loss, *PATH.validation.error):
        assert number in shown
    assert all(value in shown for row in PATH.coefficients for value in row)
    assert {"lambda.min", "lambda.1se", 853, 464, 9, 5} <= set(shown)
    assert [len(sheet.columns) for sheet in sheets(PATH.model_copy(update={"validation": None}))] == [
        3,
        3,
        10,
    ]


def test_an_overlap_names_who_is_in_exactly_which_cohorts() -> None:
    cells = answer(OVERLAP).rows().cells
    assert [each[:2] for each in cells] == [
        ("a (all)", 120),
        ("b (all)", 80),
        ("a", 60),
        ("b", 20),
        ("a + b", None),
    ]
    assert "4 hospitals" in answer(OVERLAP).summary()


def test_a_report_on_concepts_says_at_how_many_hospitals() -> None:
    whole, concept = answer(REPORT).rows().cells
    assert whole[-1] == "hospitals differ; 12.5 concepts on average"
    assert concept == ("statins", "5", 3, 3, 2, "missing at 1")
    assert "··" not in answer(REPORT).summary()
    assert "기관마다 개념이 다름" in answer(REPORT, "ko").summary()


@pytest.mark.parametrize(
    ("result", "changes"),
    [
        (MORE, {"events": [1]}),
        (MORE, {"funnels": [{"steps": ["a"], "persons": [], "withheld": []}]}),
        (OVERLAP, {"totals": [1]}),
        (OVERLAP, {"combinations": [[True], [False, True], [True, True]]}),
        (REPORT, {"sites": 2}),
        (FIT, {"covariance": [[0.25, 0.0]]}),
        (FIT, {"covariance": [[0.25], [0.0]]}),
        (FIT, {"coefficients": [0.0, 0.0], "family": "gaussian", "residual_dof": 0}),
    ],
)
def test_further_answers_of_another_shape_are_not_believed(result: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        answer(result, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"result": "secret"},
        {"steps": ["all"]},
        {"persons": ["x", None]},
        {"extra": 1},
        {"language": "ko"},
        {"provenance": None},
    ],
)
def test_an_answer_of_another_shape_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(NotTrusted) as error:
        answer(COUNT, **changes)
    assert error.value.code == "client.answer_malformed"


def test_without_pandas_the_refusal_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(Refused) as error:
        answer(COUNT).to_pandas()
    assert error.value.code == "client.pandas_missing"
