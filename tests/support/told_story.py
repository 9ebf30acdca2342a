"""One person's way through the pages of a site: each step is one activation and one picture.

The pictures go into the folder that ONGGI_SCREENSHOTS names; otherwise beside the test's other files.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.site_room import SiteRoom
from tests.support.watched_page import WatchedPage


@dataclass
class Story:
    """A story under way."""

    room: SiteRoom
    tab: WatchedPage
    name: str
    folder: Path
    activations: int = 0
    steps: list[str] = field(default_factory=list)

    def say(self, key: str, **facts: object) -> str:
        return self.room.say(key, self.tab.language, **facts)

    def picture(self, step: str) -> None:
        self.steps.append(step)
        file = f"{self.name}-{self.tab.language}-{len(self.steps)}-{step}.png"
        self.tab.page.screenshot(path=self.folder / file, full_page=True)

    def sign_in(self, account: str, password: str) -> None:
        self.tab.open("/{language}/sign-in")
        self.picture("sign-in")
        self.tab.sign_in(account, password)
        self.activations += 1
        assert account in self.tab.page.locator("header").inner_text()

    def follow(self, selector: str, step: str) -> None:
        """Activates the one link or button that the selector names."""
        with self.tab.page.expect_navigation():
            self.tab.page.click(selector)
        self.activations += 1
        assert self.tab.status == 200
        self.picture(step)

    def follow_words(self, key: str, step: str) -> None:
        """Activates what is named by this sentence."""
        words = self.say(key)
        self.follow(f"main :is(a, button):has-text('{words}')", step)

    def goes_before(self, first: str, second: str) -> bool:
        """The first sentence stands above the second one."""
        boxes = [
            self.tab.page.get_by_role("heading", name=self.say(key), exact=True).bounding_box()
            for key in (first, second)
        ]
        return bool(boxes[0] and boxes[1] and boxes[0]["y"] < boxes[1]["y"])


def pictures(tmp_path: Path) -> Path:
    """The folder of the pictures."""
    folder = Path(os.environ.get("ONGGI_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
