"""Sets what a job reads beside what its permit grants, hospital by hospital."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from onggi.protocol.bounds import Reads
from onggi.protocol.statements import DatasetGrant

What = Literal["concept", "domain", "demographic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeLine:
    """One thing that can be read: a concept by its number, a whole domain or a demographic by its name.

    `missing_at` are those of the job's hospitals where the permit does not grant it.
    """

    what: What
    name: int | str
    is_read: bool
    granted_at: tuple[str, ...]
    missing_at: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the job reads, and what the permit grants beyond it."""

    read: tuple[ScopeLine, ...]
    beyond: tuple[ScopeLine, ...]

    @property
    def is_covered(self) -> bool:
        """Whether everything that is read is granted at every hospital."""
        return not any(line.missing_at for line in self.read)


def compare_scope(
    reads: Reads, grants: Iterable[DatasetGrant], *, sites: Sequence[str], dataset: str
) -> Scope:
    """Concepts first, then domains and demographics, each in order."""
    asked = {site: _things_of(site, grants, dataset) for site in sites}
    granted = set().union(*asked.values()) if asked else set()
    read = _things(reads.concepts, reads.whole_domains, reads.demographics)
    lines = [
        ScopeLine(
            what=what,
            name=name,
            is_read=(what, name) in read,
            granted_at=tuple(site for site in sites if (what, name) in asked[site]),
            missing_at=tuple(site for site in sites if (what, name) not in asked[site]),
        )
        for what, name in sorted(read | granted, key=_in_order)
    ]
    return Scope(
        read=tuple(line for line in lines if line.is_read),
        beyond=tuple(line for line in lines if not line.is_read),
    )


def _things_of(site: str, grants: Iterable[DatasetGrant], dataset: str) -> set[tuple[What, int | str]]:
    """Of the first grant for the hospital's dataset, as nodes read a permit."""
    for grant in grants:
        if (grant.site, grant.dataset) == (site, dataset):
            return _things(grant.concepts, grant.whole_domains, grant.demographics)
    return set()


def _things(
    concepts: Iterable[int], domains: Iterable[str], demographics: Iterable[str]
) -> set[tuple[What, int | str]]:
    return {
        *(("concept", each) for each in concepts),
        *(("domain", each) for each in domains),
        *(("demographic", each) for each in demographics),
    }


def _in_order(thing: tuple[What, int | str]) -> tuple[int, int, str]:
    what, name = thing
    number = name if isinstance(name, int) else 0
    return ("concept", "domain", "demographic").index(what), number, str(name)
