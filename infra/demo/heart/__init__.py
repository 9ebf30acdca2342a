"""The four UCI heart-disease hospitals, as raw files and as OMOP CDM 5.4."""
