"""The pages, in the order of the menu; a page is one module with a `router`.

The tag of a router is the DAG whose results it shows: who may not see that DAG does not see the page; without one it is `comets`.
"""

from __future__ import annotations

from plugins.dashboard.comets import creator, export, filters, runs, why_not
from plugins.dashboard.comets import ranking as comets

ROUTERS = (comets.router, creator.router, why_not.router, filters.router, runs.router, export.router)
