"""The page "Creator"."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from plugins.dashboard.rendering import write_page

router = APIRouter()


@router.get("/creators/{user_id}", name="creator")
def show(request: Request, user_id: str) -> Response:
    """Placeholder until the page's author replaces this whole file."""
    return write_page(request, "creator.html")
