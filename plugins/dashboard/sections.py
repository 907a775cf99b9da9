"""A pipeline's pages: whose right they ask for, what the menu says of them, and which of them an address belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.routing import Match


@dataclass(frozen=True, slots=True)
class Section:
    """The pages of the DAG `dag`: who may see it reads them, who may edit it changes what they let one change."""

    dag: str
    menu: tuple[tuple[str, str], ...]  # the name of a route, and what the menu calls it; the first is where `/` leads
    routers: tuple[APIRouter, ...]


def sections_of(request: Request) -> tuple[Section, ...]:
    """All there are, in the order of the menu."""
    sections: tuple[Section, ...] = request.app.state.sections
    return sections


def section_at(request: Request) -> Section | None:
    """Whose page an address is; None where it is no pipeline's: `/`, style sheets, and what nobody serves."""
    matches = [(route.matches(request.scope)[0], getattr(route, "tags", [])) for route in request.app.routes]
    # As the application itself chooses: the first route that takes the method, else the first that knows the address.
    tags = next((tags for wanted in (Match.FULL, Match.PARTIAL) for match, tags in matches if match is wanted), [])
    return next((section for section in sections_of(request) if section.dag in tags), None)
