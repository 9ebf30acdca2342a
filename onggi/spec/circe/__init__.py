"""The OHDSI Circe cohort definition (the JSON of ATLAS) as a contract: read strictly into a typed plan."""
