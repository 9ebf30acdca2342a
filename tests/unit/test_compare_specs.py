"""Two specifications field by field: no difference is passed over, and what says the same is not shown."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.decisions.compare_scope import compare_scope
from coordinator.decisions.compare_specs import Change, compare_specs, compare_values
from coordinator.decisions.compare_texts import LONGEST, ChangedLine, compare_named_texts, compare_texts
from onggi.protocol.bounds import Reads
from onggi.protocol.statements import DatasetGrant
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from tests.support.browser_questions import KINDS, question
from tests.support.coordinator_house import house_spec

_plain = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])
_FIELDS = ("title", "participants", "variables", "cohort", "name", "id", "ConceptSets", "terms", "references")
values = st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=4),
    max_leaves=20,
)


def spec(kind: str = "glm", **changes: Any) -> JobSpec:
    return house_spec("project-1", "permit-1", **question(kind).asked | changes)


def told(old: JobSpec, new: JobSpec) -> list[tuple[tuple[str, ...], str, Any, Any]]:
    return [(each.path, each.how, each.old, each.new) for each in compare_specs(old, new)]


@given(values)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert compare_values(value, deepcopy(value)) == []


@given(values, values)
def test_whether_anything_differs_is_the_same_from_both_sides(one: Any, other: Any) -> None:
    there, back = compare_values(one, other), compare_values(other, one)
    assert bool(there) == bool(back)
    assert bool(there) or _sorted(one) == _sorted(other)


@given(values, values)
def test_every_difference_differs_and_is_told_from_its_side(one: Any, other: Any) -> None:
    for change in compare_values(one, other):
        if change.how == "added":
            assert change.old is None
        elif change.how == "removed":
            assert change.new is None
        else:
            assert repr(change.old) != repr(change.new)


def _sorted(value: Any) -> Any:
    """All orders forgotten: whatever is the same in the comparison is the same here."""
    if isinstance(value, dict):
        return sorted((name, repr(_sorted(each))) for name, each in value.items())
    if isinstance(value, list):
        return sorted(repr(_sorted(each)) for each in value)
    return value


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every plain value."""
    if isinstance(value, dict):
        return [place for name, each in value.items() for place in _places(each, (*path, name))]
    if isinstance(value, list):
        return [place for at, each in enumerate(value) for place in _places(each, (*path, at))]
    return [path]


@pytest.mark.parametrize("kind", KINDS)
def test_no_single_value_can_change_unseen(kind: str) -> None:
    """Every leaf of a real job of each kind, one after the other."""
    whole = spec(kind).model_dump(mode="json")
    for place in _places(whole):
        changed = deepcopy(whole)
        at: Any = changed
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = "something else"
        assert compare_values(whole, changed), place


@pytest.mark.parametrize("kind", KINDS)
def test_where_order_means_nothing_it_is_not_looked_at(kind: str) -> None:
    old = spec(kind)
    fields = old.model_dump(mode="json")
    shuffled = random.Random(5)
    for listed in (
        fields["variables"],
        fields["cohort"].get("ConceptSets", []),
        fields["parameters"].get("cohorts", []),
        *(each["concepts"] for each in fields["variables"]),
        *(each["expression"]["items"] for each in fields["cohort"].get("ConceptSets", [])),
    ):
        shuffled.shuffle(listed)
    assert compare_specs(old, JobSpec.model_validate(fields)) == []


def test_where_order_means_something_it_is_seen() -> None:
    old = spec("count")
    fields = old.model_dump(mode="json")
    fields["cohort"]["InclusionRules"].reverse()
    assert compare_specs(old, JobSpec.model_validate(fields))
    one = {"cohort": {"PrimaryCriteria": {"CriteriaList": [{"Death": {}}, {"VisitOccurrence": {}}]}}}
    other = {"cohort": {"PrimaryCriteria": {"CriteriaList": [{"VisitOccurrence": {}}, {"Death": {}}]}}}
    assert compare_values(one, other)
    group = {"cohort": {"AdditionalCriteria": {"CriteriaList": [{"a": 1}, {"b": 2}]}}}
    turned = {"cohort": {"AdditionalCriteria": {"CriteriaList": [{"b": 2}, {"a": 1}]}}}
    assert compare_values(group, turned) == []
    assert told(spec(), spec(parameters=spec().parameters.model_copy(update={"terms": ("male", "age")})))


def test_plain_fields_are_told_with_both_values() -> None:
    old = spec("count")
    new = spec("count", minimum_sites=4, privacy={"minimum_persons": 20}, participants=["a", "b", "c", "d"])
    assert (("minimum_sites",), "changed", 3, 4) in told(old, new)
    assert (("privacy", "minimum_persons"), "changed", 10, 20) in told(old, new)
    assert (("participants",), "removed", "zurich", None) in told(old, new)
    assert (("participants",), "added", None, "a") in told(old, new)


def test_named_things_are_compared_under_their_names() -> None:
    old = spec("glm")
    fields = old.model_dump(mode="json")
    first, second, *others = fields["variables"]
    changed = second | {"name": second["name"], "low": -7.5, "high": 700.0}
    fields["variables"] = [*others, changed, first | {"name": "another"}]
    found = {each.path: each.how for each in compare_values(old.model_dump(mode="json"), fields)}
    assert found == {
        ("variables", f"[{first['name']}]"): "removed",
        ("variables", "[another]"): "added",
        ("variables", f"[{second['name']}]", "low"): "changed",
        ("variables", f"[{second['name']}]", "high"): "changed",
    }


def test_a_rule_put_in_between_is_one_added_rule() -> None:
    old = spec("count")
    fields = old.model_dump(mode="json")
    rules = fields["cohort"]["InclusionRules"]
    rules.insert(1, {"name": "New", "expression": {"Type": "ALL"}})
    [change] = compare_specs(old, JobSpec.model_validate(fields))
    assert change == Change(("cohort", "InclusionRules", "[2]"), "added", None, rules[1])


def test_truth_is_no_number_and_a_table_of_names_has_no_fields() -> None:
    assert [each.how for each in compare_values({"masked": True}, {"masked": 1})] == ["changed"]
    assert compare_values({"low": 1}, {"low": 1.0}) == []
    [change] = compare_values({"references": {"title": "a"}}, {"references": {"title": "b"}})
    assert change.path == ("references", "[title]"), "a variable of that name, not the job's title"


def test_dates_and_ids_are_told_apart_from_the_question() -> None:
    later = house_spec(
        "project-1", "permit-2", **question("count").asked | {"expires": "2030-01-01T00:00:00Z"}
    )
    changes = compare_specs(spec("count"), later)
    assert {each.path for each in changes} == {("permit",), ("expires",)}
    assert not any(each.is_of_the_question for each in changes)
    assert all(each.is_of_the_question for each in compare_specs(spec("count"), spec("count", seed=9)))


def test_two_things_of_one_name_are_compared_as_a_bag() -> None:
    old = {"ConceptSets": [{"id": 1, "x": 1}, {"id": 1, "x": 2}]}
    assert compare_values({"cohort": old}, {"cohort": {"ConceptSets": old["ConceptSets"][::-1]}}) == []
    assert compare_values({"cohort": old}, {"cohort": {"ConceptSets": old["ConceptSets"][:1]}})


def test_a_long_list_is_compared_at_once() -> None:
    """Ten thousand equal rules would take minutes to align."""
    rules = [{"name": "same"}] * 10_000
    one = {"cohort": {"InclusionRules": rules}}
    other = {"cohort": {"InclusionRules": [*rules[1:], {"name": "other"}]}}
    [change] = compare_values(one, other)
    assert change.path[-2:] == ("[10000]", "name")


# texts


def test_lines_that_came_and_went() -> None:
    assert compare_texts("a\nb\nc\n", "a\nc\nd\n") == [ChangedLine("removed", "b"), ChangedLine("added", "d")]
    assert compare_texts("a\n", "a\n") == []
    assert compare_texts("a\n" * (LONGEST + 1), "a\n") is None
    named = compare_named_texts({"": "a", "Men": "b"}, {"": "a", "Women": "c"})
    assert named == {"Men": [ChangedLine("removed", "b")], "Women": [ChangedLine("added", "c")]}


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_changed_lines_make_one_text_of_the_other(one: list[str], other: list[str]) -> None:
    changed = compare_texts("\n".join(one), "\n".join(other))
    assert changed is not None
    left = list(one)
    for each in changed:
        if each.how == "removed":
            left.remove(each.line)
        else:
            left.append(each.line)
    assert sorted(left) == sorted(other)


# scope

_sites = st.sampled_from(["a", "b", "c"])
_concepts = st.frozensets(st.integers(1, 6))


@given(reads=_concepts, grants=st.dictionaries(_sites, _concepts, min_size=1))
def test_scope_splits_what_is_read_from_what_is_granted_beyond(
    reads: frozenset[int], grants: dict[str, frozenset[int]]
) -> None:
    sites = sorted(grants)
    granted = [_grant(site, concepts=tuple(sorted(grants[site]))) for site in sites]
    scope = compare_scope(
        Reads(concepts=reads, whole_domains=set(), demographics=set()), granted, sites=sites, dataset="heart"
    )
    assert {line.name for line in scope.read} == reads
    assert {line.name for line in scope.beyond} == frozenset().union(*grants.values()) - reads
    for line in (*scope.read, *scope.beyond):
        assert line.granted_at == tuple(site for site in sites if line.name in grants[site])
        assert sorted((*line.granted_at, *line.missing_at)) == sites
    assert scope.is_covered == all(reads <= grants[site] for site in sites)


def test_scope_keeps_kinds_apart_and_in_order() -> None:
    reads = Reads(concepts={10, 9}, whole_domains={"death"}, demographics={"age"})
    grant = _grant("a", concepts=(9, 10), whole_domains=("death", "drug"), demographics=("sex",))
    other = _grant("a", dataset="other", concepts=(77,))
    scope = compare_scope(reads, [other, grant], sites=["a"], dataset="heart")
    assert [(each.what, each.name) for each in scope.read] == [
        ("concept", 9),
        ("concept", 10),
        ("domain", "death"),
        ("demographic", "age"),
    ]
    assert [(each.what, each.name) for each in scope.beyond] == [("domain", "drug"), ("demographic", "sex")]
    assert scope.read[-1].missing_at == ("a",)
    assert not scope.is_covered
    assert not compare_scope(reads, [], sites=["a"], dataset="heart").is_covered


def _grant(site: str, *, dataset: str = "heart", **granted: Any) -> DatasetGrant:
    return DatasetGrant(site=SiteId(site), dataset=dataset, **granted)
