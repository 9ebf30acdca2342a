"""Coordinator and nodes judge a job's hospitals alike: members of the federation, enough to hide each."""

from __future__ import annotations

import pytest

from onggi.errors import NotTrusted, Refused
from onggi.protocol.bounds import check_participants
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.job import JobSpec, Privacy
from tests.support.federation_root import hospital, make_root
from tests.support.job_specs import make_spec

SITES = ("budapest", "cleveland", "longbeach", "zurich")


def _root(**entities: str) -> TrustRoot:
    """A federation in which these sites belong to the named legal entities."""
    named = [
        hospital(site, **({"legal_entity": entities[site]} if site in entities else {})) for site in SITES
    ]
    return make_root(hospitals=named)


def _spec(*sites: str, masked: bool) -> JobSpec:
    spec = make_spec(cohort(everyone()))
    return spec.model_copy(
        update={"participants": sites, "privacy": Privacy(minimum_persons=10, masked=masked)}
    )


def test_every_hospital_must_belong_to_the_federation() -> None:
    check_participants(_spec(*SITES, masked=True), _root())
    with pytest.raises(NotTrusted) as refused:
        check_participants(_spec("busan", *SITES, masked=False), _root())
    assert refused.value.code == "order.unknown_participant"


def test_sites_of_one_legal_entity_count_once_under_masks() -> None:
    """Three sites of two owners: the two would know each other's part from the sum."""
    root = _root(budapest="One foundation", cleveland="One foundation")
    three = ("budapest", "cleveland", "zurich")
    with pytest.raises(Refused) as refused:
        check_participants(_spec(*three, masked=True), root)
    assert refused.value.code == "masks.too_few_entities"
    assert refused.value.facts == {"have": 2, "needed": 3}
    check_participants(_spec(*three, masked=False), root)
    check_participants(_spec(*SITES, masked=True), root)
