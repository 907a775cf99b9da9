"""What the tests of downloads share: settings that lead to a sandbox, and hits for its clips."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from include.local.driven_sandbox import RunningSandbox
from include.sandbox.research import catalogue
from include.video_research import settings
from include.video_research.downloads import child
from include.video_research.downloads.extractor import Order
from include.video_research.records import Hit
from include.video_research.settings import ResearchSettings


def configured_for(sandbox: RunningSandbox, folder: Path, **values: object) -> ResearchSettings:
    """Settings as an operator would give them."""
    given = {"RESEARCH_SITE_URL": f"{sandbox.url}/tiktok", "RESEARCH_WORK": folder, **values}
    return settings.load({name: str(value) for name, value in given.items()}, None)


def hit_of(clip: catalogue.Clip, **more: Any) -> Hit:
    """As a search that knows nothing but the address."""
    return Hit("q", clip.video_id, clip.url, 1, "list", handle=clip.handle, **more)


def order_for(sandbox: RunningSandbox, clip: catalogue.Clip, folder: Path, **changes: Any) -> Order:
    """What the process aside is told."""
    site = f"{sandbox.url}/tiktok"
    order = Order(
        url=f"{site}/@{clip.handle}/video/{clip.video_id}",
        video_id=clip.video_id,
        folder=str(folder),
        site_url=site,
        is_site_real=False,
        proxy=None,
        cookies=None,
        impersonates=True,
        longest_s=600,
        largest_bytes=200_000_000,
        patience=20.0,
    )
    return Order(**{**asdict(order), **changes})


def fetched(sandbox: RunningSandbox, clip: catalogue.Clip, folder: Path, **changes: Any) -> dict[str, Any]:
    """The report of the extractor, run in this process: starting one for each case would take seconds."""
    return child.fetch(order_for(sandbox, clip, folder, **changes))
