"""Archives and vocabularies for tests of loading: zip files, and a download as Athena gives it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.cdm_folders import write_table

CONCEPT = (
    "concept_id",
    "concept_name",
    "domain_id",
    "vocabulary_id",
    "concept_class_id",
    "standard_concept",
    "concept_code",
    "valid_start_date",
    "valid_end_date",
    "invalid_reason",
)
VERSION = "v5.0 27-FEB-25"
INFARCT, HEART_DISEASE = 4329847, 321588


def pack(folder: Path, archive: Path, *, below: str = "", method: int = zipfile.ZIP_DEFLATED) -> Path:
    """The files of a folder as a zip file, below another folder or not."""
    with zipfile.ZipFile(archive, "w", method) as packed:
        for path in sorted(folder.iterdir()):
            packed.write(path, f"{below}{path.name}")
    return archive


def pack_members(archive: Path, members: Mapping[str, bytes]) -> Path:
    """A zip file of these contents."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return archive


def write_athena(folder: Path, *, version: str = VERSION, extra_concepts: int = 0) -> Path:
    """A vocabulary as it is downloaded: tabs, bare quotation marks, compact dates, tools beside it."""
    day, last = "19700101", "20991231"
    concepts: list[tuple[object, ...]] = [
        (HEART_DISEASE, 'Heart "disease"', "Condition", "SNOMED", "Disorder", "S", "56265001", day, last, ""),
        (INFARCT, "Infarct, 5' \"wide", "Condition", "SNOMED", "Disorder", "S", "22298006", day, last, ""),
        (8507, "MALE", "Gender", "Gender", "Gender", "S", "M", day, last, ""),
    ]
    concepts += [
        (5_000_000 + n, f"Made up {n}", "Condition", "SNOMED", "Disorder", "S", str(n), day, last, "")
        for n in range(extra_concepts)
    ]
    _write(folder, "CONCEPT", CONCEPT, concepts)
    names = ("vocabulary_id", "vocabulary_name", "vocabulary_reference", "vocabulary_version")
    vocabulary = (*names, "vocabulary_concept_id")
    _write(folder, "VOCABULARY", vocabulary, [("None", "OMOP", "OMOP", version, 44819096)])
    _write(folder, "DOMAIN", ("domain_id", "domain_name", "domain_concept_id"), [("Condition", "C", 19)])
    classes = ("concept_class_id", "concept_class_name", "concept_class_concept_id")
    _write(folder, "CONCEPT_CLASS", classes, [("Disorder", "D", 1)])
    ancestor = (
        "ancestor_concept_id",
        "descendant_concept_id",
        "min_levels_of_separation",
        "max_levels_of_separation",
    )
    related = [(HEART_DISEASE, INFARCT, 1, 2), (HEART_DISEASE, HEART_DISEASE, 0, 0), (INFARCT, INFARCT, 0, 0)]
    _write(folder, "CONCEPT_ANCESTOR", ancestor, related)
    relation = ("concept_id_1", "concept_id_2", "relationship_id")
    dated = (*relation, "valid_start_date", "valid_end_date", "invalid_reason")
    _write(folder, "CONCEPT_RELATIONSHIP", dated, [(INFARCT, INFARCT, "Maps to", day, last, "")])
    kinds = (
        "relationship_id",
        "relationship_name",
        "is_hierarchical",
        "defines_ancestry",
        "reverse_relationship_id",
        "relationship_concept_id",
    )
    _write(folder, "RELATIONSHIP", kinds, [("Maps to", "Maps", 0, 0, "Mapped from", 2)])
    synonym = ("concept_id", "concept_synonym_name", "language_concept_id")
    _write(folder, "CONCEPT_SYNONYM", synonym, [(INFARCT, 'so-called "MI"', 4180186)])
    strength = ("drug_concept_id", "ingredient_concept_id", "amount_value", "valid_start_date")
    _write(folder, "DRUG_STRENGTH", (*strength, "valid_end_date"), [(1, 2, "0.5", day, last)])
    cpt4 = [(2000, "", "Procedure", "CPT4", "CPT4", "S", "99213", day, last, "")]
    _write(folder, "CONCEPT_CPT4", CONCEPT, cpt4)
    (folder / "cpt4.jar").write_bytes(b"PK\x03\x04 a tool")
    (folder / "readme.txt").write_text("how to fill in the names\n")
    return folder


def _write(folder: Path, name: str, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    """As published: no quoting at all."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(header), *("\t".join(str(value) for value in row) for row in rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_source_map(folder: Path) -> Path:
    """A hospital's own codes, mapped: theirs, whatever vocabulary they use."""
    header = ("source_code", "source_concept_id", "source_vocabulary_id", "target_concept_id")
    dates = ("target_vocabulary_id", "valid_start_date", "valid_end_date")
    rows = [("A1", 0, "local", INFARCT, "SNOMED", "2020-01-01", "2099-12-31")]
    return write_table(folder, "source_to_concept_map.csv", (*header, *dates), rows)
