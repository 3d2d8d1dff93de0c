"""Every setting, once: name, default, type and help. Environment, command line, docs and tests read this table.

The environment variable of a setting is `TERMINOLOGY_` and its name in upper case.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import platformdirs

PREFIX = "TERMINOLOGY_"
SWITCH = {
    word: word in {"1", "true", "yes", "on"} for word in ("1", "true", "yes", "on", "0", "false", "no", "off", "")
}
WANTED = {bool: "yes or no", int: "a whole number", float: "a number"}
ALIKE = 0.9
"""How similar a name must be to that of a setting to be taken for a mistake: of 1."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table; `default` also gives the type. Numbers are never less than `least`."""

    name: str
    default: str | int | float | bool
    help: str
    least: int = 0
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()


def _default_database() -> str:
    return f"sqlite:///{Path(platformdirs.user_data_dir('terminology')) / 'terminology.db'}"


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "database",
        _default_database(),
        "Database: path of a SQLite file, sqlite:///relative.db, sqlite:////absolute/path.db or postgresql://user@host/name.",
    ),
    Setting("database_read", "", "URLs of PostgreSQL replicas to read from, separated by spaces."),
    Setting("database_connections", 16, "Connections of each process to each PostgreSQL server, at most.", least=1),
    Setting("host", "127.0.0.1", "Address the server listens on."),
    Setting("port", 8080, "Port the server listens on."),
    Setting("workers", 2, "Worker processes of the server.", least=1),
    Setting("threads", 4, "Requests that a worker carries out at a time.", least=1),
    Setting(
        "waiting",
        60,
        "Requests that may wait in a worker, for two seconds; others are refused with 503. 0: all wait, however long.",
    ),
    Setting(
        "drain_seconds", 2.0, "Time clients have to go when the server is stopped (SIGTERM); Ctrl-C does not wait."
    ),
    Setting("worker_memory", 0, "Memory of a worker, in MiB, above which it is replaced by a new one; 0 for no limit."),
    Setting("metrics", True, "Count requests, and serve the counters to Prometheus at /metrics."),
    Setting("log_format", "text", "How the server logs: text, or json for an object a line.", choices=("text", "json")),
    Setting("log_requests", False, "Log a line for every request."),
    Setting("tracing", False, "Send OpenTelemetry traces, as the OTEL_… variables say (extra: tracing)."),
    Setting("base_url", "", "Public base URL of the server, when it differs from the address clients send."),
    Setting("open_reading", True, "Whether anybody may read; otherwise reading needs a key or a token, too."),
    Setting("insecure_writes", False, "Whether anybody may write: for a server that only you can reach."),
    Setting("oauth_issuer", "", "Issuer of the access tokens that are taken (extra: oauth)."),
    Setting("oauth_audience", "", "Audience that access tokens must name: this server."),
    Setting("oauth_jwks", "", "URL or file of the issuer's public keys (JWKS)."),
    Setting("oauth_token_url", "", "Where clients get tokens, for /.well-known/smart-configuration."),
    Setting("licences", "", "What only callers with an entitlement see: canonical=entitlement, separated by spaces."),
    Setting("rate_limit", 0, "Requests a minute that each caller may send to the server; 0 for no limit."),
    Setting("proxies", 0, "Reverse proxies in front, whose X-Forwarded-… or Forwarded headers are believed."),
    Setting("audit_log", "-", "File for writes and refusals as JSON lines; - for standard error, nothing for none."),
    Setting(
        "upstream",
        "",
        "FHIR terminology servers that are asked about what this one does not hold: a base URL for each FHIR release.",
    ),
    Setting("upstream_authorization", "", "Header Authorization for the upstream servers, such as Bearer …"),
    Setting("upstream_seconds", 5.0, "Time an upstream server may take for one request."),
    Setting("upstream_kept_seconds", 300.0, "How long a worker keeps answers of the upstream servers; 0: not at all."),
    Setting("kept_answers", 32 * 1024 * 1024, "Bytes of answers a worker keeps for the same question; 0: none."),
    Setting("max_body", 32 * 1024 * 1024, "Largest request body, in bytes."),
    Setting("max_expansion", 1000, "Most codes an expansion without paging may hold; more is too-costly."),
    Setting("cpt_max_expansion", 1000, "Most codes of CPT that go out for one value set, on all pages together."),
    Setting("request_seconds", 20.0, "Time one request may take before it ends in too-costly."),
    Setting(
        "write_seconds", 60.0, "Time one write over HTTP may take before it is given up; loads and jobs have none."
    ),
    Setting("registry", "https://packages.fhir.org", "FHIR (npm) package registry that packages are fetched from."),
    Setting("fetch_authorization", "", "Authorization headers for URLs that are loaded: host=header, separated by ;"),
    Setting("cache", str(Path(platformdirs.user_cache_dir("terminology"))), "Folder for downloaded packages."),
    Setting("cached_sets", 56 * 1024 * 1024, "Sets and arrays of code systems each worker keeps in memory, in bytes."),
    Setting(
        "mapped_database",
        2**31 - 2**16,
        "How much of a SQLite file each worker maps into memory, in bytes: workers share it, and the system may take it"
        " back; 0 reads without mapping.",
    ),
    Setting(
        "max_file",
        4 * 1024**3,
        "Largest file taken out of an archive or from a URL, in bytes, uncompressed; pages of a search count together.",
    ),
    Setting(
        "uploads",
        str(Path(platformdirs.user_data_dir("terminology")) / "uploads"),
        "Folder for uploaded files; servers over one database may share it.",
    ),
    Setting("max_upload", 2 * 1024**3, "Largest upload, in bytes."),
    Setting("jobs", 1, "Jobs (uploads, asynchronous requests) that a worker runs beside it at a time; 0 for none."),
    Setting("job_seconds", 3600.0, "Time an asynchronous request may take before it ends in too-costly."),
    Setting("default_versions", "", "Versions that are the default, separated by spaces: canonicals with a version."),
    Setting("snomed_default_edition", "900000000000207008", "Module id of the SNOMED CT edition that is the default."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force."""

    values: Mapping[str, Any]

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Defaults, then the environment, then overrides that are not None.

        Another database than the environment's has not the environment's replicas.
        Raises ValueError that names the variable when a value cannot be read, or is none that the setting may have.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            values[setting.name] = setting.default
            if (text := environment.get(setting.variable)) is not None:
                values[setting.name] = _convert(setting, text)
        unknown = overrides.keys() - values.keys()
        if unknown:
            raise ValueError(f"unknown setting: {', '.join(sorted(unknown))}")
        if f"{PREFIX}DATABASE" in environment and overrides.get("database") not in {None, values["database"]}:
            values["database_read"] = ""
        values.update({name: value for name, value in overrides.items() if value is not None})
        values["database"] = database_url(values["database"])
        for setting in SETTINGS:
            _check(setting, values[setting.name])
        return cls(values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def database_url(database: str | Path) -> str:
    """The path of a SQLite file as database URL; a URL as it is."""
    text = str(database)
    return text if "://" in text else f"sqlite:///{text}"


def _convert(setting: Setting, text: str) -> str | int | float | bool:
    kind = type(setting.default)
    try:
        return SWITCH[text.strip().lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise ValueError(f"{setting.variable}: '{text}' is not {WANTED[kind]}") from None


def _check(setting: Setting, value: Any) -> None:
    if isinstance(value, (int, float)) and value < setting.least:
        raise ValueError(f"{setting.variable}: {value} is less than {setting.least}")
    if setting.choices and value not in setting.choices:
        raise ValueError(f"{setting.variable}: '{value}' is none of {', '.join(setting.choices)}")


def misspelt(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Variables that are no settings but are called almost like one, with the one that may be meant."""
    known = [setting.variable for setting in SETTINGS]
    names = [name for name in environment if name.startswith(PREFIX) and name not in known]
    close = {name: get_close_matches(name, known, n=1, cutoff=ALIKE) for name in names}
    return {name: found[0] for name, found in close.items() if found}
