"""Everything an operator can configure, read once from `.env` and the environment, checked, and frozen."""

from __future__ import annotations

import math
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from dotenv.parser import parse_stream

from include import lake_names
from include.failures import NeedsPerson

ROOT = Path(__file__).resolve().parents[1]
TIKHUB_URL = "https://api.tikhub.io"
SANDBOX_KEY = "sandbox-key"
MOST_COUNTRIES = 20
# Whose certificates are trusted: our own setting, then what other programs go by, the first that is set.
CA_BUNDLES = ("TIKHUB_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


# Names that people have from other ways to fetch their numbers, and those among them that count here.
_FROM_ELSEWHERE = re.compile("TIKTOK_.+|TT_.+|SUPABASE_(KEY|URL|ANON_KEY|SERVICE_ROLE_KEY)")
_TAKEN = frozenset({"TIKTOK_LANDING_PATH", "TIKTOK_ACCOUNTS"})


class SettingsError(NeedsPerson, ValueError):
    """A setting is missing or malformed; the message names it and says what to write."""


class Secret:
    """A text that never shows itself: `str`, `repr`, logs and tracebacks see three stars.

    `reveal()` is the only way to the text, so that every use can be found by searching for it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _: object) -> Secret:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of one process. Durations are seconds, rates are calls per second, shares are 0 to 1."""

    database_url: Secret | None
    tikhub_api_key: Secret | None
    tikhub_base_url: str | None
    hashtags: tuple[str, ...]
    face_model: str | None
    rate_per_second: float
    deadline_seconds: float
    retention_days: int
    coverage_floor: float
    longest_wait_days: int
    roll_call_threads: int
    sandbox_port: int
    airflow_port: int
    now_override: datetime | None
    erasure_key: Secret | None = None
    sandbox_as_recorded: bool = False
    tikhub_ca_bundle: str | None = None
    tikhub_proxy: Secret | None = None
    lake_uri: str | None = None
    media_uri: str | None = None
    accounts_drop: Path | None = None
    keeps_drop: bool = False
    settle_seconds: float = 5.0
    account_handles: tuple[str, ...] = ()
    deadline: time = time(8)
    pictures_a_day: int = 2000
    pictures_days: int = 30
    pictures_max_mb: int = 200
    hashtag_countries: tuple[str, ...] = ()
    user_words: tuple[str, ...] = ()
    users_of_keywords: bool = False
    look_alikes: int = 0

    @property
    def uses_embedded_postgres(self) -> bool:
        return self.database_url is None

    @property
    def uses_sandbox(self) -> bool:
        return self.tikhub_api_key is None and self.tikhub_base_url is None

    @property
    def roll_call_tasks(self) -> int:
        """Tasks that keep up the rate together while an answer takes a second and a quarter; two at least."""
        return max(2, math.ceil(self.rate_per_second * 1.25 / self.roll_call_threads))

    def now(self) -> datetime:
        """The present moment, in UTC; `COMETS_NOW` where a sandbox lets days pass."""
        return self.now_override or datetime.now(UTC)


def load(
    env: Mapping[str, str] | None = None, dotenv_file: Path | None = ROOT / ".env", *, sandbox_stands_in: bool = False
) -> Settings:
    """Read the settings: `env` (default: the process environment) over the lines of `dotenv_file`.

    `sandbox_stands_in`: without a key and an address of TikHub, the sandbox will be brought.
    Raises SettingsError, naming the setting or the line of the file.
    """
    reader = read(env, dotenv_file)
    base_url = reader.url("TIKHUB_BASE_URL")
    api_key = reader.api_key()
    on_loopback = base_url is not None and is_loopback(base_url)
    if base_url is not None and api_key is None:
        if not on_loopback:
            raise SettingsError(
                "TIKHUB_BASE_URL is set but TIKHUB_API_KEY is not. Put your TikHub key into .env as "
                "TIKHUB_API_KEY=…, or remove TIKHUB_BASE_URL to use the sandbox."
            )
        api_key = Secret(SANDBOX_KEY)
    now_override = reader.moment("COMETS_NOW")
    has_sandbox = on_loopback or (sandbox_stands_in and api_key is None and base_url is None)
    if now_override is not None and not has_sandbox:
        raise SettingsError(
            "COMETS_NOW sets the pipeline's clock and is for the sandbox only: remove it, or point "
            "TIKHUB_BASE_URL at a sandbox on this machine."
        )
    rate = reader.number("TIKHUB_RATE_PER_SECOND", 10.0, 0.01, 10_000)
    return Settings(
        database_url=reader.database_url(),
        tikhub_api_key=api_key,
        tikhub_base_url=base_url or (TIKHUB_URL if api_key else None),
        hashtags=reader.hashtags("COMETS_HASHTAGS"),
        face_model=reader.text("FACE_MODEL"),
        rate_per_second=rate,
        deadline_seconds=reader.number("TIKHUB_DEADLINE_SECONDS", 60.0, 0.1, 600),
        retention_days=reader.whole("LEDGER_RETENTION_DAYS", 35, 1, 3650),
        coverage_floor=reader.number("COVERAGE_FLOOR", 0.9, 0.0, 1.0),
        longest_wait_days=reader.whole("LONGEST_WAIT_DAYS", 28, 1, 30),
        roll_call_threads=reader.whole("ROLL_CALL_THREADS", _threads_for(rate), 1, 64),
        sandbox_port=reader.whole("SANDBOX_PORT", 8099, 1, 65_535),
        airflow_port=reader.whole("AIRFLOW_PORT", 8080, 1, 65_535),
        now_override=now_override,
        erasure_key=reader.erasure_key("ERASURE_KEY"),
        sandbox_as_recorded=bool(reader.whole("SANDBOX_AS_RECORDED", 0, 0, 1)),
        tikhub_ca_bundle=reader.ca_bundle(calls_out=api_key is not None and not on_loopback),
        tikhub_proxy=reader.proxy("TIKHUB_PROXY"),
        lake_uri=reader.place("LAKE_URI"),
        media_uri=reader.place("MEDIA_URI") or reader.bucket("GCS_BUCKET"),
        accounts_drop=reader.folder("ACCOUNTS_DROP", "TIKTOK_LANDING_PATH"),
        keeps_drop=reader.choice("ACCOUNTS_DROP_AFTER", ("archive", "keep")) == "keep",
        settle_seconds=reader.number("ACCOUNTS_SETTLE_SECONDS", 5.0, 0, 600),
        account_handles=reader.handles("ACCOUNTS_HANDLES", "TIKTOK_ACCOUNTS"),
        deadline=reader.hour("COMETS_DEADLINE", time(8)),
        pictures_a_day=reader.whole("PICTURES_A_DAY", 2000, 0, 1_000_000),
        pictures_days=reader.whole("PICTURES_DAYS", 30, 1, 365),
        pictures_max_mb=reader.whole("PICTURES_MAX_MB", 200, 1, 100_000),
        hashtag_countries=reader.countries("COMETS_HASHTAG_COUNTRIES"),
        user_words=reader.words("COMETS_USER_WORDS"),
        users_of_keywords=bool(reader.whole("COMETS_USERS_OF_KEYWORDS", 0, 0, 1)),
        look_alikes=reader.whole("COMETS_LOOK_ALIKES", 0, 0, 50),
    )


def read(env: Mapping[str, str] | None = None, dotenv_file: Path | None = ROOT / ".env") -> Reader:
    """What is set, `env` (default: the process environment) over the lines of `dotenv_file`; empty is not set."""
    values = {**read_dotenv(dotenv_file), **(os.environ if env is None else env)}
    return Reader({name: text.strip() for name, text in values.items() if text and text.strip()})


def unused(env: Mapping[str, str] | None = None, dotenv_file: Path | None = ROOT / ".env") -> list[str]:
    """Names that are set, that people have from elsewhere, and that nothing here reads: passwords above all."""
    values = {**read_dotenv(dotenv_file), **(os.environ if env is None else env)}
    return sorted(
        name for name, text in values.items() if text and _FROM_ELSEWHERE.fullmatch(name) and name not in _TAKEN
    )


def _threads_for(rate_per_second: float) -> int:
    """Calls at once for one task: two tasks keep up the rate while an answer takes a second and a quarter; 16 to 64."""
    return max(16, min(64, math.ceil(rate_per_second * 0.65)))


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_dotenv(path: Path | None) -> dict[str, str]:
    """The lines of the file, as Docker Compose reads them too but for `$`, which is a letter here; of two alike the last.

    A '#' after a blank begins a comment, also where the value is left out. Raises SettingsError when the file, or a line of
    it, cannot be understood.
    """
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except IsADirectoryError:
        raise SettingsError(
            f"{path.name} is a folder (Docker makes one where it misses a file). Put a file in its place."
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name} cannot be read ({error}). Save it as UTF-8 text.") from None
    except OSError as error:
        raise SettingsError(
            f"{path.name} cannot be read ({error.strerror}). Give this user the right to read it."
        ) from None
    values = {}
    for binding in parse_stream(StringIO(text)):
        # Empty lines before it belong to it.
        original = binding.original.string
        if binding.error or "\0" in original or (binding.key and binding.value is None):
            # The line itself may hold a secret, so only its number is shown.
            blank = original[: len(original) - len(original.lstrip())].count("\n")
            raise SettingsError(
                f"{path.name}, line {binding.original.line + blank}: not understood. Write NAME=value, "
                "one a line; put quotes around a value with spaces or '#'."
            )
        if binding.key:
            is_comment = re.fullmatch(r"[^=#'\"]*=[^\S\r\n]+#.*", original.strip()) is not None
            values[binding.key] = "" if is_comment else binding.value or ""
    return values


class Reader:
    """One setting at a time, each with its own message when it is wrong."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        return self._values.get(name)

    def number(self, name: str, default: float, least: float, most: float) -> float:
        text = self._values.get(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise SettingsError(f"{name} must be a number from {least:g} to {most:g}, not {text!r}.")
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        text = self._values.get(name)
        if text is None:
            return default
        if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
        return int(text)

    def moment(self, name: str) -> datetime | None:
        text = self._values.get(name)
        if text is None:
            return None
        try:
            value = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            value = None
        if value is None or value.tzinfo is None:
            raise SettingsError(f"{name} must be a moment with its zone, as 2026-01-31T12:00:00+00:00, not {text!r}.")
        return value.astimezone(UTC)

    def hour(self, name: str, default: time) -> time:
        """A time of the day in UTC, as 08:00."""
        text = self._values.get(name)
        if text is None:
            return default
        if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
            raise SettingsError(f"{name} must be a time of the day in UTC, as 08:00, not {text!r}.")
        return time.fromisoformat(text)

    def hashtags(self, name: str) -> tuple[str, ...]:
        words = (word.strip() for word in (self._values.get(name) or "").split(","))
        return tuple(word if word.startswith("#") else f"#{word}" for word in words if word.strip("# "))

    def words(self, name: str) -> tuple[str, ...]:
        """Words or phrases, separated by commas."""
        words = (" ".join(word.split()) for word in (self._values.get(name) or "").split(","))
        return tuple(dict.fromkeys(word for word in words if any(letter.isalnum() for letter in word)))

    def countries(self, name: str) -> tuple[str, ...]:
        """Countries with two letters each, separated by commas."""
        found = tuple(dict.fromkeys(re.findall(r"[^\s,;]+", (self._values.get(name) or "").upper())))
        wrong = next((word for word in found if not re.fullmatch("[A-Z]{2}", word)), None)
        if wrong is not None or len(found) > MOST_COUNTRIES:
            said = f"not {wrong!r}" if wrong else f"and {MOST_COUNTRIES} of them at most"
            raise SettingsError(f"{name} must be countries with two letters, as US,JP, {said}.")
        return found

    def url(self, name: str, example: str = TIKHUB_URL, key: str = "TIKHUB_API_KEY") -> str | None:
        text = self._values.get(name)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            port_is_valid = parts.port is None or parts.port > 0
        except ValueError:
            raise SettingsError(f"{name} is not a URL. Write it as {example}.") from None
        extras = parts.query or parts.fragment
        if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_valid or extras:
            raise SettingsError(f"{name} is not a URL. Write it as {example}.")
        if parts.username or parts.password:
            raise SettingsError(f"{name} must not hold a user name or password; the key goes into {key}.")
        if parts.scheme == "http" and not is_loopback(text):
            raise SettingsError(f"{name} must begin with https://, so that your key travels encrypted.")
        return text.rstrip("/")

    def ca_bundle(self, *, calls_out: bool) -> str | None:
        """A file of certificates. What other programs' variables name is checked only where calls leave this machine."""
        name = next((name for name in CA_BUNDLES if name in self._values), None)
        if name is None:
            return None
        path = self._values[name]
        if name == CA_BUNDLES[0] or calls_out:
            try:
                ssl.create_default_context(cafile=path)
            except OSError as error:  # SSLError is one
                raise SettingsError(
                    f"{name} must name a file of certificates in PEM format, not {path!r} ({error.strerror or error})."
                ) from None
        return path

    def folder(self, *names: str) -> Path | None:
        """A folder on this machine, by the first of the names that is set; a relative one lies in the project's folder."""
        name = next((name for name in names if name in self._values), None)
        if name is None:
            return None
        path = ROOT / Path(self._values[name]).expanduser()
        if path.exists() and not path.is_dir():
            raise SettingsError(f"{name} must be a folder, and {path.name!r} is a file.")
        return path

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """One of the words; the first where it is not set."""
        text = self._values.get(name, words[0])
        if text not in words:
            raise SettingsError(f"{name} must be {' or '.join(words)}, not {text!r}.")
        return text

    def handles(self, *names: str) -> tuple[str, ...]:
        """Handles, separated by commas, by the first of the names that is set; a list in JSON will do."""
        name = next((name for name in names if name in self._values), None)
        words = re.split(r"[\s,;]+", re.sub(r"[\[\]\"']", " ", self._values[name])) if name else []
        found = tuple(dict.fromkeys(word.removeprefix("@").lower() for word in words if word.strip("@")))
        wrong = [word for word in found if not re.fullmatch(r"[\w.]{1,24}", word)]
        if wrong:
            raise SettingsError(f"{name} must be handles of TikTok, separated by commas; {wrong[0]!r} is none.")
        return found

    def place(self, name: str) -> str | None:
        """Where files are kept. A wrong value is not shown: it may hold a password."""
        text = self._values.get(name)
        if text is None:
            return None
        try:
            return "://".join(lake_names.place_of(text))
        except ValueError as error:
            raise SettingsError(f"{name} {error}.") from None

    def bucket(self, name: str) -> str | None:
        """A bucket of Google's, with or without gs:// before it."""
        text = self._values.get(name)
        if text is None:
            return None
        try:
            return "://".join(lake_names.place_of(f"gs://{text.removeprefix('gs://')}"))
        except ValueError:
            raise SettingsError(f"{name} must be the name of a bucket, as my-bucket or gs://my-bucket.") from None

    def proxy(self, name: str) -> Secret | None:
        """Nothing of a wrong value is shown: it may hold a password."""
        text = self._values.get(name)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            is_whole = parts.scheme == "http" and bool(parts.hostname) and (parts.port or 0) > 0
        except ValueError:
            is_whole = False
        if (
            not is_whole
            or parts.path.strip("/")
            or parts.query
            or parts.fragment
            or not re.fullmatch(r"[\x21-\x7e]+", text)
        ):
            raise SettingsError(
                f"{name} must look like http://proxy.example:3128 or http://user:password@proxy.example:3128 (special "
                "letters percent-encoded)."
            )
        return Secret(text.rstrip("/"))

    def api_key(self, name: str = "TIKHUB_API_KEY") -> Secret | None:
        text = self._values.get(name)
        if text is None:
            return None
        if not text.isascii() or not text.isprintable() or " " in text:
            raise SettingsError(f"{name} holds a space or another letter no key has. Copy it again, in one piece.")
        return Secret(text)

    def erasure_key(self, name: str) -> Secret | None:
        text = self._values.get(name)
        if text is not None and (len(text) < 32 or not text.isascii() or not text.isprintable()):
            raise SettingsError(
                f"{name} must be 32 letters and digits or more, for example from `openssl rand -hex 32`."
            )
        return Secret(text) if text is not None else None

    def database_url(self) -> Secret | None:
        url = self._values.get("POSTGRES_URL_NON_POOLING")
        if url is not None:
            return Secret(_checked_database_url(url))
        given = [name for name in ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD") if name in self._values]
        if not given:
            return None
        missing = [name for name in ("DB_HOST", "DB_NAME", "DB_USER") if name not in self._values]
        if missing:
            raise SettingsError(
                f"{', '.join(given)} is set but {', '.join(missing)} is not. Set all of DB_HOST, DB_PORT, DB_NAME, "
                "DB_USER and DB_PASSWORD, or none of them to use the embedded PostgreSQL."
            )
        return Secret(self._database_url_from_parts())

    def _database_url_from_parts(self) -> str:
        user = quote(self._values["DB_USER"], safe="")
        password = quote(self._values.get("DB_PASSWORD", ""), safe="")
        host = self._values["DB_HOST"]
        port = self.whole("DB_PORT", 5432, 1, 65_535)
        name = quote(self._values["DB_NAME"], safe="")
        if not re.fullmatch(r"/\S+|[\w.:-]+", host, re.ASCII):
            raise SettingsError("DB_HOST must be a host name, an address or the folder of a socket, and nothing more.")
        credentials = f"{user}:{password}" if password else user
        if host.startswith("/"):  # a Unix socket's folder
            return f"postgresql://{credentials}@/{name}?{_query([('host', host), ('port', str(port))])}"
        return f"postgresql://{credentials}@{f'[{host}]' if ':' in host else host}:{port}/{name}"


def _query(pairs: list[tuple[str, str]]) -> str:
    """URL parameters as libpq reads them: a blank is %20, a plus is a plus."""
    return urlencode(pairs, quote_via=quote)


def _checked_database_url(url: str) -> str:
    """`url` without the query parameters libpq does not know (Supabase adds `supa=…`), or SettingsError."""
    from psycopg import ProgrammingError, conninfo, pq

    wrong = SettingsError(
        "POSTGRES_URL_NON_POOLING is not a PostgreSQL URL. Write it as "
        "postgresql://user:password@host:5432/database?sslmode=require (percent-encode special letters)."
    )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise wrong from None
    # Only some versions of Python object to brackets in a password themselves.
    credentials, _, _ = parts.netloc.rpartition("@")
    if parts.scheme not in {"postgres", "postgresql"} or set(credentials) & set("@[]"):
        raise wrong
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    query = [(name, value) for name, value in parse_qsl(parts.query.replace("+", "%2B")) if name in known]
    # Put together by hand: `urlunsplit` drops the slashes before an absent host.
    checked = f"postgresql://{parts.netloc}{parts.path}" + (f"?{_query(query)}" if query else "")
    try:
        fields: dict[str, Any] = conninfo.conninfo_to_dict(checked)
    except ProgrammingError:
        raise wrong from None
    if not fields.get("dbname"):
        raise wrong
    return checked
