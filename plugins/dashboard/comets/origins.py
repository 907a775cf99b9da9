"""How a count of a day came about, in words."""

from __future__ import annotations

ORIGINS = {
    "discovery": "discovery",
    "roll_call": "roll call",
    "replay": "replay",
    "interpolation": "estimated",
}
ORIGIN_WORDS = {
    "discovery": "counted when a search found the creator",
    "roll_call": "counted in the daily measuring of everybody known",
    "replay": "read from a stored answer later",
    "interpolation": "not counted: a line between the days before and after",
}
