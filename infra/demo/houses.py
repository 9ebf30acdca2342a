"""The demo's servers: one coordinator and four hospital nodes, set up by their own command lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from infra.demo.heart.to_cdm import HOSPITALS, write_cdm
from infra.demo.processes import Servers, free_port, hand_over, run_command, user_of
from infra.demo.study import DATASET, SITES

T = TypeVar("T")


def for_all_sites(work: Callable[[str], T]) -> dict[str, T]:
    """Does the same for every hospital at once. The first failure is raised."""
    with ThreadPoolExecutor(max_workers=len(SITES)) as pool:
        return dict(zip(SITES, pool.map(work, SITES), strict=True))


@dataclass(slots=True)
class Houses:
    """Folders, ports and processes of the demo."""

    folder: Path
    servers: Servers
    api_port: int = field(default_factory=free_port)
    link_port: int = field(default_factory=free_port)
    enrol_port: int = field(default_factory=free_port)

    @property
    def coordinator_home(self) -> Path:
        return self.folder / "coordinator"

    @property
    def authority_file(self) -> Path:
        """The certificate authority that clients of the API are told to believe."""
        return self.coordinator_home / "authority.pem"

    @property
    def api(self) -> str:
        return f"https://127.0.0.1:{self.api_port}"

    def node_home(self, site: str) -> Path:
        return self.folder / "nodes" / site

    def coordinator(self, *words: str) -> dict[str, Any]:
        """Runs one `onggi-coordinator` command and returns what it printed."""
        home = str(self.coordinator_home)
        done = run_command("coordinator", "--home", home, "--json", *words, user=user_of(0))
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def node(self, site: str, *words: str, stdin: str | None = None) -> dict[str, Any]:
        """Runs one `onggi-node` command and returns what it printed."""
        user = user_of(1 + SITES.index(site))
        home = str(self.node_home(site))
        done = run_command("node", "--home", home, "--json", *words, user=user, stdin=stdin)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    # --- coordinator ---------------------------------------------------------------------------------

    def make_coordinator(self) -> dict[str, Any]:
        """Home, keys and records. Returns what `init` tells: log key and authority."""
        home = self.coordinator_home
        home.mkdir(parents=True, mode=0o711)
        settings = {
            "api_port": self.api_port,
            "link_port": self.link_port,
            "enrol_port": self.enrol_port,
            "absent_seconds": 5,
        }
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        (home / "coordinator.toml").write_text('language = "en"\n' + "".join(lines))
        hand_over(home, user_of(0))
        return self.coordinator("init")

    def start_coordinator(self) -> None:
        log = self.folder / "logs" / "coordinator.log"
        words = ["--home", str(self.coordinator_home), "serve"]
        server = self.servers.start("coordinator", "coordinator", words, log=log, user=user_of(0))
        server.wait_for_port(self.link_port)
        server.wait_for_port(self.api_port)

    # --- hospitals -----------------------------------------------------------------------------------

    def make_node(self, site: str) -> str:
        """A node's home with keys. Returns the hospital's identity public key (PEM)."""
        home = self.node_home(site)
        home.mkdir(parents=True, mode=0o700)
        hand_over(home, user_of(1 + SITES.index(site)))
        made = self.node(
            site,
            "init",
            "--site",
            site,
            "--coordinator",
            f"127.0.0.1:{self.link_port}",
            "--enrol-port",
            str(self.enrol_port),
            "--dataset",
            DATASET,
        )
        key: str = made["identity"]["public_key"]
        return key

    def load_node(self, site: str) -> int:
        """Writes the hospital's CDM folder and loads it. Returns the number of persons."""
        cdm = self.folder / "cdm" / site
        write_cdm(HOSPITALS[site], folder=cdm)
        loaded = self.node(site, "load-omop", str(cdm))
        persons: int = next(table["kept"] for table in loaded["tables"] if table["table"] == "person")
        return persons

    def start_node(self, site: str) -> None:
        number = 1 + SITES.index(site)
        log = self.folder / "logs" / f"{site}.log"
        words = ["--home", str(self.node_home(site)), "run"]
        self.servers.start(site, "node", words, log=log, user=user_of(number))

    def start_console(self, site: str, *, port: int) -> str:
        """A hospital's own pages, beside its node and as its user. Returns their address."""
        log = self.folder / "logs" / f"{site}-console.log"
        words = ["--home", str(self.node_home(site)), "console", "serve", "--port", str(port)]
        user = user_of(1 + SITES.index(site))
        server = self.servers.start(f"{site}-console", "node", words, log=log, user=user)
        server.wait_for_port(port)
        return f"http://localhost:{port}/"
