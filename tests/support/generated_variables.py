"""Hypothesis strategies for variables and outcomes: every domain, kind, summary and unit that makes sense."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.variables import Conversion, Variable, Window
from tests.support.generated_cdm import CONCEPTS, GENDERS, RACES, VALUES

_VALUED = ["measurement", "observation"]
_UNVALUED = [
    "condition",
    "drug",
    "procedure",
    "device",
    "visit",
    "condition_era",
    "drug_era",
    "visit_detail",
    "specimen",
    "death",
]
_PERSON_CONCEPTS = {"sex": GENDERS, "race": RACES, "ethnicity": [38003563, 38003564]}
_COMPUTED = ["age", "age_days", "index_year", "observation_period"]
_CONVERSIONS = st.lists(
    st.sampled_from(
        [
            Conversion(unit=81, factor=1.0),
            Conversion(unit=82, factor=0.1),
            Conversion(unit=83, factor=-5 / 9, offset=17.7),
            Conversion(unit=None, factor=1000.0),
        ]
    ),
    unique_by=lambda each: each.recorded,
)


@st.composite
def variables(draw: st.DrawFn, name: str) -> Variable:
    """A variable of any domain and kind that makes sense."""
    domain = draw(st.sampled_from([*_COMPUTED, *_PERSON_CONCEPTS, *_UNVALUED, *_VALUED * 5]))
    low = draw(st.sampled_from([-50.0, 0.0, 1.0]))
    number = {"kind": "number", "low": low, "high": draw(st.sampled_from([2.0, 50.0, 1000.0, 30_000.0]))}
    if domain in _COMPUTED:
        sides = st.sampled_from(["days_before", "days_after"])
        summary = draw(sides) if domain == "observation_period" else "last"
        return Variable.model_validate({"name": name, "domain": domain, "summary": summary, **number})
    if domain in _PERSON_CONCEPTS:
        known = _PERSON_CONCEPTS[domain]
        leveled: dict[str, Any] = {
            "kind": "category",
            "levels": known[::-1],
            "level_names": ["second", "first"],
        }
        kind: dict[str, Any] = draw(
            st.sampled_from([{"kind": "flag"}, leveled, {"kind": "flag", "levels": known}])
        )
        concepts = known if "levels" in kind else known[:1]
        return Variable.model_validate({"name": name, "domain": domain, "concepts": concepts, **kind})
    common = {"name": name, "domain": domain, "window": draw(_windows()), **draw(_concepts(domain))}
    kinds: list[dict[str, Any]] = [
        {"kind": "flag", "summary": draw(st.sampled_from(["any", "first", "last"]))},
        number
        | {"summary": draw(st.sampled_from(["count", "distinct_days", "days_since", "days_to_first"]))},
    ]
    if domain in _VALUED:
        common["unit"] = draw(st.sampled_from([None, 81, 0]))
        kinds += [draw(_numbers(number, unit=common["unit"])) for _ in range(3)] + draw(_leveled())
    return Variable.model_validate(common | draw(st.sampled_from(kinds)))


@st.composite
def _windows(draw: st.DrawFn) -> Window:
    low, high = sorted([draw(st.integers(-30, 30)), draw(st.integers(-30, 30))])
    return Window(start_days=draw(st.sampled_from([None, low])), end_days=draw(st.sampled_from([None, high])))


@st.composite
def _concepts(draw: st.DrawFn, domain: str) -> dict[str, Any]:
    concepts = draw(st.lists(st.sampled_from(CONCEPTS), min_size=int(domain != "death"), max_size=3))
    return {"concepts": concepts, "include_descendants": bool(concepts) and draw(st.booleans())}


@st.composite
def _numbers(draw: st.DrawFn, number: dict[str, Any], *, unit: int | None) -> dict[str, Any]:
    summary = draw(st.sampled_from(["first", "last", "mean", "minimum", "maximum", "sum"]))
    listed = draw(_CONVERSIONS) if unit is not None else []
    kept = [each for each in listed if each.recorded != unit or each.factor == 1.0]
    return number | {"summary": summary, "conversions": kept}


@st.composite
def _leveled(draw: st.DrawFn) -> list[dict[str, Any]]:
    levels = draw(st.permutations(VALUES))
    return [
        {"kind": "flag", "levels": levels[:2], "summary": draw(st.sampled_from(["any", "first", "last"]))},
        {
            "kind": "category",
            "levels": levels,
            "level_names": ["a", "b", "c"],
            "summary": draw(st.sampled_from(["first", "last"])),
        },
    ]


@st.composite
def _events(draw: st.DrawFn) -> OutcomeEvent:
    domain = draw(st.sampled_from(["death", "death", *_UNVALUED, *_VALUED]))
    return OutcomeEvent.model_validate({"domain": domain, **draw(_concepts(domain))})


@st.composite
def outcomes(draw: st.DrawFn, name: str) -> Outcome:
    """An outcome of any event, with or without others that compete with it."""
    return Outcome(
        name=name,
        event=draw(_events()),
        competing=tuple(draw(st.lists(_events(), max_size=2))),
        starts_after_days=draw(st.sampled_from([-1, 0, 0, 3, 10])),
        horizon_days=draw(st.sampled_from([1, 10, 365])),
        prior_events=draw(st.sampled_from(["missing", "ignore"])),
        censor_at_cohort_end=draw(st.booleans()),
    )
