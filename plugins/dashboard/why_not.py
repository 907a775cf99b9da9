"""The page "Why not?"."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from plugins.dashboard.rendering import write_page

router = APIRouter()


@router.get("/why-not", name="why_not")
def show(request: Request) -> Response:
    """Placeholder until the page's author replaces this whole file."""
    return write_page(request, "why_not.html")
