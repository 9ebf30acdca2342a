"""A number in another unit reads right, by figures that anybody can look up, or is missing."""

from __future__ import annotations

import itertools

import pytest

from onggi.errors import Refused
from onggi.spec.builders.variables import measurement, number
from onggi.spec.units import ANALYTES, UNITS, get_conversions, get_unit
from onggi.spec.variables import Conversion, Variable
from onggi.words import find_words

# Figures as clinical journals print them (conventional unit, SI unit, factor), rounded there to three digits.
_PRINTED = [
    ("glucose", "mg/dL", "mmol/L", 0.0555),
    ("cholesterol", "mg/dL", "mmol/L", 0.0259),
    ("triglycerides", "mg/dL", "mmol/L", 0.0113),
    ("creatinine", "mg/dL", "umol/L", 88.4),
    ("urea_nitrogen", "mg/dL", "mmol/L", 0.357),
    ("urate", "mg/dL", "umol/L", 59.48),
    ("bilirubin", "mg/dL", "umol/L", 17.1),
    ("calcium", "mg/dL", "mmol/L", 0.25),
    ("magnesium", "mg/dL", "mmol/L", 0.411),
    ("magnesium", "mEq/L", "mmol/L", 0.5),
    ("phosphate", "mg/dL", "mmol/L", 0.323),
    ("iron", "ug/dL", "umol/L", 0.179),
    ("sodium", "mEq/L", "mmol/L", 1.0),
    ("lactate", "mg/dL", "mmol/L", 0.111),
    ("thyroxine", "ug/dL", "nmol/L", 12.87),
    ("testosterone", "ng/dL", "nmol/L", 0.0347),
    ("estradiol", "pg/mL", "pmol/L", 3.671),
    ("cortisol", "ug/dL", "nmol/L", 27.59),
    ("vitamin_d", "ng/mL", "nmol/L", 2.496),
    ("vitamin_b12", "pg/mL", "pmol/L", 0.738),
    ("haemoglobin", "g/dL", "mmol/L", 0.6206),
    (None, "mmHg", "kPa", 0.133),
    (None, "lb", "kg", 0.4536),
    (None, "in", "cm", 2.54),
    (None, "10*3/uL", "10*9/L", 1.0),
    (None, "U/L", "ukat/L", 0.0167),
]


def _conversion(unit: str, into: str, analyte: str | None) -> Conversion:
    listed = {each.unit: each for each in get_conversions(into, analyte=analyte)}
    return listed[get_unit(unit).concept]


@pytest.mark.parametrize(("analyte", "unit", "into", "factor"), _PRINTED)
def test_the_table_gives_the_printed_figures(
    analyte: str | None, unit: str, into: str, factor: float
) -> None:
    found = _conversion(unit, into, analyte)
    assert found.factor == pytest.approx(factor, rel=6e-3)
    assert found.offset == 0


@pytest.mark.parametrize(
    ("analyte", "unit", "into", "value", "reads"),
    [
        (None, "degF", "Cel", 98.6, 37.0),
        (None, "degF", "Cel", 32.0, 0.0),
        ("hba1c", "mmol/mol", "%", 53.0, 7.0),
        ("hba1c", "%", "mmol/mol", 6.5, 47.5),
        ("glucose", "mg/dL", "mmol/L", 126.0, 7.0),
    ],
)
def test_known_pairs_of_values(analyte: str | None, unit: str, into: str, value: float, reads: float) -> None:
    found = _conversion(unit, into, analyte)
    assert value * found.factor + found.offset == pytest.approx(reads, abs=0.05)


@pytest.mark.parametrize("analyte", [None, *ANALYTES])
def test_there_and_back_is_the_same_number(analyte: str | None) -> None:
    pairs = 0
    for one, other in itertools.combinations(UNITS, 2):
        listed = {each.unit: each for each in get_conversions(other.ucum, analyte=analyte)}
        if one.concept in listed:
            there, back = listed[one.concept], _conversion(other.ucum, one.ucum, analyte)
            value = (7.25 * there.factor + there.offset) * back.factor + back.offset
            assert value == pytest.approx(7.25, rel=1e-9)
            pairs += 1
    assert pairs > 100


def test_mass_is_no_amount_unless_the_analyte_is_named() -> None:
    assert get_unit("mg/dL").concept not in {each.unit for each in get_conversions("mmol/L")}


def test_a_concept_and_a_code_stand_once() -> None:
    assert len({each.concept for each in UNITS}) == len({each.ucum for each in UNITS}) == len(UNITS)


def test_the_builder_fills_the_conversions() -> None:
    found = measurement("glucose", [3004501], unit="mmol/L", analyte="glucose", low=1, high=60)
    assert found.unit == 8753
    assert {each.unit for each in found.conversions} >= {8840, 8636}
    assert None not in {each.unit for each in found.conversions}
    taken = measurement(
        "glucose", [3004501], unit="mmol/L", analyte="glucose", low=1, high=60, unrecorded_as="mg/dL"
    )
    assert {each.unit: each.factor for each in taken.conversions}[None] == pytest.approx(1 / 18.0156)
    own = measurement("weight", [3025315], unit="kg", low=1, high=500, unrecorded_as="kg")
    assert {each.unit: each.factor for each in own.conversions}[None] == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"unit": "furlong"}, "units.unknown"),
        ({"unit": "mmol/L", "analyte": "phlogiston"}, "units.unknown_analyte"),
        ({"unit": "mmol/L", "unrecorded_as": "mg/dL"}, "units.not_convertible"),
    ],
)
def test_what_the_table_lacks_is_refused_by_name(asked: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        measurement("v", [1], low=0, high=1, **asked)  # type: ignore[arg-type]  # words of one type
    assert refused.value.code == code
    assert find_words(code) is not None


@pytest.mark.parametrize(
    ("conversions", "unit"),
    [
        ((Conversion(unit=8840, factor=2.0),), None),
        ((Conversion(unit=8840, factor=2.0), Conversion(unit=8840, factor=3.0)), 8753),
        ((Conversion(unit=0, factor=2.0), Conversion(unit=None, factor=3.0)), 8753),
        ((Conversion(unit=8753, factor=2.0),), 8753),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    conversions: tuple[Conversion, ...], unit: int | None
) -> None:
    with pytest.raises(Refused, match=r"client\.spec_malformed"):
        number("v", [1], low=0, high=1, unit=unit, conversions=conversions)


def test_a_variable_without_conversions_is_written_as_before() -> None:
    plain = Variable(name="v", domain="measurement", kind="number", concepts=(1,), low=0, high=1)
    assert "conversions" not in plain.model_dump(mode="json")
    assert Variable.model_validate(plain.model_dump(mode="json")) == plain
