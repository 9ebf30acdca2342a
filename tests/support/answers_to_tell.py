"""Answers of every kind, with withheld cells, and with the worst that somebody could type into them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_args

from onggi.client.answers import AnyAnswer, read_answer
from onggi.protocol.canonical import digest_of
from onggi.report.provenance import Provenance, RuleSaid
from onggi.spec.job import JobSpec
from onggi.spec.results import AnyResult, CountedFunnel, CountedGroups, CountTable, OverlapTable, Result
from tests.support.browser_questions import KINDS, question
from tests.support.described_examples import EXAMPLES, hostile_descriptions
from tests.support.job_specs import make_spec
from tests.support.model_answers import MODEL_ANSWERS

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'so' </text></svg></title><img src=x onerror=alert(1)>",
    "=HYPERLINK(1)\x1b[2J\u202eturned\u2028around\ufffe",
    "한국어 이름이 꽤 길어서 여러 줄로 나뉘는 단계",
    "-- \t@cell",
)
XSS: Final = (Path(__file__).parents[1] / "data" / "xss" / "payloads.txt").read_text("utf-8").splitlines()
RELEASED: Final = datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC)

WIDE_COUNT: Final = CountTable(
    sites=4,
    minimum_persons=10,
    steps=("all", "few", "fewer"),
    persons=(1920, 40, None),
    withheld=(None, None, "too_few_persons"),
    events=(2000, 45, None),
    funnels=(
        CountedFunnel(steps=("all", "other"), persons=(1920, None), withheld=(None, "difference_too_small")),
    ),
    groups=(
        CountedGroups(
            variable="sex",
            groups=("male", "female", "(missing)"),
            persons=(None, None, 0),
            withheld=("small_alone_or_by_difference", "secondary", None),
        ),
    ),
    rounded_to=5,
)
RESULT_TYPES: Final[tuple[str, ...]] = tuple(
    each.model_fields["result"].default for each in get_args(AnyResult)
)
RESULTS: Final[dict[str, Result]] = {
    "count with everything": WIDE_COUNT,
    **{f"{kind} of the browser's room": question(kind).answer for kind in KINDS},
    **EXAMPLES,
    **MODEL_ANSWERS,
}


def hostile_count() -> CountTable:
    """A funnel whose names were typed by somebody who means harm."""
    names = (*HOSTILE, *XSS)
    return CountTable(
        sites=4,
        minimum_persons=10,
        steps=names,
        persons=tuple(900 - at for at in range(len(names))),
        withheld=(None,) * len(names),
        groups=(CountedGroups(variable=names[0], groups=names[1:2], persons=(500,), withheld=(None,)),),
    )


def hostile_overlap() -> OverlapTable:
    """Names of cohorts that would act if they could."""
    return OverlapTable(
        sites=4,
        minimum_persons=10,
        cohorts=HOSTILE[:2],
        totals=(100, 90),
        totals_withheld=(None, None),
        combinations=((True, False), (True, True)),
        persons=(50, None),
        withheld=(None, "too_few_persons"),
    )


def hostile_fit() -> Result:
    """Terms likewise."""
    fit: Any = question("glm").answer
    return fit.model_copy(update={"terms": (*HOSTILE, *fit.terms)[: len(fit.terms)]})


def hostile_results() -> dict[str, Result]:
    """Each type of result that somebody's text reaches."""
    return {
        "count": hostile_count(),
        "overlap": hostile_overlap(),
        "glm": hostile_fit(),
        **hostile_descriptions(HOSTILE),
    }


def provenance_of(result: Result, spec: JobSpec | None = None) -> Provenance:
    """As `Job.result` would tell it."""
    return Provenance(
        job="job-1",
        spec=spec or make_spec({"PrimaryCriteria": {}}),
        result=digest_of(result),
        released=RELEASED,
        rules=(RuleSaid("at least 10 persons", 0), RuleSaid("cells under the threshold", 1)),
    )


def answer(result: Result, language: Any = "en", provenance: Provenance | None = None) -> AnyAnswer:
    """The result as a researcher holds it."""
    return read_answer(result.model_dump(mode="json"), language=language, provenance=provenance)
