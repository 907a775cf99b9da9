"""Words spoken by espeak-ng, from the library that the package espeakng-loader carries.

The library keeps one state per process and is not made for threads: the making of clips, in a process aside, is its one user.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VOICES = {"en": "en-us", "es": "es", "fr": "fr-fr", "de": "de", "pt": "pt-br", "it": "it"}
USUAL_RATE, FASTEST_RATE = 160, 260  # words a minute

_RETRIEVAL, _BY_CHARACTER, _UTF8, _RATE = 1, 1, 1, 1
_EVERYTHING_HEARD = 0


class Unavailable(Exception):
    """The package with the synthesiser is not installed, or its library does not load."""


def speak(text: str, language: str, rate: int = USUAL_RATE) -> tuple[bytes, int]:
    """(16-bit mono samples, their rate in Hz). Raises Unavailable, or KeyError for a language that has no voice here."""
    library, hz, heard, _ = _library()
    voice = VOICES[language]
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise Unavailable(f"espeak-ng has no voice {voice}")
    library.espeak_SetParameter(_RATE, rate, 0)
    heard.clear()
    words = text.encode()
    library.espeak_Synth(words, len(words) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return b"".join(heard), hz


@cache
def _library() -> tuple[Any, int, list[bytes], Any]:
    """(the library, set up once; its rate in Hz; where the samples of the present text arrive; what puts them there).

    The library holds a bare pointer to the last: it lives as long as the process.
    """
    found = find_spec("espeakng_loader")
    if found is None or found.origin is None:
        raise Unavailable("espeakng-loader is not installed: run `make extra NAME=media`")
    folder = Path(found.origin).parent
    try:
        library = ctypes.CDLL(str(folder / "libespeak-ng.so"))
    except OSError as error:
        raise Unavailable(f"espeak-ng does not load: {error}") from error
    hz = library.espeak_Initialize(_RETRIEVAL, 0, str(folder / "espeak-ng-data").encode(), 0)
    if hz <= 0:
        raise Unavailable("espeak-ng finds no voices beside its library")
    heard: list[bytes] = []
    listener = _listener(heard)
    library.espeak_SetSynthCallback(listener)
    return library, hz, heard, listener


def _listener(heard: list[bytes]) -> Any:
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

    def listen(samples: Any, count: int, _: Any) -> int:
        if samples and count > 0:
            heard.append(ctypes.string_at(samples, count * 2))
        return _EVERYTHING_HEARD

    call: Callable[..., Any] = kind
    return call(listen)
