"""How much noise each hospital adds to each of its counts, worked out from the spec and who takes part.

* In clear every hospital adds noise for the whole loss: its own counts are seen.
* Under masks it adds a share of the noise that the sum must have. With n hospitals and the masks' threshold t
  a share is so large that n - t + 1 of them carry the whole noise. So many honest shares there are when all
  took part and t - 1 hospitals take their own off again, and when only t took part and 2 t - n - 1 of them
  work with a coordinator that lies: the very limits up to which the masks themselves hold.
* Half of a number's declared range is for the counts and half for the noise; neither depends on data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Entry, Layout
from analysis_jobs.kinds.noisy.sensitivity import sensitivity_of
from analysis_jobs.kinds.ranges import site_limit
from analysis_jobs.kinds.registry import get_kind
from analysis_jobs.sums.contexts import participants_of
from analysis_jobs.sums.vector import vector_length
from onggi.errors import Refused
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.job import JobSpec
from onggi.spec.results import AddedNoise
from privacy.budgets.cost import gaussian_cost
from privacy.budgets.losses import ConcentratedLoss
from privacy.masks.context import lowest_threshold
from privacy.noise.adding import add_gaussian
from privacy.noise.planning import gaussian_variance
from privacy.noise.shares import plan_shares
from privacy.noise.sources import NoiseSource

_DEVIATIONS = 64
"""Beyond so many lies less than 10^-400 of the noise: the range is never left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisePlan:
    """What each hospital adds to each number of its reply: discrete Gaussian noise of this variance."""

    loss: ConcentratedLoss
    """What it costs each person of one hospital, all numbers together."""
    variance: Fraction
    reach: int
    """The largest count, and the largest amount of noise, of one hospital."""

    def add(self, arrays: Arrays, *, source: NoiseSource) -> dict[str, Array]:
        """Counts with fresh noise. Whoever calls it twice for one answer must have paid twice."""
        noisy: dict[str, Array] = {}
        for name, counts in sorted(arrays.items()):
            held = np.clip(counts, 0, self.reach).astype(np.int64)
            drawn = add_gaussian(held, reach=self.reach, variance=self.variance, source=source)
            noisy[name] = np.clip(drawn, -self.reach, 2 * self.reach).astype(np.float64)
        return noisy

    def told(self, *, sites: int) -> AddedNoise:
        """What a reader of the sum over so many hospitals must know."""
        return AddedNoise(
            mechanism="discrete_gaussian", standard_deviation=round(math.sqrt(self.variance * sites), 3)
        )


def plan_noise(spec: JobSpec, *, root: TrustRoot) -> NoisePlan | None:
    """The plan of a job that asks for noise, None for any other.

    Args:
        root: says which hospitals are of one legal entity; the threshold of the masks depends on it.

    Raises:
        Refused: ``privacy.no_noise_here``, ``noise.events_unbounded``; ``budget.request_too_small`` and
            ``budget.request_too_large``; ``noise.no_room`` and ``noise.grid_too_coarse``.
        NotTrusted: ``order.unknown_participant``.
    """
    asked = spec.privacy.differential_privacy
    if asked is None:
        return None
    sensitivity, loss = sensitivity_of(spec), gaussian_cost(asked)
    variance = gaussian_variance(sensitivity, loss)
    if spec.privacy.masked:
        participants = participants_of(root, spec)
        shares = plan_shares(
            sensitivity,
            loss,
            hospitals=len(participants),
            lost=lowest_threshold(participants) - 1,
            entries=_numbers_of(spec),
        )
        variance = shares.variance
    reach = reach_of(len(spec.participants))
    if variance * _DEVIATIONS**2 >= reach * reach:
        raise Refused("noise.no_room")
    return NoisePlan(loss=loss, variance=variance, reach=reach)


def _numbers_of(spec: JobSpec) -> int:
    """How many numbers the one reply holds."""
    kind = get_kind(spec.kind)
    ask = kind.next(spec, [], sites=1)
    assert isinstance(ask, Ask), "a kind of counts asks first"
    return vector_length(kind.layout(spec, ask, participants=len(spec.participants)).arrays)


def reach_of(participants: int) -> int:
    """The largest count of one hospital; twice as much fits its place in a sum."""
    return int(site_limit(participants)) // 2


def noisy_layout(layout: Layout, *, participants: int) -> Layout:
    """The layout of counts with noise. True counts are no evidence here: hospitals would see their sum."""
    reach = float(reach_of(participants))
    arrays = tuple(Entry(each.name, each.shape, -reach, 2 * reach, whole=True) for each in layout.arrays)
    return Layout(arrays=arrays, evidence=(Entry("hospitals", (1,), 1.0, 1.0, whole=True),))
