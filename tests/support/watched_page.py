"""A page in a real browser, and all that went wrong on it: scripts, policies, foreign requests, faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pages.languages import Language

CANARY = "window.__xss"
_WATCHES = """
  window.__xss = 0;
  window.__violations = [];
  for (const name of ["alert", "confirm", "prompt", "print", "open"])
    window[name] = () => { window.__xss += 1; };
  document.addEventListener("securitypolicyviolation",
    (found) => window.__violations.push(found.violatedDirective + " " + found.blockedURI));
"""
_OVERFLOW = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1)
    .map((each) => `${each.tagName.toLowerCase()}.${each.className} ${each.textContent.trim().slice(0, 40)}`);
}"""
_SCRIPTED = "() => [window.__xss || 0, ...(window.__violations || [])]"


@dataclass
class WatchedPage:
    """One tab of one visitor; `complaints` holds what a good page never does."""

    page: Any
    address: str
    language: Language
    complaints: list[str] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)
        self.page.on("dialog", self._on_dialog)

    def _on_console(self, message: Any) -> None:
        refused_page = message.text.startswith("Failed to load resource") and any(
            url == message.location["url"] and 400 <= status < 500 for url, status in self.answers
        )
        if message.type in ("error", "warning") and not refused_page:
            self.complaints.append(f"console: {message.text}")

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith((self.address + "/", "data:")):
            self.complaints.append(f"asked elsewhere: {request.url}")

    def _on_response(self, response: Any) -> None:
        if response.request.is_navigation_request():
            self.answers.append((response.url, response.status))
        if response.status >= 500 or (
            response.status >= 400 and not response.request.is_navigation_request()
        ):
            self.complaints.append(f"{response.status}: {response.url}")

    def _on_dialog(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def path(self) -> str:
        """Where the page is now."""
        return urlsplit(self.page.url).path

    @property
    def status(self) -> int:
        """The status of the page that is shown."""
        return self.answers[-1][1]

    @property
    def words(self) -> str:
        """What a person reads in the main part, with single blanks."""
        return " ".join(self.page.locator("main").inner_text().split())

    def open(self, path: str) -> WatchedPage:
        """A path of this site; `{language}` stands for the visitor's."""
        self.page.goto(self.address + path.replace("{language}", self.language))
        return self

    def sign_in(self, account: str, password: str) -> WatchedPage:
        """Fills in the form of the sign-in page that is shown, and sends it."""
        self.page.fill("#account", account)
        self.page.fill("#password", password)
        self.page.click("main button[type=submit]")
        return self

    def overflowing(self) -> list[str]:
        """What makes the whole page scroll sideways; nothing where it does not."""
        return list(self.page.evaluate(_OVERFLOW))

    def check(self) -> None:
        """Raises AssertionError where anything went wrong, scripts from outside included."""
        ran, *violations = self.page.evaluate(_SCRIPTED)
        assert not ran, "a script from outside ran"
        assert not violations, violations
        assert not self.complaints, self.complaints


@dataclass
class Screen:
    """What a visitor looks through: one browser context with its cookies."""

    context: Any
    address: str
    language: Language
    tabs: list[WatchedPage] = field(default_factory=list)

    def tab(self) -> WatchedPage:
        self.tabs.append(WatchedPage(self.context.new_page(), self.address, self.language))
        return self.tabs[-1]

    def carry(self, name: str, secret: str) -> None:
        """Puts a cookie of the site's own kind into the browser."""
        self.context.add_cookies(
            [{"name": name, "value": secret, "url": self.address, "secure": True, "httpOnly": True}]
        )

    def cookies(self) -> dict[str, str]:
        return {each["name"]: each["value"] for each in self.context.cookies()}


def new_screen(
    chromium: Any, address: str, *, language: Language, scripts: bool = True, **options: Any
) -> Screen:
    """A visitor's browser, at laptop size unless told otherwise."""
    context = chromium.new_context(
        ignore_https_errors=True,
        locale="ko-KR" if language == "ko" else "en-GB",
        java_script_enabled=scripts,
        viewport=options.pop("viewport", {"width": 1366, "height": 768}),
        **options,
    )
    context.set_default_timeout(20_000)
    if scripts:
        context.add_init_script(_WATCHES)
    return Screen(context, address, language)


def tab_stops(page: Any, *, most: int = 200) -> Iterator[Any]:
    """Presses Tab until the focus leaves the page; gives each element that had it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        held = page.evaluate_handle("document.activeElement").as_element()
        if held is None or held.evaluate("each => each === document.body"):
            return
        yield held
    raise AssertionError("the focus never leaves the page")
