"""This node itself: its data and their quality, what of permits was used, and how far its set-up is."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

from node.advice import with_home
from node.console.access import Visiting
from node.console.setup_steps import COMMANDS, find_card_digest, find_steps
from node.console.shown_data import MOST_FAILURES, find_quality, list_datasets
from node.console.used_bounds import list_used_bounds
from node.doctor.examine import examine_without_keys
from node.settings import read_settings
from onggi.errors import Refused
from onggi.words import public_words
from pages.gate import page_router

router = page_router()


@router.get("/{language}/node", name="console_node")
def node(visit: Visiting) -> HTMLResponse:
    """Where policy, data, bounds and set-up are."""
    return visit.answer("console/node.html", site_name=visit.services.settings.site)


@router.get("/{language}/data", name="console_data")
def data(visit: Visiting) -> HTMLResponse:
    services = visit.services
    with services.reading() as session:
        listed = list_datasets(session, services.settings, language=visit.language)
        card = find_card_digest(session)
    first = next((each for each in listed if each.name == services.settings.dataset), None)
    generation = None
    if first is not None:
        generation = first.in_place if first.manifest is None else first.manifest.number
    return visit.answer(
        "console/data.html",
        datasets=listed,
        card=card,
        quality=find_quality(services.settings, generation),
        most=MOST_FAILURES,
    )


@router.get("/{language}/bounds", name="console_bounds")
def bounds(visit: Visiting) -> HTMLResponse:
    services = visit.services
    with services.reading() as session:
        used = list_used_bounds(session, now=services.clock())
    return visit.answer("console/bounds.html", used=used)


@router.get("/{language}/setup", name="console_setup")
def setup(visit: Visiting) -> HTMLResponse:
    """Each step with its state, the one next command, and what the doctor finds without any key."""
    services, now = visit.services, visit.services.clock()
    # Read anew: a step that was just taken at the command line shows at once.
    settings = read_settings(services.settings.home)
    examined = examine_without_keys(settings, now=now, books=False)
    findings = [
        (each.group.value, one.blocks, public_words(Refused(one.code, **one.facts), visit.language))
        for each in examined
        for one in each.findings
    ]
    well = not any(blocks for _, blocks, _ in findings)
    with services.reading() as session:
        steps = find_steps(session, settings, now=now, well=well)
    following = next((each.step for each in steps if each.state == "next"), None)
    command = None if following is None else with_home(COMMANDS[following], home=settings.home)
    return visit.answer(
        "console/setup.html",
        steps=steps,
        following=following,
        command=command,
        findings=[
            (group, blocks, (words[0], with_home(words[1], home=settings.home)))
            for group, blocks, words in findings
        ],
    )
