"""What can go wrong at Serper alone; all else are the errors that vendors share."""

from __future__ import annotations

from include.vendors.errors import RequestRejected


class PatternRefused(RequestRejected):
    """400 "Query pattern not allowed": this account may not use operators such as `site:` or quotes; plain words it may."""
