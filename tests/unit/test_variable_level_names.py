"""Rules on small cells go by the names of levels, so every level has one, and no two the same."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from onggi.spec.variables import Variable

CATEGORY: dict[str, Any] = {"name": "stage", "domain": "observation", "kind": "category", "concepts": (1,)}
FLAG: dict[str, Any] = {"name": "ill", "domain": "observation", "kind": "flag", "concepts": (1,)}


@pytest.mark.parametrize(
    "given",
    [
        CATEGORY | {"levels": (1, 2, 3), "level_names": ("a", "a", "b")},
        CATEGORY | {"levels": (1, 2), "level_names": ("a", "a")},
        FLAG | {"level_names": ("only",)},
        FLAG | {"levels": (1, 2), "level_names": ("no", "yes", "other")},
        FLAG | {"levels": (1, 2), "level_names": ("yes", "yes")},
    ],
)
def test_a_level_without_a_name_of_its_own_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="name"):
        Variable(**given)


def test_a_flag_may_name_both_of_its_levels() -> None:
    assert Variable(**FLAG, levels=(1, 2), level_names=("absent", "present")).level_names[1] == "present"
