"""Organisations and whom to call there."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.accounts.account_store import Organisation
from coordinator.api.parts import ContactName, OrganisationName
from coordinator.operating.contact_store import Purpose
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.typed import TypedForm
from coordinator.roles import Role
from pages.entries import Entries
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_A_PAGE = 50
AfterName = Annotated[str, Query(pattern=r"^([a-z][a-z0-9-]{0,79})?$")]


class Kind(StrEnum):
    """What an organisation is."""

    HOSPITAL = "hospital"
    UNIVERSITY = "university"
    COMPANY = "company"
    OPERATING_BODY = "operating_body"


def may_operate(visit: Visit) -> bool:
    return Role.OPERATOR in visit.person.roles


@router.get("/{language}/operator/organisations", name="page_operator_organisations")
def organisations_page(visit: Visiting, after: AfterName = "") -> HTMLResponse:
    found = visit.services.accounts.organisations(after=after, limit=_A_PAGE + 1)
    shown = found[:_A_PAGE]
    return visit.answer(
        "coordinator/organisations.html",
        organisations=shown,
        may_operate=may_operate(visit),
        further=visit.address("operator", "organisations", after=shown[-1].id)
        if len(found) > _A_PAGE
        else None,
    )


@router.get("/{language}/operator/organisations/new", name="page_organisation_add_ask")
def organisation_ask(visit: Visiting) -> HTMLResponse:
    return _draw_new(visit, Problems(visit.language))


@router.post("/{language}/operator/organisations", name="page_organisation_add")
def organisation_add(visit: Visiting) -> Response:
    problems = Problems(visit.language)
    form = TypedForm(visit.entries, problems)
    name, title = form.slug("id"), form.line("name")
    kind, country = form.choice("kind", Kind), form.country("country")
    if not problems and kind is not None:
        with problems.at("id"):
            made = Organisation(id=name, name=title, kind=kind.value, country=country)
            visit.services.accounts.add_organisation(made, by=visit.person.account)
            return RedirectResponse(visit.address("operator", "organisations", name), HTTPStatus.SEE_OTHER)
    return _draw_new(visit, problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _draw_new(visit: Visit, problems: Problems, *, status: int = HTTPStatus.OK) -> HTMLResponse:
    return visit.answer(
        "coordinator/organisation_new.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        kinds=[(kind.value, visit.say(f"organisation.{kind.value}"), "") for kind in Kind],
    )


@router.get("/{language}/operator/organisations/{organisation}", name="page_contacts_list")
def organisation_page(organisation: OrganisationName, visit: Visiting) -> HTMLResponse:
    return _draw_one(visit, organisation, problems=Problems(visit.language), entries=Entries())


@router.post("/{language}/operator/organisations/{organisation}/contacts", name="page_contact_add")
def contact_add(organisation: OrganisationName, visit: Visiting) -> Response:
    problems = Problems(visit.language)
    form = TypedForm(visit.entries, problems)
    name, purpose = form.line("name"), form.choice("purpose", Purpose)
    email, phone = form.optional_email("email"), form.optional_phone("phone")
    if not problems and purpose is not None:
        with problems.at("email"):
            visit.services.contacts.add(
                organisation, name=name, purpose=purpose, email=email, phone=phone, by=visit.person.account
            )
            back = visit.address("operator", "organisations", organisation)
            return RedirectResponse(back, HTTPStatus.SEE_OTHER)
    return _draw_one(
        visit,
        organisation,
        problems=problems,
        entries=visit.entries,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _draw_one(
    visit: Visit, organisation: str, *, problems: Problems, entries: Entries, status: int = HTTPStatus.OK
) -> HTMLResponse:
    found = visit.services.accounts.organisation(organisation)
    return visit.answer(
        "coordinator/organisation.html",
        answer_status=status,
        organisation=found,
        contacts=visit.services.contacts.contacts(organisation),
        purposes=[(each.value, visit.say(f"contact.{each.value}"), "") for each in Purpose],
        may_operate=may_operate(visit),
        problems=problems,
        entries=entries,
    )


@router.get(
    "/{language}/operator/organisations/{organisation}/contacts/{contact}/remove",
    name="page_contact_remove_ask",
)
def contact_remove_ask(organisation: OrganisationName, contact: ContactName, visit: Visiting) -> HTMLResponse:
    found = visit.services.contacts.get(organisation, contact)
    return visit.answer("coordinator/contact_remove.html", contact=found)


@router.post(
    "/{language}/operator/organisations/{organisation}/contacts/{contact}/remove", name="page_contact_remove"
)
def contact_remove(organisation: OrganisationName, contact: ContactName, visit: Visiting) -> Response:
    visit.services.contacts.remove(organisation, contact, by=visit.person.account)
    return RedirectResponse(visit.address("operator", "organisations", organisation), HTTPStatus.SEE_OTHER)
