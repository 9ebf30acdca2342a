"""Another ceiling told beforehand, and how people write epsilon, delta and shares."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onggi.errors import Refused
from privacy.budgets.ceilings import MILLION, Ceiling, check_fits
from privacy.budgets.losses import PICO, ConcentratedLoss, Loss, PureLoss
from privacy.budgets.outlook import look_ahead
from privacy.budgets.written import (
    read_delta,
    read_epsilon,
    tell_delta,
    tell_left,
    tell_reserved,
    tell_used,
)

LOSSES = st.lists(
    st.one_of(
        st.builds(ConcentratedLoss, pico_rho=st.integers(1, PICO)),
        st.builds(PureLoss, pico_epsilon=st.integers(1, 2 * PICO)),
    ),
    max_size=4,
)
CEILINGS = st.builds(
    Ceiling.of,
    micro_epsilon=st.integers(1, 10_000_000),
    femto_delta=st.integers(1, 10**12),
    order=st.sampled_from([None, 150, 600]),
)


def _leaves(charged: list[Loss], loss: Loss, ceiling: Ceiling) -> bool:
    """As the register asks when an answer wants to leave."""
    try:
        check_fits(Counter(charged), [loss], ceiling)
    except Refused:
        return False
    return True


@settings(max_examples=60)
@given(charged=LOSSES, reserved=LOSSES, ceiling=CEILINGS)
def test_what_is_told_of_reserved_answers_is_what_the_register_does(
    charged: list[Loss], reserved: list[Loss], ceiling: Ceiling
) -> None:
    told = look_ahead(Counter(charged), Counter(reserved), ceiling)
    one_by_one, left = list(charged), 0
    for loss in reserved:
        if _leaves(one_by_one, loss, ceiling):
            one_by_one.append(loss)
            left += 1
    if told.reserved_leave == "all":
        assert left == len(reserved)
    elif told.reserved_leave == "none":
        assert left == 0
    else:
        assert 0 < left < len(reserved)
    least = (ConcentratedLoss(pico_rho=1), PureLoss(pico_epsilon=1))
    assert told.takes_more == any(_leaves([*charged, *reserved], each, ceiling) for each in least)


def test_without_a_ceiling_nothing_may_leave() -> None:
    one: Loss = PureLoss(pico_epsilon=PICO)
    told = look_ahead(Counter([one]), Counter([one]), None)
    assert (told.share_charged, told.share, told.reserved_leave, told.takes_more) == (
        MILLION,
        MILLION,
        "none",
        False,
    )
    assert look_ahead({}, {}, None).share == 0


@pytest.mark.parametrize(
    ("typed", "micro"), [("3", 3_000_000), ("0.5", 500_000), (".5", 500_000), ("3.", 3_000_000), ("1E-6", 1)]
)
def test_epsilon_is_read_to_the_millionth(typed: str, micro: int) -> None:
    assert read_epsilon(typed) == micro


@pytest.mark.parametrize(
    "typed",
    ["", "0", "-1", "+1", " 1", "1_0", "１", "1,5", "nan", "1e999", "0.0000001", "1.00000000000000000001"],
)
def test_what_is_no_number_or_finer_is_refused_not_rounded(typed: str) -> None:
    with pytest.raises(Refused, match=r"budget\.ceiling_wrong"):
        read_epsilon(typed)
    with pytest.raises(Refused, match=r"budget\.delta_wrong"):
        read_delta(f"{typed}x")


@pytest.mark.parametrize("typed", ["1e-6", "5e-1", "1e-15"])
def test_delta_is_told_as_it_is_read(typed: str) -> None:
    assert tell_delta(read_delta(typed)) == typed


@given(charged=st.integers(0, 3 * MILLION), more=st.integers(0, 3 * MILLION))
def test_used_never_looks_smaller_and_the_three_make_a_whole(charged: int, more: int) -> None:
    share = charged + more
    used = float(tell_used(charged).removesuffix(" %"))
    reserved = float(tell_reserved(charged, share).removesuffix(" %"))
    left = float(tell_left(share).removesuffix(" %"))
    assert used >= charged / 10_000
    assert share > MILLION or used + reserved + left == pytest.approx(100)
