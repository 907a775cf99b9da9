"""By name and password, which Airflow keeps as a hash (scrypt). Read by Airflow as its configuration."""

from __future__ import annotations

from flask_appbuilder.const import AUTH_DB

AUTH_TYPE = AUTH_DB
