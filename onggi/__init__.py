"""Ask many hospitals one exact question; rows never leave.

    import onggi
    client = onggi.connect("https://coordinator.example", token=...)
    spec = onggi.count(..., cohort=onggi.cohorts.everyone().rule("50+", onggi.cohorts.age(at_least=50)))
    job = client.submit(spec).wait()
    print(job.result().summary())

Names are looked up when first used: the services share this package's contract and load nothing of the SDK.
Their types stand in `__init__.pyi`.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {
    "Cohort": "onggi.spec.builders.cohort:Cohort",
    "concepts": "onggi.spec.builders.events:concepts",
    "events": "onggi.spec.builders.events",
    "Client": "onggi.client.connection:Client",
    "connect": "onggi.client.connection:connect",
    "DisclosureRules": "onggi.spec.disclosure_rules:DisclosureRules",
    "concept_report": "onggi.spec.builders.jobs:concept_report",
    "count": "onggi.spec.builders.jobs:count",
    "glm": "onggi.spec.builders.jobs:glm",
    "overlap": "onggi.spec.builders.jobs:overlap",
    "study": "onggi.spec.builders.study:study",
    "Study": "onggi.spec.builders.study:Study",
    "cohorts": "onggi.spec.builders.cohorts",
    "variables": "onggi.spec.builders.variables",
    "measurement": "onggi.spec.builders.variables:measurement",
    "outcome": "onggi.spec.builders.variables:outcome",
    "Refused": "onggi.errors:Refused",
    "NotTrusted": "onggi.errors:NotTrusted",
    "Unreachable": "onggi.errors:Unreachable",
}
__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'onggi' has no attribute {name!r}")
    module, _, member = _HOMES[name].partition(":")
    found = importlib.import_module(module)
    value = getattr(found, member) if member else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
