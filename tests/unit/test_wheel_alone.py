"""The researcher's package works alone: built, installed without network, beside files named like servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from onggi.protocol.canonical import digest_of
from onggi.spec.builders.cohorts import age, everyone
from onggi.spec.builders.jobs import count

ROOT = Path(__file__).resolve().parents[2]
TRAPS = ("tools", "node", "catalog", "privacy", "pages", "coordinator", "analysis_jobs", "infra")
FORBIDDEN = ("grpc", "flwr", "duckdb", "sqlalchemy", "pandas", "numpy", "pyarrow", "fastapi", "matplotlib")
PROGRAM = """
import sys
before = set(sys.modules)
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event in ("socket.connect", "open") else None)
import onggi
opened_by_import = [str(one) for one in opened if not str(one).endswith((".py", ".pyc", ".so"))]
loaded_by_import = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
from datetime import UTC, datetime
spec = onggi.count(
    title="How many", project="project-1", permit="permit-0001", dataset="heart",
    participants=["zurich", "budapest", "cleveland"], expires=datetime(2027, 1, 1, tzinfo=UTC),
    cohort=onggi.cohorts.everyone().rule("50 or more", onggi.cohorts.age(at_least=50)),
)
client = onggi.connect("https://coordinator.example", token="x")
import onggi.cli
from onggi.client.answers import read_answer
counted = {"result": "count_table", "sites": 4, "minimum_persons": 10, "steps": ["all", "few"],
           "persons": [120, None], "withheld": [None, "too_few_persons"]}
answer = read_answer(counted, language="ko")
told = [answer.to_html(), answer.to_svg(), answer.to_csv(), answer.to_json(), answer.methods(), str(answer)]
from onggi.protocol.canonical import digest_of
import json
print(json.dumps({
    "file": onggi.__file__, "digest": digest_of(spec), "import": loaded_by_import,
    "opened": opened_by_import, "told": [len(each) for each in told],
    "all": sorted({name.partition(".")[0] for name in sys.modules}),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that no other test sees a half-written folder."""
    work = tmp_path_factory.mktemp("wheel")
    source = work / "source"
    source.mkdir()
    kept = [name for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE") if (ROOT / name).exists()]
    for name in kept:
        shutil.copy(ROOT / name, source / name)
    for name in ("onggi", *TRAPS):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    if not (source / "README.md").exists():
        (source / "README.md").write_text("Onggi\n")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(work), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    [built] = work.glob("onggi-*.whl")
    return built


def _dependencies(requirements: list[str]) -> set[str]:
    """The distributions that these need, and what those need: what pip would install."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        if wanted.name.lower() in found:
            continue
        found.add(wanted.name.lower())
        waiting += [Requirement(line) for line in distribution(wanted.name).requires or ()]
    return found


def _link_into(folder: Path, names: set[str]) -> None:
    """Only these distributions, as links: a clean environment without a network."""
    for name in names:
        for file in distribution(name).files or ():
            top = file.parts[0]
            if top != ".." and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))).resolve())


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(python of a fresh environment with the wheel, a working folder full of traps)."""
    home = tmp_path_factory.mktemp("alone")
    environment = home / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=100)
    [packages] = environment.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
        [metadata] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        text = archive.read(metadata).decode()
    wanted = [line.removeprefix("Requires-Dist: ") for line in text.splitlines() if "Requires-Dist: " in line]
    _link_into(packages, _dependencies(wanted))
    work = home / "work"
    work.mkdir()
    for name in TRAPS:
        (work / f"{name}.py").write_text(f"raise ImportError('the wrong {name} was imported')\n")
    return environment / "bin" / "python", work


def run(alone: tuple[Path, Path], *words: str) -> str:
    python, work = alone
    clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(work), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [str(python), *words], cwd=work, env=clean, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_onggi_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"onggi"}
    assert len(tops) == 2
    assert {"onggi/py.typed", "onggi/__init__.pyi", "onggi/protocol/node_service_pb2.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or "test" in name.rpartition("/")[2]]


def test_it_works_alone_beside_files_with_our_servers_names(alone: tuple[Path, Path]) -> None:
    (alone[1] / "program.py").write_text(PROGRAM)
    said = json.loads(run(alone, "program.py"))
    here = count(
        title="How many",
        project="project-1",
        permit="permit-0001",
        dataset="heart",
        participants=["zurich", "budapest", "cleveland"],
        expires=datetime(2027, 1, 1, tzinfo=UTC),
        cohort=everyone().rule("50 or more", age(at_least=50)),
    )
    assert said["digest"] == digest_of(here)
    assert str(alone[0].parent.parent) in said["file"]
    assert set(said["import"]) <= {"onggi", "importlib", "warnings"}
    assert said["opened"] == []
    assert min(said["told"]) > 40
    assert not set(FORBIDDEN) & set(said["all"])
    assert not set(TRAPS) & set(said["all"])


def test_the_command_works_alone(alone: tuple[Path, Path]) -> None:
    assert "submit" in run(alone, "-m", "onggi", "--help")
    entry = "from importlib.metadata import entry_points as e; [p] = e(group='console_scripts', name='onggi')"
    assert run(alone, "-c", f"{entry}; print(p.value)").strip() == "onggi.cli:main"


def test_the_environment_is_really_clean(alone: tuple[Path, Path]) -> None:
    program = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    assert run(alone, "-c", program, *FORBIDDEN, "pydantic").strip() == "['pydantic']"
