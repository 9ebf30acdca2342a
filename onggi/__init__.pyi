# The types of the names that onggi/__init__.py looks up late; a test keeps the two lists equal.
from onggi.client.connection import Client as Client
from onggi.client.connection import connect as connect
from onggi.errors import NotTrusted as NotTrusted
from onggi.errors import Refused as Refused
from onggi.errors import Unreachable as Unreachable
from onggi.spec.builders import cohorts as cohorts
from onggi.spec.builders import events as events
from onggi.spec.builders import variables as variables
from onggi.spec.builders.cohort import Cohort as Cohort
from onggi.spec.builders.events import concepts as concepts
from onggi.spec.builders.jobs import concept_report as concept_report
from onggi.spec.builders.jobs import count as count
from onggi.spec.builders.jobs import glm as glm
from onggi.spec.builders.jobs import overlap as overlap
from onggi.spec.builders.study import Study as Study
from onggi.spec.builders.study import study as study
from onggi.spec.builders.variables import measurement as measurement
from onggi.spec.builders.variables import outcome as outcome
from onggi.spec.disclosure_rules import DisclosureRules as DisclosureRules

__version__: str
