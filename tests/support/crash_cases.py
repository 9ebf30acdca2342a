"""Walks one server through a list of deaths while a job runs, and looks at what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable, ModelFit
from tests.support.crash_federation import FILES, SITES, CrashHouse, Template, crash_house, make_template
from tests.support.crash_model import check_house
from tests.support.crash_processes import COORDINATOR, NODE, Forks
from tests.support.heart_oracle import funnel, pooled_fit


class CrashTests:
    """What the cases of one test module share: the template and the warm processes."""

    def __init__(self, template: Template, forks: dict[str, Forks], folder: Path) -> None:
        self._template = template
        self._forks = forks
        self._folder = folder
        self._cases = 0

    @contextmanager
    def house(self) -> Iterator[CrashHouse]:
        """A federation that never ran a job."""
        self._cases += 1
        folder = self._folder / f"case-{self._cases}"
        folder.mkdir()
        with crash_house(self._template, folder, self._forks) as house:
            yield house


@contextmanager
def crash_tests(folder: Path) -> Iterator[CrashTests]:
    folder.chmod(0o755)
    with ExitStack() as stack:
        forks = {
            "node": stack.enter_context(Forks(NODE)),
            "coordinator": stack.enter_context(Forks(COORDINATOR)),
        }
        (folder / "template").mkdir()
        yield CrashTests(make_template(folder / "template"), forks, folder)


def die_at_each(house: CrashHouse, who: str, points: Sequence[str], *, spec: JobSpec) -> str:
    """Runs one job, in the course of which `who` is killed at each of the points. The job's id."""
    house.start_all(**{who: points[0]})
    job = house.submit(spec).id
    for point, following in zip(points, (*points[1:], None), strict=True):
        house.wait_for_death(who, point)
        house.start(who, point=following)
    house.wait_for_job(job)
    return job


def check_counted(house: CrashHouse, job: str) -> None:
    """The job's numbers are those of the raw files."""
    result = house.services.results.get(job).result
    assert isinstance(result, CountTable)
    assert result.persons == funnel(FILES)
    assert result.sites == len(SITES)


def check_fitted(house: CrashHouse, job: str) -> None:
    result = house.services.results.get(job).result
    assert isinstance(result, ModelFit)
    wanted = pooled_fit(FILES)
    assert (result.n, result.events) == (wanted.n, wanted.events)
    pairs = zip(result.coefficients, wanted.coefficients, strict=True)
    assert all(abs(one - other) < 1e-6 for one, other in pairs)


def come_to_rest(house: CrashHouse, states: dict[str, str]) -> None:
    """Waits until every hospital has destroyed every run, then checks everything."""
    house.wait_for_deletions(len(SITES) * len(states))
    house.wait_until_quiet()
    check_house(house, jobs=states)


def check_count_survives(crashes: CrashTests, who: str, points: Sequence[str]) -> None:
    """A count in clear, through the deaths of `who`: the right numbers, nothing lost, nothing twice."""
    with crashes.house() as house:
        job = die_at_each(house, who, points, spec=house.count_spec())
        come_to_rest(house, {job: "held"})
        check_counted(house, job)


def check_regression_survives(crashes: CrashTests, who: str, points: Sequence[str]) -> None:
    """A masked regression, through the deaths of `who`: the right numbers, nothing lost, nothing twice."""
    with crashes.house() as house:
        job = die_at_each(house, who, points, spec=house.glm_spec())
        come_to_rest(house, {job: "held"})
        check_fitted(house, job)
