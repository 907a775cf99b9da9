"""What the states of research are called on its pages."""

from __future__ import annotations

FAILURES = {
    "transient": "passing trouble",
    "gone": "gone",
    "private": "private",
    "login_required": "asks for a login",
    "region": "not shown in this region",
    "blocked": "this address is blocked",
    "site_changed": "TikTok's page has changed",
    "too_big": "too long or too large",
    "filtered": "filtered out",
    "photo_post": "photo post",
    "damaged": "damaged",
    "invalid": "did not pass",
    "forgotten": "author was forgotten",
    "store": "the store refused",
    "engine": "an engine failed",
    "disk": "disk full",
    "timed_out": "took too long",
}
SOURCES = {"speech": "said", "screen": "on screen", "caption": "caption"}
SPEECH = {
    "speech": "somebody speaks",
    "no_speech": "sound, but nobody speaks",
    "no_audio": "no sound",
    "failed": "not written down",
}
SCREEN = {"done": "read", "skipped": "not read: no engine", "failed": "could not be read"}
