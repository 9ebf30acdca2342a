"""What a researcher would change in a definition, drawn by chance from what its text leaves open.

A change that the text or the name of the definition shows to be empty is not drawn: nobody restricts to
adults what is restricted by age already, or asks for the women among mothers. Whether a change moves few
persons or many is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from tests.support.definition_events import named
from tests.trackers.honest.changes import Value, primary_asks, start_attribute
from tests.trackers.honest.definitions import library, read_expression, words_of

Changes: TypeAlias = tuple[tuple[str, Value], ...]
MALE, FEMALE = 8507, 8532

FEMALE_WORDS: Final = words_of(
    "breast cervix cesarean delivery dysmenorrhea eclampsia ectopic endometriosis gestational livebirth "
    "menorrhagia menstrual miscarriage obstetric ovarian postpartum pregnancy premature stillbirth uterine "
    "contraceptives"
)
MALE_WORDS: Final = words_of("prostate prostatitis impotence erectile testicular")
CHILD_WORDS: Final = words_of("congenital fetal fetus infant juvenile neonatal newborn")

_KINDS: Final = {
    "adults": 5,
    "band": 3,
    "sex": 2,
    "strata": 2,
    "period": 4,
    "prior": 4,
    "first": 3,
    "amend": 2,
}
"""How often each is drawn, before those are left out that the definition has no room for."""

_BANDS: Final = ((18, 64), (19, 64), (20, 79), (40, 69), (40, 79), (45, 74), (50, 74), (50, 84), (65, 84))
_ADULT: Final = (18, 18, 18, 18, 19, 20, 20)
_OLD: Final = (40, 50, 60, 65, 65)
_PRIOR: Final = (365, 365, 365, 365, 180, 180, 730)


@dataclass(frozen=True, slots=True)
class Room:
    """What a definition leaves open."""

    age: bool
    sex: bool
    period: bool
    prior_days: int
    first_only: bool


def room_of(definition: int) -> Room:
    """As its text and its name tell."""
    expression, words = read_expression(definition), library()[definition].words
    primary = primary_asks(expression)
    limit = str(expression["PrimaryCriteria"]["PrimaryCriteriaLimit"].get("Type", "First"))
    dated = any(asks.get(start_attribute(domain)) for domain, asks in primary)
    return Room(
        age=not named(expression, "Age") and not named(expression, "AgeInDays") and not words & CHILD_WORDS,
        sex=not named(expression, "Gender") and not words & (FEMALE_WORDS | MALE_WORDS),
        period=not dated and not expression.get("CensorWindow"),
        prior_days=int(expression["PrimaryCriteria"]["ObservationWindow"].get("PriorDays") or 0),
        first_only=limit.lower() == "first" or any(asks.get("First") for _, asks in primary),
    )


def fitting(room: Room, changes: Changes) -> Changes:
    """Those of another definition's changes of age, sex and period for which there is room."""
    open_to = {"age_from": room.age, "age_to": room.age, "sex": room.sex}
    open_to |= {"starts_from": room.period, "starts_to": room.period}
    return tuple((name, value) for name, value in changes if open_to.get(name, False))


def draw_refinement(random: Random, room: Room, base: Changes) -> Sequence[Changes]:
    """One further question about the definition as changed so far; for strata two; none without room."""
    there = {name for name, _ in base}
    ages = room.age and not there & {"age_from", "age_to"}
    open_kinds: Mapping[str, bool] = {
        "adults": ages,
        "band": ages,
        "sex": room.sex and "sex" not in there,
        "strata": (room.sex and "sex" not in there) or ages,
        "period": room.period and not there & {"starts_from", "starts_to"},
        "prior": "prior_days" not in there,
        "first": "first_only" not in there,
        "amend": bool(there - {"sex", "first_only"}),
    }
    kinds = [kind for kind, many in _KINDS.items() if open_kinds[kind] for _ in range(many)]
    if not kinds:
        return []
    kind = random.choice(kinds)
    if kind == "amend":
        return [_amended(random, base)]
    if kind == "strata":
        return [(*base, *stratum) for stratum in _strata(random, sex=open_kinds["sex"], age=ages)]
    return [(*base, *_added(random, kind, room))]


def _added(random: Random, kind: str, room: Room) -> Changes:
    match kind:
        case "adults":
            return (("age_from", random.choice(_ADULT)),)
        case "band":
            low, high = random.choice(_BANDS)
            return (("age_from", low), ("age_to", high)) if random.random() < 0.7 else _older(random)
        case "sex":
            return (("sex", random.choice((FEMALE, MALE))),)
        case "period":
            first = ("starts_from", f"{random.randint(2012, 2018)}-01-01")
            last = ("starts_to", f"{random.randint(2019, 2024)}-12-31")
            return random.choice(((first,), (first, last), (first, last), (last,)))
        case "prior":
            days = [each for each in _PRIOR if each != room.prior_days] + ([0] if room.prior_days else [])
            return (("prior_days", random.choice(days)),)
        case _:
            return (("first_only", not room.first_only),)


def _older(random: Random) -> Changes:
    return (("age_from", random.choice(_OLD)),)


def _strata(random: Random, *, sex: bool, age: bool) -> Sequence[Changes]:
    by_sex: Sequence[Changes] = [(("sex", FEMALE),), (("sex", MALE),)]
    by_age: Sequence[Changes] = [(("age_from", 18), ("age_to", 64)), (("age_from", 65),)]
    if sex and age:
        return random.choice((by_sex, by_age))
    return by_sex if sex else by_age


def _amended(random: Random, base: Changes) -> Changes:
    """One number moved, as after a remark of the protocol's reviewer."""
    at = random.choice([at for at, (name, _) in enumerate(base) if name not in ("sex", "first_only")])
    name, value = base[at]
    if name == "prior_days":
        moved: Value = random.choice([each for each in (180, 365, 730) if each != value])
    elif isinstance(value, str):
        moved = f"{int(value[:4]) + random.choice((-1, 1))}{value[4:]}"
    else:
        moved = _other_age(random, name, int(value))
    return (*base[:at], (name, moved), *base[at + 1 :])


def _other_age(random: Random, name: str, age: int) -> int:
    """Another idea of an adult, or a band that is wider or narrower."""
    if name == "age_from" and age <= 20:
        return random.choice([each for each in (18, 19, 20) if each != age])
    return age + random.choice((-5, 5) if name == "age_from" else (-5, 1, 5))
