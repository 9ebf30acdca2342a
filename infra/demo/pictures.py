"""Takes the pictures of docs/screenshots from a kept demo: python -m infra.demo.pictures

It signs in at the doors that `make demo KEEP=1` opened, with a real browser.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from infra.demo.processes import REPOSITORY

FOLDER: Final = REPOSITORY / "docs" / "screenshots"
SCREEN: Final = {"width": 1366, "height": 768}
_FLAGS: Final = ["--disable-gpu", "--disable-quic", "--disable-background-networking"]


@dataclass(frozen=True, slots=True)
class Picture:
    """Which page, through whose door, and the first part that is shown; the page's beginning where empty."""

    name: str
    whose: str
    language: str
    path: str
    top: str = ""


PICTURES: Final = (
    Picture("desk", "committee", "ko", "desk"),
    Picture("what-will-leave", "committee", "ko", "jobs/{job}", "section.leaving"),
    Picture("data-review", "committee", "ko", "projects/{project}/reviews/{site}/heart"),
    Picture("meeting", "committee", "en", "meetings/{meeting}"),
    Picture("operator", "operator", "ko", "operator"),
    Picture("console", "{site} hospital, it", "ko", "home"),
    Picture("release", "{site} hospital, it", "en", "releases/1", "h2"),
)


def take_pictures(told: Mapping[str, Any], folder: Path) -> list[Path]:
    """Writes each picture. Raises RuntimeError where a page does not open."""
    folder.mkdir(parents=True, exist_ok=True)
    names, made = told["names"], []
    doors = {door["whose"]: door for door in told["doors"]}
    with _browser() as browser:
        for picture in PICTURES:
            door = doors[picture.whose.format(**names)]
            path = folder / f"{picture.name}.png"
            path.write_bytes(_look(browser, picture, door, names))
            made.append(path)
    return made


@contextmanager
def _browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("chromium is not installed: make test installs it")
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=flags)
        try:
            yield started
        finally:
            started.close()


def _look(browser: Any, picture: Picture, door: Mapping[str, str], names: Mapping[str, str]) -> bytes:
    # The demo's certificate is its own.
    context = browser.new_context(viewport=SCREEN, ignore_https_errors=True, reduced_motion="reduce")
    try:
        page = context.new_page()
        page.goto(f"{door['address']}{picture.language}/sign-in")
        page.fill("input[name=account]", door["account"])
        page.fill("input[name=password]", door["password"])
        page.click("main form button")
        answer = page.goto(f"{door['address']}{picture.language}/{picture.path.format(**names)}")
        if answer is None or not answer.ok:
            raise RuntimeError(f"{picture.name} does not open")
        if picture.top:
            page.locator(picture.top).first.evaluate("each => each.scrollIntoView()")
        image: bytes = page.screenshot()
        return image
    finally:
        context.close()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.demo.pictures")
    parser.add_argument("--demo", type=Path, default=REPOSITORY / ".demo", help="the kept demo's folder")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures go")
    options = parser.parse_args(arguments)
    try:
        told = json.loads((options.demo / "doors.json").read_text())
    except FileNotFoundError:
        print("no kept demo here: start it with  make demo KEEP=1", file=sys.stderr)
        return 1
    for path in take_pictures(told, options.folder):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
