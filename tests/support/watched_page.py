"""A page in a real browser, and all that went wrong on it: scripts, policies, foreign requests, faults."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from pages.languages import Language

SMALL: Final = {"width": 320, "height": 256}
"""A screen of 1280 x 1024 at four times its size."""
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
_TOLD = """() => {
  const own = "code, pre, script, style, textarea, time, .read-aloud, [lang]:not(html)", found = [];
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const place = words.currentNode.parentElement;
    if (!place.closest(own) && place.checkVisibility()) found.push(words.currentNode.data);
  }
  for (const each of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (!each.closest(own)) found.push(each.getAttribute(name) || "");
  return found.concat(document.title).map((each) => each.replace(/\\s+/g, " ").trim());
}"""
FOCUSED = """each => {
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  return {
    what: each.outerHTML.slice(0, 120),
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.height > 0 && box.left >= 0 && box.top < innerHeight && box.bottom > 0,
  };
}"""
"""Of what has the focus: what it is, whether it shows it, and whether it is on the screen."""
SEND_TWICE = """async (address) => {
  const body = new URLSearchParams(new FormData(document.querySelector("main form")));
  const send = () => fetch(address, { method: "POST", body }).then(async (answer) =>
    [answer.status, new DOMParser().parseFromString(await answer.text(), "text/html")
      .querySelector("main").textContent]);
  return Promise.all([send(), send()]);
}"""
"""Sends the page's form twice at once; the answers' statuses and words."""
_HANGUL = re.compile(r"[가-힣]")
_ENGLISH = re.compile(r"[A-Za-z]{2,}")
_NAME_OR_CODE = re.compile(r"[a-z0-9]*[-_./:0-9@][A-Za-z0-9_./:@…-]*|[A-Z]{2,5}\d*")
"""Ids, account names, fields of the CDM, digests, abbreviations."""
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

    def back(self) -> WatchedPage:
        """One step back, asked for inside the page: a tab that changes pages is not found from outside."""
        with self.page.expect_navigation():
            self.page.evaluate("() => void setTimeout(() => history.back())")
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

    def untold(self, typed: Collection[str]) -> list[str]:
        """Of a page in Korean what has no word of it, and is no name, number or code.

        Args:
            typed: what people typed in English.
        """
        found = []
        for told in self.page.evaluate(_TOLD):
            rest = told
            for each in sorted(typed, key=len, reverse=True):
                rest = rest.replace(each, " ")
            words = [word for word in re.split(r"[\s,;()]+", rest) if not _NAME_OR_CODE.fullmatch(word)]
            if not _HANGUL.search(told) and _ENGLISH.search(" ".join(words)):
                found.append(told)
        return list(dict.fromkeys(found))

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


def tab_to(page: Any, wanted: str) -> None:
    """Presses Tab until the focus is on what the selector names."""
    for held in tab_stops(page):
        if held.evaluate("(each, wanted) => each.matches(wanted)", wanted):
            return
    raise AssertionError(f"Tab never reaches {wanted}")
