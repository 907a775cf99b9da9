"""Where database, APIs and lake are: the Airflow connections `comets_db`, `tikhub`, `serper`, `lake`, `media`, else `.env`.

Accounts of one's own have connections of their own, `tiktok_<handle>`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import psycopg
from airflow.sdk import Connection
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret
from psycopg import conninfo

from include import refusals, settings
from include.database import Database
from include.lake import Lake
from include.settings import SANDBOX_KEY, Secret, SettingsError
from include.tikhub.account import Api
from include.tiktok_business.app import API as API_WAY
from include.tiktok_business.app import BROWSER as BROWSER_WAY
from include.tiktok_business.app import App
from include.tiktok_business.endpoints import BASE_URL as TIKTOK_URL
from include.web.transport import Route

if TYPE_CHECKING:
    from airflow.providers.postgres.hooks.postgres import PostgresHook

MADE_UP = "COMETWATCH_MADE_UP_EXPORTS"  # set by `make run`: the folder of made-up exports, where there is nothing else to show
WATCHED = "COMETWATCH_WATCHED"  # set by `make run`: somebody sees what happens, and can decide
DATABASE = "comets_db"
API = "tikhub"
SERPER = "serper"
LAKE, MEDIA = "lake", "media"
ACCOUNT = "tiktok_"  # and the handle, in small letters
# Scheme of a lake -> the type of the connection that holds its account. Airflow needs no provider to keep one.
ACCOUNT_TYPES = {"s3": "aws", "gs": "google_cloud_platform"}
# A day that cannot begin says so soon, and is tried again later; work under way waits longer, it has more to lose.
PATIENCE_AT_START = 15.0


def postgres_hook() -> PostgresHook:
    """The hook on `comets_db`. A connection of that name defined in Airflow wins over `.env`.

    Raises SettingsError when neither names a database.
    """
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    defined = find(DATABASE) or _connection_from(settings.load().database_url)
    return PostgresHook(postgres_conn_id=DATABASE, connection=defined)


def connect() -> Callable[[], psycopg.Connection[Any]]:
    """Opens a new psycopg connection on `comets_db` each time it is called.

    What is opened raises SettingsError when the server does not let us in, OperationalError when none answers.
    """
    hook = postgres_hook()

    def opened() -> psycopg.Connection[Any]:
        try:
            return cast("psycopg.Connection[Any]", hook.get_conn())
        except psycopg.OperationalError as error:
            refused = refusals.explain(error, hook.connection.password if hook.connection else None)
            if refused is not None:
                raise SettingsError(refused) from error
            raise

    return opened


def open_database() -> Database:
    """A Database on `comets_db` for the start of a run; it connects when first used."""
    return Database(connect(), PATIENCE_AT_START)


def api_account() -> tuple[str, Secret]:
    """Base URL and key of the API: the Airflow connection `tikhub` (host, password), else `.env`.

    Raises SettingsError when there is no key.
    """
    defined = find(API)
    if defined is not None:
        return _account_from(defined)
    configured = settings.load()
    if configured.tikhub_base_url is None or configured.tikhub_api_key is None:
        raise SettingsError(
            "No TikHub key: set TIKHUB_API_KEY in .env or define the Airflow connection 'tikhub' (host, password). "
            "To try Cometwatch without one, start it with `make run` or `make up`: they bring the sandbox."
        )
    mask_secret(configured.tikhub_api_key.reveal())
    return configured.tikhub_base_url, configured.tikhub_api_key


def api() -> Api:
    """How to call the API."""
    base_url, key = api_account()
    configured = settings.load()
    # A connection defined in Airflow may point elsewhere than .env: a set clock is for a sandbox only.
    now_override = configured.now_override if settings.is_loopback(base_url) else None
    return Api(
        base_url,
        key.reveal(),
        configured.deadline_seconds,
        configured.roll_call_threads,
        now_override,
        is_watched=bool(os.environ.get(WATCHED)),
        route=_route(configured),
    )


def serper(base_url: str, key: Secret | None, deadline_seconds: float) -> Api | None:
    """How to call Serper: the Airflow connection `serper` (host, password), else what `.env` has; None without a key."""
    defined = find(SERPER)
    if defined is not None:
        base_url, key = _base_url_of(defined, base_url), Secret(defined.password) if defined.password else None
        if key is None:
            raise SettingsError("The Airflow connection 'serper' has no password: put the Serper key there.")
    if key is None:
        return None
    mask_secret(key.reveal())
    return Api(base_url, key.reveal(), deadline_seconds, threads=1, route=_route(settings.load()))


def account(names: Iterable[str]) -> Connection | None:
    """The connection of an account, by the first of its handles that has one; None for an account without."""
    return next((found for name in names if (found := find(account_id(name))) is not None), None)


def account_id(name: str) -> str:
    """What the connection of an account of this handle is called."""
    return f"{ACCOUNT}{name.lower()}"


def way_of(defined: Connection) -> str:
    """How the account of this connection is fetched: api, or browser. Raises SettingsError for another word."""
    via = _extra_of(defined).get("via") or API_WAY
    if via not in (API_WAY, BROWSER_WAY):
        raise SettingsError(
            f"The Airflow connection {defined.conn_id!r}: via in its extra is {str(via)[:40]!r}; write api or browser."
        )
    return str(via)


def leads_to_sandbox(defined: Connection) -> bool:
    """Whether `make run` gave it for its made-up account: it leads to the sandbox, on this machine."""
    return bool(os.environ.get(MADE_UP)) and settings.is_loopback(_base_url_of(defined, TIKTOK_URL))


def tiktok_app(defined: Connection) -> App:
    """As which app the account of this connection is asked for. Raises SettingsError."""
    if defined.password:
        mask_secret(defined.password)
    base_url = _base_url_of(defined, TIKTOK_URL)
    return App.read(
        defined.conn_id, base_url, defined.login, defined.password, _extra_of(defined), _route(settings.load())
    )


def _extra_of(defined: Connection) -> dict[str, Any]:
    try:
        extra = json.loads(defined.extra) if defined.extra else {}
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise SettingsError(f"The Airflow connection {defined.conn_id!r}: its extra is no JSON object.")
    return extra


def open_lake() -> Lake:
    """The lake of LAKE_URI, with the account of the connection `lake`, else that of the environment.

    Raises SettingsError when there is none, ExtraMissing when what its store takes is not installed.
    """
    return _open_store("LAKE_URI", LAKE, settings.load().lake_uri)


def open_media() -> Lake:
    """As `open_lake`, for media: MEDIA_URI and the connection `media`."""
    return _open_store("MEDIA_URI", MEDIA, settings.load().media_uri)


def fernet_keys() -> Secret | None:
    """What Airflow encrypts its connections with ([core] fernet_key): one key, or several with commas; None when it has none."""
    keys = conf.get("core", "FERNET_KEY", fallback="")
    return Secret(keys) if keys else None


def find(conn_id: str) -> Connection | None:
    """The connection of this name as Airflow knows it; None when there is none.

    Raises SettingsError for one that the environment has and Airflow cannot read: it takes it for none, and says nothing.
    """
    try:
        return Connection.get(conn_id)
    except AirflowNotFoundException:
        variable = f"AIRFLOW_CONN_{conn_id.upper()}"
        if os.environ.get(variable, "").strip():
            raise SettingsError(
                f"{variable} is set, and is no connection that Airflow can read. Write it as JSON, each value in quotes (a "
                'client id of digits too): {"conn_type": "generic", "login": "…", "password": "…"}'
            ) from None
        return None


def _open_store(setting: str, conn_id: str, uri: str | None) -> Lake:
    if uri is None:
        raise SettingsError(
            f"{setting} is not set: name a place for files in .env, as {setting}=s3://bucket/folder. `make run` and `make up` "
            "bring a folder of their own."
        )
    expected = ACCOUNT_TYPES.get(uri.partition("://")[0])
    defined = find(conn_id) if expected else None
    if defined is None:
        return Lake(uri)
    if defined.conn_type != expected:
        raise SettingsError(
            f"The Airflow connection {conn_id!r} is of type {defined.conn_type!r}, and {setting} is {uri}: make it {expected!r}."
        )
    options = _s3_account(defined) if expected == "aws" else _google_account(defined)
    return Lake(uri, {name: value for name, value in options.items() if value})


def _s3_account(defined: Connection) -> dict[str, Any]:
    extra = defined.extra_dejson
    for secret in filter(None, (defined.password, extra.get("aws_secret_access_key"), extra.get("aws_session_token"))):
        mask_secret(secret)
    region = extra.get("region_name")
    return {
        "key": defined.login or extra.get("aws_access_key_id"),
        "secret": defined.password or extra.get("aws_secret_access_key"),
        "token": extra.get("aws_session_token"),
        "profile": extra.get("profile_name"),
        "endpoint_url": extra.get("endpoint_url"),
        "client_kwargs": {"region_name": region} if region else None,
    }


def _google_account(defined: Connection) -> dict[str, Any]:
    extra = defined.extra_dejson
    key = extra.get("keyfile_dict")
    if isinstance(key, str) and key:
        try:
            key = json.loads(key)
        except ValueError:
            raise SettingsError(f"The Airflow connection {defined.conn_id!r}: keyfile_dict is not JSON.") from None
    if key:
        mask_secret(key.get("private_key"))
    return {
        "token": key or extra.get("key_path") or ("anon" if extra.get("is_anonymous") else None),
        "project": extra.get("project"),
        "endpoint_url": extra.get("gcs.endpoint"),
    }


def _route(configured: settings.Settings) -> Route:
    proxy = configured.tikhub_proxy.reveal() if configured.tikhub_proxy else None
    if proxy is not None:
        password = urlsplit(proxy).password
        for secret in filter(None, (proxy, password, unquote(password or ""))):
            mask_secret(secret)
    return Route(configured.tikhub_ca_bundle, proxy)


def _base_url_of(defined: Connection, default: str) -> str:
    base_url = (defined.host or default).rstrip("/")
    if "://" not in base_url:
        base_url = f"{defined.schema or 'https'}://{base_url}" + (f":{defined.port}" if defined.port else "")
    return base_url


def _account_from(defined: Connection) -> tuple[str, Secret]:
    base_url = _base_url_of(defined, settings.TIKHUB_URL)
    key = defined.password or (SANDBOX_KEY if settings.is_loopback(base_url) else None)
    if key is None:
        raise SettingsError("The Airflow connection 'tikhub' has no password: put the TikHub key there.")
    mask_secret(key)
    return base_url, Secret(key)


def _connection_from(url: Secret | None) -> Connection:
    if url is None:
        raise SettingsError(
            "No database is named: set POSTGRES_URL_NON_POOLING or DB_HOST, DB_NAME, DB_USER, DB_PASSWORD in .env, or "
            "define the Airflow connection 'comets_db'. `make run` and `make up` bring their own."
        )
    fields: dict[str, Any] = conninfo.conninfo_to_dict(url.reveal())
    if fields.get("password"):
        mask_secret(fields["password"])
    port = fields.pop("port", None)
    return Connection(
        conn_id=DATABASE,
        conn_type="postgres",
        host=fields.pop("host", None),
        login=fields.pop("user", None),
        password=fields.pop("password", None),
        schema=fields.pop("dbname", None),
        port=int(port) if port else None,
        extra=_as_json(fields),
    )


def _as_json(fields: dict[str, Any]) -> str | None:
    return json.dumps(fields) if fields else None
