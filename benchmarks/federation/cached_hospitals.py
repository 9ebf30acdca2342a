"""Hospitals that hold the made-up patients: loaded once by the product's own command, then kept for later.

A kept hospital is its keys and its store, in `benchmarks/.cache`, under the digest of what makes the data.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.federation.made_up_patients import generator_digest, write_cdm
from benchmarks.federation.running import TimedHouses
from infra.demo.processes import hand_over, user_of
from infra.demo.study import SITES
from onggi.protocol.keys import FileKey

CACHE = Path(__file__).resolve().parents[1] / ".cache"
_KEPT = ("keys", "store")


@dataclass(slots=True)
class MadeUpHouses(TimedHouses):
    """The demo's houses with other patients in them."""

    def make_node(self, site: str) -> str:
        made = TimedHouses.make_node(self, site)
        home, kept = self.node_home(site), self._kept(site)
        if not kept.exists():
            return made
        for name in _KEPT:
            shutil.rmtree(home / name)
            shutil.copytree(kept / name, home / name)
        hand_over(home, user_of(1 + _number(site)))
        # Read as text: the file is the node's own user's by now, and a key file of another is refused.
        return FileKey.from_pem((home / "keys" / "identity.pem").read_bytes()).public_key.pem

    def load_node(self, site: str) -> int:
        if not self._kept(site).exists():
            self._load_and_keep(site)
        return 0

    def _load_and_keep(self, site: str) -> None:
        with tempfile.TemporaryDirectory(prefix="onggi-patients-") as place:
            cdm = Path(place) / "cdm"
            write_cdm(_number(site), folder=cdm)
            Path(place).chmod(0o755)
            self.node(site, "load-omop", str(cdm))
        part = self._kept(site).with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.parent.mkdir(parents=True, exist_ok=True)
        part.parent.chmod(0o700)
        for name in _KEPT:
            shutil.copytree(self.node_home(site) / name, part / name)
        part.rename(self._kept(site))

    def _kept(self, site: str) -> Path:
        return CACHE / f"patients-{generator_digest()}" / site


def _number(site: str) -> int:
    return [str(one) for one in SITES].index(site)
