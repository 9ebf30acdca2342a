"""What rates refuse, and what they show beside rounded counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.rates.estimates import standardised_rate
from analysis_jobs.kinds.rates.kind import KIND
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import RatesParameters, RateStrata
from onggi.spec.results import Rates
from tests.support.statistics_specs import asking, category, count_spec, flag, number, split, table_of

ASK = Ask(0, "person_time", {})
FALL = {"name": "fall", "event": {"domain": "death"}, "horizon_days": 365, "prior_events": "missing"}
VARIABLES = (number("age", 0, 120), flag("male"), category("arm", "a", "b", "c"))
BANDS = (RateStrata(variable="age", cuts=(50, 70)),)


def columns(n: int = 600) -> dict[str, Any]:
    rng = np.random.default_rng(12)
    found = {"age": rng.uniform(30, 90, n).round(), "male": (rng.random(n) < 0.5).astype(float)}
    found |= {"arm": rng.integers(0, 3, n).astype(float), "fall_days": rng.integers(1, 366, n).astype(float)}
    return found | {"fall_event": (rng.random(n) < 0.4).astype(float)}


def spec(*, masked: bool = False, sites: int = 1, **given: Any) -> JobSpec:
    asked = RatesParameters(**({"outcome": "fall"} | given))
    return asking(asked, variables=VARIABLES, outcomes=(FALL,), masked=masked, sites=sites)


def refusal(data: dict[str, Any], **given: Any) -> Refused:
    asked = spec(**given)
    summary = KIND.local(asked, table_of(data), ASK)
    found = []
    for check in (
        lambda: KIND.check_site(asked, ASK, summary),
        lambda: KIND.check_pooled(asked, ASK, summary.evidence),
    ):
        with pytest.raises(Refused) as refused:
            check()
        found.append(refused.value)
    assert str(found[0]) == str(found[1])
    return found[0]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("rates.unknown_outcome", {"outcome": "stroke"}),
        ("describe.needs_levels", {"by": "age"}),
        ("describe.unknown_variable", {"by": "weight"}),
        ("describe.unknown_variable", {"strata": (RateStrata(variable="weight"),)}),
        ("describe.cuts_wrong", {"strata": (RateStrata(variable="age"),)}),
        ("describe.cuts_wrong", {"strata": (RateStrata(variable="age", cuts=(0, 50)),)}),
        ("describe.cuts_wrong", {"strata": (RateStrata(variable="male", cuts=(0.5,)),)}),
        ("rates.weights_wrong", {"strata": BANDS, "standard": (1.0, 2.0)}),
        ("rates.weights_wrong", {"reference_rates": (1.0, 2.0)}),
        (
            "describe.too_many_cells",
            {
                "by": "arm",
                "strata": (RateStrata(variable="age", cuts=tuple(range(1, 61))), RateStrata(variable="male")),
                "outcome": "fall",
            },
        ),
    ],
)
def test_parameters_that_make_no_sense(code: str, given: dict[str, Any]) -> None:
    asked = spec(**given)
    if code == "describe.too_many_cells":
        many = category("arm", *(f"l{at}" for at in range(5)))
        asked = asked.model_copy(update={"variables": (*VARIABLES[:2], many)})
    with pytest.raises(Refused) as refused:
        KIND.check_spec(asked)
    assert refused.value.code == code


def test_parameters_that_cannot_be_written() -> None:
    for wrong in (
        {"strata": (*BANDS, *BANDS)},
        {"by": "age", "strata": BANDS},
        {"standard": (0.0,)},
        {"reference_rates": (-1.0,)},
    ):
        with pytest.raises(ValueError, match="RatesParameters"):
            RatesParameters(outcome="fall", **wrong)
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        KIND.check_spec(count_spec("one"))


@pytest.mark.parametrize("few", [0, 1, 9])
@pytest.mark.parametrize("wanted", [0.0, 1.0])
def test_few_events_and_few_without_are_refused_by_the_cell(few: int, wanted: float) -> None:
    data = columns()
    cell = np.flatnonzero((data["male"] == 1) & (data["age"] >= 70))
    data["fall_event"][cell] = 1 - wanted
    data["fall_event"][cell[:few]] = wanted
    found = refusal(data, by="male", strata=BANDS)
    told = "event" if wanted else "no event"
    assert found.code == "disclosure.small_cell"
    assert found.facts == {"cell": f"male=yes, age=70 to 120, {told}", "threshold": 10}
    # Against reference rates the stratum's own events are not asked.
    asked = spec(by="male", strata=BANDS, reference_rates=(1, 2, 3))
    KIND.check_pooled(asked, ASK, KIND.local(asked, table_of(data), ASK).evidence)


def test_a_small_stratum_is_refused_also_without_its_events() -> None:
    data = columns()
    data["age"] = np.where(data["age"] >= 70, 60, data["age"])
    data["age"][:9] = 80
    found = refusal(data, strata=BANDS, reference_rates=(1, 2, 3))
    assert found.facts["cell"] == "age=70 to 120"


def test_few_events_of_a_group_are_refused_against_reference_rates() -> None:
    data = columns()
    data["fall_event"][np.flatnonzero(data["male"] == 1)[9:]] = 0
    data["fall_event"][np.flatnonzero(data["male"] == 1)[:9]] = 1
    found = refusal(data, by="male", strata=BANDS, reference_rates=(1, 2, 3))
    assert found.facts["cell"] == "male=yes, event"


def test_person_time_of_a_few_and_of_one_length_is_refused() -> None:
    data = columns()
    data["fall_days"] = np.where(np.arange(600) < 2, 365.0, np.arange(600) % 3 == 0)
    assert refusal(data).code == "disclosure.effective_sample"
    data["fall_days"] = np.full(600, 365.0)
    assert refusal(data).code == "disclosure.one_value"
    data["fall_days"] = np.where(np.arange(600) < 9, 365.0, 0.0)
    assert refusal(data).facts["cell"] == "persons: person-time, other than 0"


def test_an_empty_hospital_is_refused_in_clear_and_takes_part_under_masks() -> None:
    tables = split(columns(), [0, 1])
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        run_in_clear(spec(by="arm", sites=3), tables, check=True)
    answer = run_fixed_point(spec(by="arm", strata=BANDS, sites=3, masked=True), tables, check=True)
    assert isinstance(answer, Rates)
    assert (answer.groups[0].persons, answer.sites) == (600, 3)
    bands = ["age=0 to 50", "age=50 to 70", "age=70 to 120"]
    assert [cell.stratum for cell in answer.strata] == bands * 4


def test_nobody_odd_asks_and_impossible_sums() -> None:
    data = columns()
    data["fall_days"][:] = np.nan
    with pytest.raises(Refused, match=r"^describe\.nobody"):
        run_in_clear(spec(by="arm"), [table_of(data)])
    for ask in (Ask(0, "rows", {}), Ask(1, "person_time", {}), Ask(0, "person_time", {"x": np.zeros(1)})):
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            KIND.local(spec(), table_of(columns()), ask)
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            KIND.layout(spec(), ask, participants=3)
    sums = dict(KIND.local(spec(), table_of(columns()), ASK).arrays)
    for wrong in (
        {"persons": sums["persons"] + 0.5},
        {"persons": sums["persons"][::-1]},
        {"time": -sums["time"]},
    ):
        with pytest.raises(NotTrusted, match=r"^describe\.sum_impossible"):
            KIND.next(spec(), [sums | wrong], sites=1)


def test_nobody_under_observation_has_no_rate() -> None:
    data = columns()
    data["fall_days"][:] = 0
    answer = run_in_clear(spec(reference_rates=(5,)), [table_of(data)])
    assert isinstance(answer, Rates)
    assert (answer.groups[0].rate, answer.groups[0].ratio) == (None, None)
    assert standardised_rate([3, 4], [10.0, 0.0], [1, 1]) is None


def test_what_is_shown_follows_from_rounded_counts() -> None:
    asked = spec(by="arm", strata=BANDS, standard=(5, 3, 2), reference_rates=(200, 300, 400))
    exact = run_in_clear(asked, [table_of(columns())])
    shown = KIND.release(asked, exact, exact=False)
    assert isinstance(exact, Rates)
    assert isinstance(shown, Rates)
    assert KIND.release(asked, exact, exact=True) == exact
    for before, after in zip(exact.groups, shown.groups, strict=True):
        assert after.persons % 5 == after.events % 5 == 0
        assert after.person_years == float(f"{after.person_years:.3e}")
        assert after.rate is not None
        assert before.rate is not None
        assert after.rate.value == pytest.approx(1000 * after.events / after.person_years, rel=1e-14)
        assert after.rate.value == pytest.approx(before.rate.value, rel=0.05)
        assert after.ratio is not None
        assert after.expected is not None
        assert after.ratio.value == pytest.approx(after.events / after.expected, rel=1e-14)
        cells = [cell for cell in shown.strata if cell.group == after.group]
        weighted = [
            w * 1000 * (c.events or 0) / c.person_years for w, c in zip((5, 3, 2), cells, strict=True)
        ]
        assert after.standardised is not None
        assert after.standardised.value == pytest.approx(sum(weighted) / 10)
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        KIND.release(asked, exact.model_copy(update={"minimum_persons": 50}), exact=True)
    alone = spec(by="arm", strata=BANDS, reference_rates=(200, 300, 400))
    answer = run_in_clear(alone, [table_of(columns())])
    told = KIND.release(alone, answer, exact=False)
    assert isinstance(told, Rates)
    assert all(cell.events is None for cell in told.strata)
