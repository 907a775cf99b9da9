"""The pages, in the order of the menu; a page is one module with a `router`."""

from __future__ import annotations

from plugins.dashboard.comets import creator, export, filters, runs, why_not
from plugins.dashboard.comets import ranking as comets

ROUTERS = (comets.router, creator.router, why_not.router, filters.router, runs.router, export.router)
