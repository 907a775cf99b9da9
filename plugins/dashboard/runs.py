"""The page "Runs"."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from plugins.dashboard.rendering import write_page

router = APIRouter()


@router.get("/runs", name="runs")
def show(request: Request) -> Response:
    """Placeholder until the page's author replaces this whole file."""
    return write_page(request, "runs.html")
