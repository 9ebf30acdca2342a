"""The concepts that the heart hospitals use: which number stands for what, and where that was checked.

* Standard concepts were looked up in published OMOP vocabulary rows; README.md says in which.
* What could not be looked up has a local number (2,000,000,000 and above, as OMOP asks for).
* Names are our own words; no vocabulary's wording is copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Standard concepts.
MALE: Final = 8507
FEMALE: Final = 8532
OUTPATIENT_VISIT: Final = 9202
SYSTOLIC_PRESSURE: Final = 3004249
SERUM_CHOLESTEROL: Final = 3027114
CORONARY_DISEASE: Final = 317576
YES: Final = 4188539
MM_HG: Final = 8876
PER_MINUTE: Final = 8483
MG_PER_DL: Final = 8840
MILLIMETRE: Final = 8588
CDM_54: Final = 756265
NO_MATCHING_CONCEPT: Final = 0

# Local concepts.
LOCAL_FIRST: Final = 2_000_000_000
NO: Final = 2_000_000_001
CHEST_PAIN_TYPE: Final = 2_000_000_010
CHEST_PAIN_TYPICAL_ANGINA: Final = 2_000_000_011
CHEST_PAIN_ATYPICAL_ANGINA: Final = 2_000_000_012
CHEST_PAIN_NON_ANGINAL: Final = 2_000_000_013
CHEST_PAIN_ASYMPTOMATIC: Final = 2_000_000_014
FASTING_GLUCOSE_ABOVE_120: Final = 2_000_000_020
RESTING_ECG: Final = 2_000_000_030
RESTING_ECG_NORMAL: Final = 2_000_000_031
RESTING_ECG_ST_T_ABNORMAL: Final = 2_000_000_032
RESTING_ECG_LEFT_HYPERTROPHY: Final = 2_000_000_033
MAX_HEART_RATE: Final = 2_000_000_040
EXERCISE_ANGINA: Final = 2_000_000_050
ST_DEPRESSION: Final = 2_000_000_060
ST_SLOPE: Final = 2_000_000_070
ST_SLOPE_UP: Final = 2_000_000_071
ST_SLOPE_FLAT: Final = 2_000_000_072
ST_SLOPE_DOWN: Final = 2_000_000_073
VESSELS_COLOURED: Final = 2_000_000_080
THALLIUM_SCAN: Final = 2_000_000_090
THALLIUM_NORMAL: Final = 2_000_000_091
THALLIUM_FIXED_DEFECT: Final = 2_000_000_092
THALLIUM_REVERSIBLE_DEFECT: Final = 2_000_000_093
DISEASE_GRADE: Final = 2_000_000_100
PUBLISHED_RESEARCH_FILE: Final = 2_000_000_110

# Raw codes to values.
SEX: Final = {0: FEMALE, 1: MALE}
YES_OR_NO: Final = {0: NO, 1: YES}
CHEST_PAIN: Final = {
    1: CHEST_PAIN_TYPICAL_ANGINA,
    2: CHEST_PAIN_ATYPICAL_ANGINA,
    3: CHEST_PAIN_NON_ANGINAL,
    4: CHEST_PAIN_ASYMPTOMATIC,
}
ECG: Final = {0: RESTING_ECG_NORMAL, 1: RESTING_ECG_ST_T_ABNORMAL, 2: RESTING_ECG_LEFT_HYPERTROPHY}
SLOPE: Final = {1: ST_SLOPE_UP, 2: ST_SLOPE_FLAT, 3: ST_SLOPE_DOWN}
THALLIUM: Final = {3: THALLIUM_NORMAL, 6: THALLIUM_FIXED_DEFECT, 7: THALLIUM_REVERSIBLE_DEFECT}


@dataclass(frozen=True, slots=True)
class Concept:
    """One row of the small vocabulary. `standard` is "S" for standard concepts, empty for local ones."""

    id: int
    name: str
    domain: str
    vocabulary: str
    concept_class: str
    standard: str
    code: str


LOCAL_VOCABULARY: Final = "Onggi heart demo"


def _local(number: int, name: str, domain: str) -> Concept:
    return Concept(number, name, domain, LOCAL_VOCABULARY, "Local", "", str(number - LOCAL_FIRST))


CONCEPTS: Final[tuple[Concept, ...]] = (
    Concept(NO_MATCHING_CONCEPT, "No matching concept", "Metadata", "None", "Undefined", "", "0"),
    Concept(MALE, "Male", "Gender", "Gender", "Gender", "S", "M"),
    Concept(FEMALE, "Female", "Gender", "Gender", "Gender", "S", "F"),
    Concept(OUTPATIENT_VISIT, "Visit without a stay", "Visit", "Visit", "Visit", "S", "OP"),
    Concept(
        SYSTOLIC_PRESSURE, "Systolic pressure", "Measurement", "LOINC", "Clinical Observation", "S", "8480-6"
    ),
    Concept(SERUM_CHOLESTEROL, "Cholesterol in serum", "Measurement", "LOINC", "Lab Test", "S", "2093-3"),
    Concept(
        CORONARY_DISEASE,
        "Narrowed coronary arteries",
        "Condition",
        "SNOMED",
        "Clinical Finding",
        "S",
        "53741008",
    ),
    Concept(YES, "Yes", "Meas Value", "None", "Undefined", "S", "yes"),
    Concept(MM_HG, "Millimetres of mercury", "Unit", "UCUM", "Unit", "S", "mm[Hg]"),
    Concept(PER_MINUTE, "Counts a minute", "Unit", "UCUM", "Unit", "S", "{counts}/min"),
    Concept(MG_PER_DL, "Milligrams a decilitre", "Unit", "UCUM", "Unit", "S", "mg/dL"),
    Concept(MILLIMETRE, "Millimetre", "Unit", "UCUM", "Unit", "S", "mm"),
    Concept(CDM_54, "OMOP CDM 5.4", "Metadata", "None", "Undefined", "S", "5.4"),
    _local(NO, "No", "Meas Value"),
    _local(CHEST_PAIN_TYPE, "Kind of chest pain", "Observation"),
    _local(CHEST_PAIN_TYPICAL_ANGINA, "Typical angina", "Meas Value"),
    _local(CHEST_PAIN_ATYPICAL_ANGINA, "Atypical angina", "Meas Value"),
    _local(CHEST_PAIN_NON_ANGINAL, "Pain other than angina", "Meas Value"),
    _local(CHEST_PAIN_ASYMPTOMATIC, "No chest pain", "Meas Value"),
    _local(FASTING_GLUCOSE_ABOVE_120, "Fasting glucose above 120 mg/dL", "Observation"),
    _local(RESTING_ECG, "Resting electrocardiogram", "Observation"),
    _local(RESTING_ECG_NORMAL, "Normal tracing", "Meas Value"),
    _local(RESTING_ECG_ST_T_ABNORMAL, "Abnormal ST segment or T wave", "Meas Value"),
    _local(RESTING_ECG_LEFT_HYPERTROPHY, "Thickened left ventricle", "Meas Value"),
    _local(MAX_HEART_RATE, "Highest heart rate during exercise", "Measurement"),
    _local(EXERCISE_ANGINA, "Angina brought on by exercise", "Observation"),
    _local(ST_DEPRESSION, "ST depression during exercise relative to rest", "Measurement"),
    _local(ST_SLOPE, "Slope of the ST segment at peak exercise", "Observation"),
    _local(ST_SLOPE_UP, "Rising", "Meas Value"),
    _local(ST_SLOPE_FLAT, "Flat", "Meas Value"),
    _local(ST_SLOPE_DOWN, "Falling", "Meas Value"),
    _local(VESSELS_COLOURED, "Major vessels coloured by fluoroscopy", "Measurement"),
    _local(THALLIUM_SCAN, "Thallium scan", "Observation"),
    _local(THALLIUM_NORMAL, "Normal scan", "Meas Value"),
    _local(THALLIUM_FIXED_DEFECT, "Fixed defect", "Meas Value"),
    _local(THALLIUM_REVERSIBLE_DEFECT, "Reversible defect", "Meas Value"),
    _local(DISEASE_GRADE, "Angiographic grade of coronary disease, 0 to 4", "Measurement"),
    _local(PUBLISHED_RESEARCH_FILE, "Published research file", "Type Concept"),
)
