"""Every setting: its default, what is refused and in which words, and that no secret ever shows."""

from __future__ import annotations

import ast
import copy
import os
import pickle
import re
import traceback
from dataclasses import fields
from datetime import UTC, datetime, time
from pathlib import Path

import certifi
import pytest
from psycopg.conninfo import conninfo_to_dict

from include.local.options import whole_environment
from include.settings import CA_BUNDLES, ROOT, Secret, Settings, SettingsError, load, read_dotenv, unused

URL = "POSTGRES_URL_NON_POOLING"


def settings(**env: str) -> Settings:
    return load(env, None)


def refusal(**env: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(env, None)
    return str(caught.value)


def revealed(secret: Secret | None) -> str:
    assert secret is not None
    return secret.reveal()


def database(**env: str) -> dict:
    return conninfo_to_dict(revealed(settings(**env).database_url))


# Defaults and bounds


def test_with_nothing_set_everything_has_its_default():
    """No key and no database: sandbox and embedded PostgreSQL, and the numbers of the example file."""
    bare = settings()
    assert {field.name: getattr(bare, field.name) for field in fields(bare)} == {
        "database_url": None,
        "tikhub_api_key": None,
        "tikhub_base_url": None,
        "hashtags": (),
        "face_model": None,
        "rate_per_second": 10.0,
        "deadline_seconds": 60.0,
        "retention_days": 35,
        "coverage_floor": 0.9,
        "longest_wait_days": 28,
        "roll_call_threads": 16,
        "sandbox_port": 8099,
        "airflow_port": 8080,
        "now_override": None,
        "erasure_key": None,
        "sandbox_as_recorded": False,
        "tikhub_ca_bundle": None,
        "tikhub_proxy": None,
        "lake_uri": None,
        "media_uri": None,
        "accounts_drop": None,
        "keeps_drop": False,
        "settle_seconds": 5.0,
        "account_handles": (),
        "deadline": time(8),
        "pictures_a_day": 2000,
        "pictures_days": 30,
        "pictures_max_mb": 200,
        "hashtag_countries": (),
        "user_words": (),
        "users_of_keywords": False,
        "look_alikes": 0,
    }
    assert (bare.uses_sandbox, bare.uses_embedded_postgres) == (True, True)


def test_blank_is_unset():
    """A name with nothing behind it is as good as absent."""
    assert settings(TIKHUB_API_KEY="  ", DB_HOST="", COVERAGE_FLOOR=" ", COMETS_NOW="") == settings()


@pytest.mark.parametrize(
    ("name", "field", "text", "value"),
    [
        ("TIKHUB_RATE_PER_SECOND", "rate_per_second", "2.5", 2.5),
        ("TIKHUB_DEADLINE_SECONDS", "deadline_seconds", "600", 600.0),
        ("LEDGER_RETENTION_DAYS", "retention_days", "1", 1),
        ("COVERAGE_FLOOR", "coverage_floor", "0", 0.0),
        ("LONGEST_WAIT_DAYS", "longest_wait_days", "7", 7),
        ("ROLL_CALL_THREADS", "roll_call_threads", " 64 ", 64),
        ("PICTURES_A_DAY", "pictures_a_day", "0", 0),
        ("PICTURES_DAYS", "pictures_days", "1", 1),
        ("PICTURES_MAX_MB", "pictures_max_mb", "100000", 100_000),
        ("SANDBOX_PORT", "sandbox_port", "65535", 65_535),
        ("AIRFLOW_PORT", "airflow_port", "1", 1),
        ("FACE_MODEL", "face_model", "/models/x.onnx", "/models/x.onnx"),
        ("COMETS_USER_WORDS", "user_words", " chess ,pottery  class,, chess,… ", ("chess", "pottery class")),
        ("COMETS_USERS_OF_KEYWORDS", "users_of_keywords", "1", True),
        ("COMETS_LOOK_ALIKES", "look_alikes", "50", 50),
        ("COMETS_HASHTAG_COUNTRIES", "hashtag_countries", " us, JP;us ", ("US", "JP")),
        ("COMETS_HASHTAGS", "hashtags", " ramen, #Sushi ,, # ", ("#ramen", "#Sushi")),
    ],
)
def test_a_set_value_is_read(name, field, text, value):
    """Each setting comes out as the type it is."""
    assert getattr(settings(**{name: text}), field) == value


@pytest.mark.parametrize("name", ["TIKHUB_RATE_PER_SECOND", "TIKHUB_DEADLINE_SECONDS", "COVERAGE_FLOOR"])
@pytest.mark.parametrize("text", ["ten", "nan", "inf", "-1", "1e9", "1,5", "9" * 5000])
def test_a_number_out_of_bounds_is_refused_by_name(name, text):
    """What is no number, or too small or large, is named with its bounds."""
    assert re.match(rf"{name} must be a number from [\d.]+ to [\d.]+, not ", refusal(**{name: text}))


@pytest.mark.parametrize("text", ["8", "8:00", "24:00", "08:60", "08:00:00", "08:00+02:00", "08.00", "０８:００"])
def test_an_hour_that_is_none_is_refused(text):
    """Written as a clock shows it, in UTC."""
    assert settings(COMETS_DEADLINE="23:59").deadline == time(23, 59)
    assert refusal(COMETS_DEADLINE=text) == f"COMETS_DEADLINE must be a time of the day in UTC, as 08:00, not {text!r}."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("USA", "not 'USA'"),
        ("US JP 日本", "not '日本'"),
        (",".join(f"A{chr(65 + n)}" for n in range(21)), "and 20 of them at most"),
    ],
)
def test_countries_that_are_none_are_refused(text, said):
    """Two letters each, and not too many of them: each list is a paid call."""
    told = f"COMETS_HASHTAG_COUNTRIES must be countries with two letters, as US,JP, {said}."
    assert refusal(COMETS_HASHTAG_COUNTRIES=text) == told


@pytest.mark.parametrize("name", ["LEDGER_RETENTION_DAYS", "ROLL_CALL_THREADS", "SANDBOX_PORT", "AIRFLOW_PORT"])
@pytest.mark.parametrize("text", ["0", "3.5", "-1", "70000", "１６", "1_0", "9" * 5000])
def test_a_whole_number_out_of_bounds_is_refused_by_name(name, text):
    """The same for whole numbers; digits of other scripts and thousands of digits are refused alike."""
    assert re.match(rf"{name} must be a whole number from \d+ to \d+, not ", refusal(**{name: text}))


# The API


def test_a_key_alone_means_the_real_api():
    """With a key and no address the API is TikHub's."""
    real = settings(TIKHUB_API_KEY="k-1")
    assert (real.tikhub_base_url, real.tikhub_api_key, real.uses_sandbox) == (
        "https://api.tikhub.io",
        Secret("k-1"),
        False,
    )


def test_an_address_elsewhere_needs_a_key():
    """A base URL that is not on this machine without a key is refused before anything is called."""
    assert refusal(TIKHUB_BASE_URL="https://api.tikhub.io") == (
        "TIKHUB_BASE_URL is set but TIKHUB_API_KEY is not. Put your TikHub key into .env as TIKHUB_API_KEY=…, or remove"
        " TIKHUB_BASE_URL to use the sandbox."
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8099/", "http://localhost:8099", "http://[::1]:8099"])
def test_a_sandbox_on_this_machine_needs_no_key(url):
    """On loopback the sandbox's own key stands in, and plain http is allowed."""
    local = settings(TIKHUB_BASE_URL=url)
    assert (local.tikhub_base_url, revealed(local.tikhub_api_key)) == (url.rstrip("/"), "sandbox-key")


@pytest.mark.parametrize("url", ["http://api.tikhub.io", "http://127.0.0.1.example.com", "http://10.0.0.5:80"])
def test_a_key_never_travels_in_the_clear(url):
    """http:// to any other machine is refused."""
    assert refusal(TIKHUB_BASE_URL=url, TIKHUB_API_KEY="k") == (
        "TIKHUB_BASE_URL must begin with https://, so that your key travels encrypted."
    )


@pytest.mark.parametrize(
    "url",
    [
        "api.tikhub.io",
        "ftp://x.io",
        "https://",
        "https://x.io:99999",
        "https://x.io:0",
        "https://[x",
        "https://x.io/?a=b",
    ],
)
def test_what_is_no_address_is_refused(url):
    """A malformed base URL is answered with the form it must have."""
    assert refusal(TIKHUB_BASE_URL=url, TIKHUB_API_KEY="k") == (
        "TIKHUB_BASE_URL is not a URL. Write it as https://api.tikhub.io."
    )


@pytest.mark.parametrize("key", ["ab cd", "ab\ncd", "ab\tcd", "schlüssel", "a\u200bb"])
def test_a_key_broken_in_copying_is_refused_unseen(key):
    """Blanks, line ends and invisible letters in a key are noticed; the message does not repeat the key."""
    assert refusal(TIKHUB_API_KEY=key) == (
        "TIKHUB_API_KEY holds a space or another letter no key has. Copy it again, in one piece."
    )


# The clock


def test_the_clock_is_set_only_with_a_sandbox():
    """COMETS_NOW counts where the API is on this machine, and is refused everywhere else."""
    moment = "2026-11-02T12:00:00+02:00"
    set_clock = settings(COMETS_NOW=moment, TIKHUB_BASE_URL="http://127.0.0.1:1")
    assert set_clock.now() == datetime(2026, 11, 2, 10, tzinfo=UTC)
    for elsewhere in ({}, {"TIKHUB_API_KEY": "k"}, {"TIKHUB_API_KEY": "k", "TIKHUB_BASE_URL": "https://x.io"}):
        assert refusal(COMETS_NOW=moment, **elsewhere).startswith("COMETS_NOW sets the pipeline's clock and is for")


@pytest.mark.parametrize("text", ["yesterday", "2026-11-02T12:00:00", "2026-13-01T00:00:00Z"])
def test_a_moment_needs_its_zone(text):
    """A time without a zone, or none at all, is refused with an example."""
    message = refusal(COMETS_NOW=text, TIKHUB_BASE_URL="http://127.0.0.1:1")
    assert message == f"COMETS_NOW must be a moment with its zone, as 2026-01-31T12:00:00+00:00, not {text!r}."


# The database


def test_supabases_url_is_read():
    """Its sslmode is kept, and the parameter that only Supabase knows is dropped."""
    url = "postgres://postgres.ref:p%40ss%2Fw@db.example.com:5432/postgres?sslmode=require&supa=base-pooler.x"
    assert database(**{URL: url}) == {
        "user": "postgres.ref",
        "password": "p@ss/w",
        "host": "db.example.com",
        "port": "5432",
        "dbname": "postgres",
        "sslmode": "require",
    }


def test_blanks_and_plus_signs_in_parameters_survive():
    """Options of a URL reach the server as they were meant."""
    found = database(**{URL: "postgresql://u@h/d?options=-c%20search_path%3Da&application_name=a+b"})
    assert (found["options"], found["application_name"]) == ("-c search_path=a", "a+b")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:p-hidden@h/d", "u:p-hidden@h/d", "postgresql://u:p-hidden@h", "postgresql://u:p-#hidden@h/d",
        "postgresql://u:p-@hidden@h/d", "postgresql://u:[p-hidden]@h/d", "postgresql://u:p-%hidden@h/d",
        "postgresql://u:p-hidden@h:port/d",
    ],
)  # fmt: skip
def test_a_broken_url_is_refused_unseen(url):
    """What is no PostgreSQL URL is answered with the form, and nothing of it is repeated."""
    message = refusal(**{URL: url})
    assert message.startswith(
        "POSTGRES_URL_NON_POOLING is not a PostgreSQL URL. Write it as postgresql://user:password@"
    )
    assert "hidden" not in message


def test_special_letters_in_the_parts_are_taken_as_they_are():
    """User, password and name may hold any letter."""
    parts = {
        "DB_USER": "ü@:/",
        "DB_PASSWORD": "p@s:s/w?o#r%d &+ö",
        "DB_NAME": "my db",
        "DB_HOST": "::1",
        "DB_PORT": "6543",
    }
    assert database(**parts) == {
        "user": "ü@:/", "password": "p@s:s/w?o#r%d &+ö", "dbname": "my db", "host": "::1", "port": "6543",
    }  # fmt: skip


def test_a_sockets_folder_is_a_host():
    """A host that begins with a slash is the folder of a Unix socket."""
    found = database(DB_USER="u", DB_NAME="d", DB_HOST="/run/my+pg")
    assert found == {"user": "u", "dbname": "d", "host": "/run/my+pg", "port": "5432"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("DB_HOST", "DB_NAME, DB_USER"),
        ("DB_PORT", "DB_HOST, DB_NAME, DB_USER"),
        ("DB_PASSWORD", "DB_HOST, DB_NAME, DB_USER"),
    ],
)
def test_some_parts_without_the_others_are_refused(given, missing):
    """Half a database is no embedded one: what is there and what is missing is said."""
    assert refusal(**{given: "5432"}) == (
        f"{given} is set but {missing} is not. Set all of DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD, or none"
        " of them to use the embedded PostgreSQL."
    )


@pytest.mark.parametrize("host", ["my host", "h@x", "h/d", "h?x=y", "https://h"])
def test_a_host_is_a_host(host):
    """More than a host name in DB_HOST is refused."""
    assert refusal(DB_HOST=host, DB_NAME="d", DB_USER="u") == (
        "DB_HOST must be a host name, an address or the folder of a socket, and nothing more."
    )


# The file


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SANDBOX_PORT=1\nthis is s3cret\n", 2),
        ("\n# a comment\n\n\nTIKHUB_API_KEY 's3cret\n", 5),
        ("TIKHUB_API_KEY='s3cret\nSANDBOX_PORT=1\n", 1),
        ("A=1\n\nTIKHUB_API_KEY\n", 3),
        ("A=1\nTIKHUB_API_KEY=s3cret\0\n", 2),
    ],
)
def test_a_malformed_line_is_numbered_and_not_shown(tmp_path: Path, text, line):
    """The message names file and line, and holds nothing of what stands there."""
    file = tmp_path / ".env"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load({}, file)
    assert str(caught.value) == (
        f".env, line {line}: not understood. Write NAME=value, one a line; "
        "put quotes around a value with spaces or '#'."
    )
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_the_environment_wins_over_the_file(tmp_path: Path):
    """A name in both is taken from the environment; quotes, comments, export and a byte order mark are understood."""
    file = tmp_path / ".env"
    file.write_text("\ufeff# mine\nSANDBOX_PORT=1\nexport AIRFLOW_PORT=\"2\" # two\nFACE_MODEL='a $HOME #b'\n")
    found = load({"SANDBOX_PORT": "3"}, file)
    assert (found.sandbox_port, found.airflow_port, found.face_model) == (3, 2, "a $HOME #b")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=", ""),
        ("KEY=   # e.g. ramen", ""),
        ("KEY=\t# e.g. ramen", ""),
        ("KEY = # e.g. ramen", ""),
        ("export KEY= # e.g. ramen", ""),
        ('KEY="" # e.g. ramen', ""),
        ("KEY=# e.g. ramen, ", "# e.g. ramen,"),
        ("KEY=#ramen,#tea", "#ramen,#tea"),
        ("KEY='# ramen'", "# ramen"),
        ("KEY= '# ramen' # a dish", "# ramen"),
        ("KEY=value # a comment", "value"),
        ("KEY=value# no comment", "value# no comment"),
        ("KEY=value   ", "value"),
        ("KEY='  value  '", "  value  "),
        ("KEY='$HOME ${HOME}'", "$HOME ${HOME}"),
        ("KEY=a$HOME${HOME}", "a$HOME${HOME}"),
        ("KEY=a=b # c", "a=b"),
        ("KEY=first\nKEY=second", "second"),
        ("KEY=first\nKEY= # none", ""),
        ("KEY=grün", "grün"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_line_is_read_as_it_is_meant(tmp_path: Path, line, value, end):
    """Empty is empty, whatever is remarked beside it; by the settings and by what the local servers are given alike."""
    file = tmp_path / ".env"
    file.write_bytes((line.replace("\n", end or "\n") + end).encode())
    assert read_dotenv(file) == {"KEY": value}
    assert whole_environment(file).get("KEY", "") == value


def test_a_comment_is_no_erasure_key(tmp_path: Path):
    """A remark where a value could be sets nothing."""
    file = tmp_path / ".env"
    file.write_text("ERASURE_KEY=   # 32 letters or more, from openssl rand -hex 32\nCOMETS_HASHTAGS=  # e.g. ramen\n")
    assert load({}, file) == load({}, None)


def test_a_folder_in_the_files_place_is_named(tmp_path: Path):
    """Docker makes a folder where it misses a file to mount: it is no empty file."""
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError, match=r"\.env is a folder"):
        load({}, tmp_path / ".env")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_out_of_reach_is_named(tmp_path: Path):
    """A file that may not be read is said so, and not taken for an empty one."""
    (tmp_path / ".env").write_text("A=1")
    (tmp_path / ".env").chmod(0)
    with pytest.raises(SettingsError, match="Give this user the right to read it"):
        load({}, tmp_path / ".env")


def test_a_file_in_another_encoding_is_named(tmp_path: Path):
    """What is not UTF-8 is said so."""
    file = tmp_path / ".env"
    file.write_bytes(b"DB_PASSWORD=gr\xfcn")
    with pytest.raises(SettingsError, match=r"\.env cannot be read .*Save it as UTF-8 text"):
        load({}, file)


# Secrets


def test_secrets_show_nowhere():
    """Neither repr, str, format, copies nor tracebacks of the settings hold key or password; pickling refuses."""
    held = settings(TIKHUB_API_KEY="s3cret-key", ERASURE_KEY="s3cret" * 6, **{URL: "postgresql://u:s3cret@h/d"})
    shown = [repr(held), str(held), f"{held.tikhub_api_key}", f"{held.database_url!r:>9}", repr(copy.deepcopy(held))]
    try:
        raise RuntimeError(held)
    except RuntimeError as error:
        shown.append("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    assert [text for text in shown if "s3cret" in text] == []
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="a secret is not pickled"):
            pickle.dumps(held, protocol)
    assert revealed(copy.copy(held.tikhub_api_key)) == "s3cret-key"


# The example file


def example() -> str:
    return (ROOT / ".env.example").read_text()


def names_in_code() -> set[str]:
    """Every setting that the code or the compose file reads by name."""
    found = set(re.findall(r"\$\{([A-Z][A-Z0-9_]+)", (ROOT / "docker-compose.yaml").read_text())) - {"HOSTNAME"}
    others = {*CA_BUNDLES[1:], "GCS_BUCKET", "TIKTOK_LANDING_PATH", "TIKTOK_ACCOUNTS"}  # of other programs
    for path in (
        "settings.py",
        "account_analytics/browser/settings.py",
        "video_research/settings.py",
        "local/options.py",
        "local/folders.py",
        "sign_in/openid_connect.py",
    ):
        for node in ast.walk(ast.parse((ROOT / "include" / path).read_text())):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch("[A-Z]+(_[A-Z]+)+", node.value)
            ):
                found.add(node.value)
    return {name for name in found - others if not name.startswith("AIRFLOW__")}


def test_the_example_file_has_every_setting_and_no_other():
    """What can be set is in .env.example, and what is in .env.example can be set."""
    named = re.findall(r"^#? ?([A-Z][A-Z_]+)=", example(), re.MULTILINE)
    assert names_in_code() == {name for name in named if not name.startswith("AIRFLOW__")}


@pytest.mark.parametrize("name", ["LAKE_URI", "MEDIA_URI"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("file:///srv/a lake #1/50%", "file:///srv/a lake #1/50%"),
        (" s3://my-bucket/ ", "s3://my-bucket"),
        ("gs://my.bucket_1/some/folder/", "gs://my.bucket_1/some/folder"),
    ],
)
def test_places_for_files(name: str, text: str, value: str):
    """A folder or a bucket, as it is written; a slash at the end means nothing."""
    assert getattr(settings(**{name: text}), name.lower()) == value


@pytest.mark.parametrize("name", ["LAKE_URI", "MEDIA_URI"])
@pytest.mark.parametrize(
    "text",
    [
        "lake",
        "/srv/lake",
        "file://lake",
        "file:///",
        "file://~/lake",
        "file:///srv/../lake",
        "s3:my-bucket",
        "s3://",
        "s3:///folder",
        "s3://My_Bucket",
        "s3://key:s3cret@my-bucket",
        "s3://b",
        "gs://my-bucket//folder",
        "gcs://my-bucket",
        "https://my-bucket.s3.amazonaws.com",
        "gs://my-bucket/" + "x" * 900,
    ],
)
def test_what_is_no_place_for_files(name: str, text: str):
    """Each is refused in one sentence that shows nothing of it and how to write it."""
    assert refusal(**{name: text}) == (
        f"{name} must look like file:///folder/on/this/machine, s3://bucket/folder or gs://bucket/folder; names and passwords "
        "go into an Airflow connection."
    )


@pytest.mark.parametrize("text", ["my-bucket", "gs://my-bucket"])
def test_the_name_of_googles_bucket(text: str):
    """GCS_BUCKET, which people have from elsewhere, is a place for media while MEDIA_URI is not set, and never the lake."""
    named = settings(GCS_BUCKET=text)
    assert (named.media_uri, named.lake_uri) == ("gs://my-bucket", None)
    assert settings(GCS_BUCKET=text, MEDIA_URI="s3://other").media_uri == "s3://other"


def test_a_wrong_name_of_googles_bucket():
    """The name that was written is the one that is complained about."""
    assert refusal(GCS_BUCKET="My Bucket") == (
        "GCS_BUCKET must be the name of a bucket, as my-bucket or gs://my-bucket."
    )


def test_names_people_have_for_the_drop_folder_and_the_accounts(tmp_path: Path):
    """TIKTOK_LANDING_PATH and TIKTOK_ACCOUNTS count while our own settings are not set."""
    theirs = {"TIKTOK_LANDING_PATH": str(tmp_path), "TIKTOK_ACCOUNTS": '["@My.Shop", "my_band"]'}
    named = settings(**theirs)
    assert (named.accounts_drop, named.account_handles) == (tmp_path, ("my.shop", "my_band"))
    own = settings(**theirs, ACCOUNTS_DROP=".local/drop", ACCOUNTS_HANDLES="x1, x2")
    assert (own.accounts_drop, own.account_handles) == (ROOT / ".local" / "drop", ("x1", "x2"))


def test_settings_of_the_accounts_that_cannot_be():
    """A drop folder that is a file, another word than archive or keep, and what is no handle are named."""
    assert refusal(ACCOUNTS_DROP=__file__) == "ACCOUNTS_DROP must be a folder, and 'test_settings.py' is a file."
    assert refusal(ACCOUNTS_DROP_AFTER="delete") == "ACCOUNTS_DROP_AFTER must be archive or keep, not 'delete'."
    assert refusal(TIKTOK_ACCOUNTS="my shop!") == (
        "TIKTOK_ACCOUNTS must be handles of TikTok, separated by commas; 'shop!' is none."
    )


def test_what_nobody_reads_is_named():
    """Passwords and other names from elsewhere are told by name, never by value; those that count are not."""
    env = {
        "TIKTOK_PASSWORD": "x",
        "TT_HISTORICAL_DAYS": "30",
        "TIKTOK_DOWNLOAD_TIMEOUT": "60",
        "SUPABASE_KEY": "x",
        "TIKTOK_ACCOUNTS": "a",
        "TIKHUB_API_KEY": "x",
        "TIKTOK_USERNAME": "",
    }
    assert unused(env, None) == ["SUPABASE_KEY", "TIKTOK_DOWNLOAD_TIMEOUT", "TIKTOK_PASSWORD", "TT_HISTORICAL_DAYS"]


def test_the_example_file_changes_nothing_as_it_is(tmp_path: Path):
    """Copied to .env unchanged it gives the defaults; every line in it can be read once it is uncommented."""
    assert load({}, ROOT / ".env.example") == settings()
    uncommented = tmp_path / ".env"
    uncommented.write_text(
        re.sub(r"^# ([A-Z][A-Z_]+=)", r"\1", example(), flags=re.MULTILINE).replace("COMETS_NOW=", "# ")
    )
    found = load({}, uncommented)
    assert (found.rate_per_second, found.retention_days, found.hashtags) == (10.0, 35, ("#ramen", "#nightmarket"))


@pytest.mark.parametrize(
    ("given", "tasks"),
    [
        ({}, 2),
        ({"TIKHUB_RATE_PER_SECOND": "100"}, 2),
        ({"TIKHUB_RATE_PER_SECOND": "200"}, 4),
        ({"TIKHUB_RATE_PER_SECOND": "10000"}, 196),
        ({"TIKHUB_RATE_PER_SECOND": "100", "ROLL_CALL_THREADS": "1"}, 125),
        ({"TIKHUB_RATE_PER_SECOND": "0.01", "ROLL_CALL_THREADS": "1"}, 2),
    ],
)
def test_as_many_tasks_as_the_rate_needs(given, tasks):
    """With 64 threads and answers that take a second and a quarter, 4 tasks reach 200 calls a second, and 196 reach 10,000."""
    assert load(given, None).roll_call_tasks == tasks


# The way out of this network


def test_the_first_file_of_certificates_that_is_named(tmp_path: Path):
    """Our own setting goes before those of other programs; none is named by default."""
    bundle = tmp_path / "own.pem"
    bundle.write_text(Path(certifi.where()).read_text())
    assert settings().tikhub_ca_bundle is None
    assert settings(SSL_CERT_FILE="a.pem").tikhub_ca_bundle == "a.pem"
    assert settings(SSL_CERT_FILE="a.pem", REQUESTS_CA_BUNDLE="b.pem").tikhub_ca_bundle == "b.pem"
    assert settings(REQUESTS_CA_BUNDLE="b.pem", TIKHUB_CA_BUNDLE=str(bundle)).tikhub_ca_bundle == str(bundle)


@pytest.mark.parametrize("name", CA_BUNDLES)
def test_a_file_without_certificates_is_named(tmp_path: Path, name):
    """Once calls leave this machine, also a variable of other programs must name what can be used."""
    (tmp_path / "empty.pem").write_text("nothing")
    for path in (tmp_path / "empty.pem", tmp_path / "absent.pem"):
        assert f"{name} must name a file of certificates in PEM format" in refusal(
            TIKHUB_API_KEY="key", **{name: str(path)}
        )


@pytest.mark.parametrize(
    "text", ["http://proxy.example:3128", "http://ann:p%40ss@proxy.example:3128/", "http://[::1]:1"]
)
def test_a_proxy_is_read(text):
    """With or without user and password, which show nowhere."""
    found = settings(TIKHUB_PROXY=text)
    assert found.tikhub_proxy is not None
    assert found.tikhub_proxy.reveal() == text.rstrip("/")
    assert "p%40ss" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "proxy.example:3128",
        "https://ann:s3cret@proxy.example:3128",
        "socks5://ann:s3cret@proxy.example:1",
        "http://ann:s3cret@proxy.example",
        "http://ann:s3cret@proxy.example:port",
        "http://ann:s3cret@proxy.example:99999",
        "http://ann:s3cret@:3128",
        "http://ann:s3 cret@proxy.example:3128",
        "http://ann:s3cret@proxy.example:3128/path",
        "http://ann:s3cret@proxy.example:3128?a=b",
    ],
)
def test_what_is_no_proxy_is_refused_unseen(text):
    """The message shows how to write it, and nothing of what was written."""
    said = refusal(TIKHUB_PROXY=text)
    assert "TIKHUB_PROXY must look like http://proxy.example:3128" in said
    assert "s3" not in said
