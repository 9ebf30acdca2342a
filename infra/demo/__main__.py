"""`make demo`: runs the main job once and writes `.demo/report.json`; `--keep` leaves everything running."""

from __future__ import annotations

import argparse
import logging
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from analysis_jobs.runner.doctor import check_available
from infra.demo.houses import Houses
from infra.demo.kept import kept_commands, kept_doors, write_doors
from infra.demo.life import bring_to_life
from infra.demo.processes import REPOSITORY, Servers, user_of
from infra.demo.report import PooledFit, largest_difference, pooled_fit, report_document, write_report
from infra.demo.story import Story
from onggi.errors import OnggiError
from onggi.spec.results import CountTable, ModelFit
from onggi.words import public_words

TOLERANCE = 1e-6
FOLDER = REPOSITORY / ".demo"


def show_count(console: Console, count: CountTable) -> None:
    table = Table(title="Patients (four hospitals, pooled)", title_justify="left", box=None)
    table.add_column("Step")
    table.add_column("Persons", justify="right")
    for step in count.funnel():
        table.add_row(step.name, f"{step.persons:,}")
    console.print(table)


def show_fit(console: Console, fit: ModelFit, pooled: PooledFit) -> None:
    table = Table(
        title=f"Coronary disease (n {fit.n}, events {fit.events}; logistic, summed under masks)",
        title_justify="left",
        box=None,
    )
    for name in ("Term", "Coefficient", "Standard error", "Pooled coefficient"):
        table.add_column(name, justify="left" if name == "Term" else "right")
    rows = zip(fit.terms, fit.coefficients, fit.standard_errors, pooled.coefficients, strict=True)
    for term, coefficient, error, pooled_coefficient in rows:
        table.add_row(term, f"{coefficient:.6f}", f"{error:.6f}", f"{pooled_coefficient:.6f}")
    console.print(table)


def show_kept(console: Console, story: Story) -> None:
    """Brings the house to life; then addresses, and what to try next."""
    life = bring_to_life(story)
    write_doors(story, life)
    doors = kept_doors(story, console=life.console)
    api, commands = story.houses.api, kept_commands(story)
    console.print("\n[bold]Everything keeps running.[/bold] Stop it with Ctrl+C.")
    console.print("Pages; the browser asks once about the demo's own certificate:")
    for door in doors:
        console.print(f"  {door}", soft_wrap=True, markup=False)
    console.print(f"The API is described at {api}/v1/openapi.json. In another terminal, try:", markup=False)
    for what, line in commands:
        console.print(f"\n  {what}:", markup=False)
        console.print(f"    {line}", soft_wrap=True, markup=False)


def tell(console: Console, story: Story) -> bool:
    """The whole story. Returns whether federated and pooled agree."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        pooled_later = beside.submit(pooled_fit)
        story.set_up()
        story.get_permit()
        jobs = {
            "count": story.run_job("count", "count: a funnel of four steps"),
            "glm": story.run_job("glm", "glm: disease on seven findings, masked"),
        }
        count, fit = story.export(jobs)
        with story.phase("evidence", "Hospitals show what left and what they destroyed; the log is verified"):
            releases, deletions, log = story.releases(), story.deletions(), story.verify_log()
            rounds: list[float] = story.houses.coordinator("rounds", jobs["glm"].id)["milliseconds"]
        pooled = pooled_later.result()
    difference = largest_difference(fit, pooled)
    document: dict[str, Any] = report_document(
        count=count,
        fit=fit,
        difference=difference,
        rounds_ms=rounds,
        phases=story.phases,
        log=log,
        deletions=deletions,
        releases=releases,
    )
    write_report(document, story.houses.folder / "report.json")
    console.print()
    show_count(console, count)
    console.print()
    show_fit(console, fit, pooled)
    sent = sum(entry["bytes"] for entries in releases.values() for entry in entries)
    console.print(
        f"\n{deletions} workspaces destroyed and signed for; {sent:,} bytes left four hospitals in all; "
        f"log of {log['tree_size']} entries verified; {document['phases_seconds']['total']:.1f} s"
    )
    agrees = difference <= TOLERANCE
    verdict = "federated = pooled" if agrees else "federated DIFFERS from pooled"
    console.print(f"[bold]{verdict}[/bold] (largest difference {difference:.1e})")
    return agrees


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--keep", action="store_true", help="leave everything running (make demo KEEP=1)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where everything is kept")
    options = parser.parse_args(arguments)
    folder = options.folder.absolute()
    console = Console(highlight=False)
    logging.disable(logging.CRITICAL)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    try:
        check_available(uid=user_of(1), run_name="demo-check")
        with Servers().until_done() as servers:
            story = Story(Houses(folder, servers), console)
            console.print(
                "[bold]Onggi[/bold]: four real hospitals, one approved question, one reviewed answer"
            )
            agrees = tell(console, story)
            if options.keep:
                show_kept(console, story)
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
                while True:
                    time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except OnggiError as error:
        cause, following = public_words(error, "en")
        console.print(f"[red]{error.code}[/red]: {cause}\n{following}", markup=True)
        return 1
    except RuntimeError as fault:
        console.print(f"{fault}\nLog files: {folder / 'logs'}", markup=False)
        return 1
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
