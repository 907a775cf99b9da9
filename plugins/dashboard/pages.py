"""The pages, by pipeline and in the order of the menu; a page is one module with a `router`."""

from __future__ import annotations

from plugins.dashboard.accounts import account, adding, changes, exporting, portfolio, questions, running
from plugins.dashboard.comets import (
    alerts,
    backtest,
    compare,
    creator,
    export,
    filters,
    growth_labels,
    pictures,
    runs,
    saved_searches,
    shortlist,
    why_not,
)
from plugins.dashboard.comets import ranking as comets
from plugins.dashboard.research import library, media, video
from plugins.dashboard.research import questions as research
from plugins.dashboard.sections import Section

SECTIONS = (
    Section(
        "comets",
        menu=(("comets", "Comets"), ("why_not", "Why not?"), ("filters", "Filters"), ("runs", "Runs")),
        routers=(
            comets.router,
            backtest.router,
            compare.router,
            creator.router,
            why_not.router,
            filters.router,
            runs.router,
            export.router,
            shortlist.router,
            growth_labels.router,
            saved_searches.router,
            alerts.router,
            pictures.router,
        ),
    ),
    Section(
        "account_analytics",
        menu=(("accounts", "Accounts"), ("add_files", "Add files")),
        routers=(
            portfolio.router,
            questions.router,
            running.router,
            adding.router,
            account.router,
            changes.router,
            exporting.router,
        ),
    ),
    Section(
        "video_research",
        menu=(("research", "Research"), ("library", "Library")),
        routers=(research.router, library.router, media.router, video.router),
    ),
)
