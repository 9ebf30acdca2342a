"""The units in which common findings are recorded, and how a number in one reads in another.

Every figure is a published one or computed from published ones; nothing is taken from a hospital's data.

* Units: UCUM code and concept id of the OMOP vocabulary ("UCUM" vocabulary as distributed by OHDSI Athena).
* Plain conversions: the metric prefixes; the international pound (0.45359237 kg) and inch (2.54 cm), the inch
  of the United States' survey (a twelfth of 1200 / 3937 m), the millimetre of mercury (0.133322387415 kPa)
  and the degree Fahrenheit as NIST Special Publication 811, appendix B, states them.
* Between mass and amount: the molar mass, computed from the molecular formula with the abridged standard
  atomic weights of IUPAC (2021). Conventions of laboratories that are no molecule of their own are named:
  triglycerides as triolein; urea nitrogen as two nitrogen atoms a molecule of urea; phosphate as phosphorus;
  haemoglobin as the monomer of 16,114.5 g/mol (IFCC).
* Glycated haemoglobin: the master equation of IFCC and NGSP, NGSP(%) = 0.09148 * IFCC(mmol/mol) + 2.152
  (Hoelzel et al., Clinical Chemistry 2004;50:166-174).
* Valence, for milliequivalents: one charge for sodium, potassium, chloride and bicarbonate, two for calcium
  and magnesium. An enzyme's unit is the international unit.

What lies outside this table is written out by the researcher: `onggi.variables.number(conversions=...)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from onggi.errors import Refused
from onggi.spec.variables import Conversion

Dimension = Literal[
    "mass_concentration",
    "amount_concentration",
    "charge_concentration",
    "cells",
    "activity",
    "unit_activity",
    "mass",
    "length",
    "pressure",
    "temperature",
    "fraction",
    "glycation",
]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its UCUM code, its OMOP concept, and how a number in it reads in its dimension's base unit."""

    ucum: str
    concept: int
    dimension: Dimension
    factor: float
    offset: float = 0.0


def _units(dimension: Dimension, *listed: tuple[str, int, float]) -> list[Unit]:
    return [Unit(ucum, concept, dimension, factor) for ucum, concept, factor in listed]


UNITS: Final[tuple[Unit, ...]] = (
    # base: g/L
    *_units(
        "mass_concentration",
        ("g/L", 8636, 1.0),
        ("g/dL", 8713, 10.0),
        ("mg/dL", 8840, 1e-2),
        ("mg/dL{calc}", 9028, 1e-2),
        ("g/dL{calc}", 8950, 10.0),
        ("mg/mL", 8861, 1.0),
        ("mg/L", 8751, 1e-3),
        ("ug/mL", 8859, 1e-3),
        ("ug/dL", 8837, 1e-5),
        ("ug/L", 8748, 1e-6),
        ("ng/mL", 8842, 1e-6),
        ("ng/dL", 8817, 1e-8),
        ("ng/L", 8725, 1e-9),
        ("pg/mL", 8845, 1e-9),
        ("pg/dL", 8820, 1e-11),
    ),
    # base: mol/L
    *_units(
        "amount_concentration",
        ("mmol/L", 8753, 1e-3),
        ("umol/L", 8749, 1e-6),
        ("nmol/L", 8736, 1e-9),
        ("pmol/L", 8729, 1e-12),
    ),
    # base: equivalents a litre
    *_units("charge_concentration", ("10*-3.eq/L", 9557, 1e-3)),
    # base: cells a litre
    *_units(
        "cells",
        ("10*9/L", 9444, 1e9),
        ("10*9.{cellls}/L", 44777588, 1e9),
        ("10*3/uL", 8848, 1e9),
        ("10*3/mm3", 8961, 1e9),
        ("10*6/mL", 8816, 1e9),
        ("10*12/L", 8734, 1e12),
        ("10*12.{cells}/L", 44777575, 1e12),
        ("10*6/uL", 8815, 1e12),
        ("10*6/mm3", 8931, 1e12),
        ("10*4/uL", 32706, 1e10),
        ("/uL", 8647, 1e6),
        ("/mm3", 8785, 1e6),
        ("{cells}/uL", 8784, 1e6),
        ("10*3/mL", 9436, 1e6),
    ),
    # base: katal a litre; one enzyme unit is a micromole a minute
    *_units(
        "activity",
        ("[U]/L", 8645, 1e-6 / 60),
        ("[iU]/L", 8923, 1e-6 / 60),
        ("ukat/L", 32995, 1e-6),
    ),
    # base: arbitrary units a litre, as hormones are reported
    *_units(
        "unit_activity",
        ("10*-3.[iU]/L", 9040, 1e-3),
        ("10*-6.[iU]/mL", 9093, 1e-3),
        ("10*-3.[U]/L", 44777578, 1e-3),
        ("10*-6.[U]/mL", 8860, 1e-3),
        ("10*-3.[U]/mL", 8719, 1.0),
        ("10*-3.[iU]/mL", 9550, 1.0),
    ),
    *_units("mass", ("kg", 9529, 1.0), ("g", 8504, 1e-3), ("[lb_us]", 8739, 0.45359237)),
    *_units(
        "length",
        ("m", 9546, 1.0),
        ("cm", 8582, 0.01),
        ("[in_i]", 9327, 0.0254),
        ("[in_us]", 9330, 1200 / 3937 / 12),
    ),
    *_units("pressure", ("kPa", 44777602, 1.0), ("mm[Hg]", 8876, 0.133322387415)),
    Unit("Cel", 586323, "temperature", 1.0),
    Unit("[degF]", 9289, "temperature", 5 / 9, -160 / 9),
    *_units("fraction", ("%", 8554, 0.01), ("L/L", 44777604, 1.0), ("{ratio}", 8523, 1.0)),
    # base: percent by NGSP
    *_units("glycation", ("%{HbA1c}", 9225, 1.0), ("%{of'HGB}", 8737, 1.0)),
    Unit("mmol/mol", 9579, "glycation", 0.09148, 2.152),
)
_BY_UCUM: Final[Mapping[str, Unit]] = {unit.ucum: unit for unit in UNITS}
_ALSO: Final[Mapping[str, str]] = {
    "mEq/L": "10*-3.eq/L",
    "U/L": "[U]/L",
    "IU/L": "[iU]/L",
    "mIU/L": "10*-3.[iU]/L",
    "uIU/mL": "10*-6.[iU]/mL",
    "mmHg": "mm[Hg]",
    "degC": "Cel",
    "degF": "[degF]",
    "lb": "[lb_us]",
    "in": "[in_i]",
}
"""Spellings that people use, by UCUM code."""

_WEIGHTS: Final[Mapping[str, float]] = {
    "H": 1.008,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "Mg": 24.305,
    "P": 30.974,
    "S": 32.06,
    "Ca": 40.078,
    "Fe": 55.845,
    "Co": 58.933,
    "I": 126.90,
    "Na": 22.990,
    "K": 39.098,
    "Cl": 35.45,
}


def molar_mass(formula: str) -> float:
    """Grams a mole of a molecular formula such as ``C6H12O6``."""
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    return sum(_WEIGHTS[element] * int(count or 1) for element, count in parts)


@dataclass(frozen=True, slots=True)
class Analyte:
    """What is measured: grams a mole where amounts are reported, charges an ion where equivalents are."""

    grams_per_mole: float | None = None
    charges: int | None = None
    glycated: bool = False


def _molecule(formula: str) -> Analyte:
    return Analyte(molar_mass(formula))


ANALYTES: Final[Mapping[str, Analyte]] = MappingProxyType(
    {
        "glucose": _molecule("C6H12O6"),
        "cholesterol": _molecule("C27H46O"),
        "triglycerides": _molecule("C57H104O6"),
        "creatinine": _molecule("C4H7N3O"),
        "urea_nitrogen": _molecule("N2"),
        "urea": _molecule("CH4N2O"),
        "urate": _molecule("C5H4N4O3"),
        "bilirubin": _molecule("C33H36N4O6"),
        "lactate": _molecule("C3H6O3"),
        "calcium": Analyte(molar_mass("Ca"), charges=2),
        "magnesium": Analyte(molar_mass("Mg"), charges=2),
        "phosphate": _molecule("P"),
        "iron": _molecule("Fe"),
        "sodium": Analyte(molar_mass("Na"), charges=1),
        "potassium": Analyte(molar_mass("K"), charges=1),
        "chloride": Analyte(molar_mass("Cl"), charges=1),
        "bicarbonate": Analyte(molar_mass("CHO3"), charges=1),
        "thyroxine": _molecule("C15H11I4NO4"),
        "triiodothyronine": _molecule("C15H12I3NO4"),
        "testosterone": _molecule("C19H28O2"),
        "estradiol": _molecule("C18H24O2"),
        "cortisol": _molecule("C21H30O5"),
        "vitamin_d": _molecule("C27H44O2"),
        "vitamin_b12": _molecule("C63H88CoN14O14P"),
        "haemoglobin": Analyte(16_114.5),
        "hba1c": Analyte(glycated=True),
    }
)
"""By name; cholesterol stands for its HDL, LDL and total alike, vitamin D for 25-hydroxyvitamin D3."""


def get_unit(unit: str) -> Unit:
    """The unit of a UCUM code or of a usual spelling. Raises Refused ``units.unknown``."""
    found = _BY_UCUM.get(_ALSO.get(unit, unit))
    if found is None:
        raise Refused("units.unknown", unit=unit[:60])
    return found


def get_conversions(unit: str, *, analyte: str | None = None) -> tuple[Conversion, ...]:
    """Every unit of the table that can be told in the given one, in a fixed order.

    Args:
        unit: UCUM code of the unit that is wanted.
        analyte: what is measured, a name in `ANALYTES`: opens the way between mass, amount and charge.
    Raises:
        Refused: ``units.unknown``, ``units.unknown_analyte``.
    """
    target = get_unit(unit)
    if analyte is not None and analyte not in ANALYTES:
        raise Refused("units.unknown_analyte", analyte=analyte[:60])
    of = ANALYTES[analyte] if analyte is not None else Analyte()
    wanted = _common(target, of)
    found = []
    for each in UNITS:
        known = _common(each, of)
        if each.concept != target.concept and known[0] == wanted[0]:
            found.append(_between(each.concept, known[1:], wanted[1:]))
    return tuple(sorted(found, key=lambda each: each.recorded))


def _common(unit: Unit, of: Analyte) -> tuple[str, float, float]:
    """The dimension in which a unit is compared for this analyte, with factor and offset into its base."""
    if of.glycated and unit.dimension in ("glycation", "fraction"):
        # A laboratory's plain percent of HbA1c is the NGSP percent; a fraction of one is a hundredth of it.
        scale = 100.0 if unit.dimension == "fraction" else 1.0
        return "glycation", unit.factor * scale, unit.offset
    if unit.dimension == "mass_concentration" and of.grams_per_mole is not None:
        return "amount_concentration", unit.factor / of.grams_per_mole, 0.0
    if unit.dimension == "charge_concentration" and of.charges is not None:
        return "amount_concentration", unit.factor / of.charges, 0.0
    return unit.dimension, unit.factor, unit.offset


def _between(concept: int, known: tuple[float, ...], wanted: tuple[float, ...]) -> Conversion:
    """value * known + offset reads in the base; the same again, backwards, reads in the unit wanted."""
    (factor, offset), (back, shift) = known, wanted
    return Conversion(unit=concept, factor=_short(factor / back), offset=_short((offset - shift) / back))


def _short(value: float) -> float:
    """Twelve figures: more are only the noise of the division, and would stand in every signed job."""
    return float(f"{value:.12g}")
