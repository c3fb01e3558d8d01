"""Settings, read once from the environment."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gridgov.errors import InputError

DEMO_FILE = "demo.sqlite"
TIANDITU = "tianditu"
DATUMS = ("WGS84", "GCJ-02")
_LARGEST_UPLOAD = 100_000


@dataclass(frozen=True)
class Settings:
    """All a running gridgov needs to know; `from_env` names the variables."""

    instance: Path
    database_url: str
    secret_key: str
    language: str = "zh_Hans"
    demo: bool = False
    proxies: int = 0
    jobs_url: str = ""
    upload_mb: int = 200
    basemap: str = ""
    basemap_key: str = ""
    basemap_datum: str = "WGS84"
    basemap_credit: str = ""

    @property
    def jobs_address(self) -> str:
        """Where background work is kept: as told, else beside the data on PostgreSQL, else a file of its own."""
        if self.jobs_url or self.database_url.startswith("postgres"):
            return self.jobs_url or self.database_url
        return f"sqlite:///{self.instance / ('demo-jobs.sqlite' if self.demo else 'jobs.sqlite')}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, demo: bool = False) -> "Settings":
        """Read the variables `GRIDGOV_…` that the README lists."""
        env = os.environ if environ is None else environ
        instance = Path(env.get("GRIDGOV_INSTANCE") or "instance").absolute()
        if environ is None:
            # The compiled loops are kept where the process may write; numba reads this when it is first imported.
            os.environ.setdefault("NUMBA_CACHE_DIR", str(instance / "compiled"))
        default_file = instance / (DEMO_FILE if demo else "gridgov.sqlite")
        return cls(
            instance=instance,
            database_url=env.get("GRIDGOV_DATABASE_URL") or f"sqlite:///{default_file}",
            secret_key=env.get("GRIDGOV_SECRET_KEY") or _kept_key(instance),
            language=_language(env.get("GRIDGOV_LANGUAGE") or "zh_Hans"),
            demo=demo,
            proxies=_proxies(env.get("GRIDGOV_PROXIES") or "0"),
            jobs_url=env.get("GRIDGOV_JOBS_URL") or "",
            upload_mb=_megabytes(env.get("GRIDGOV_UPLOAD_MB") or "200"),
            basemap=_basemap(env.get("GRIDGOV_BASEMAP") or "", env.get("GRIDGOV_BASEMAP_KEY") or ""),
            basemap_key=env.get("GRIDGOV_BASEMAP_KEY") or "",
            basemap_datum=_datum(env.get("GRIDGOV_BASEMAP_DATUM") or "WGS84"),
            basemap_credit=env.get("GRIDGOV_BASEMAP_CREDIT") or "",
        )


def _proxies(value: str) -> int:
    if not (value.isdecimal() and len(value) < 3):
        raise InputError("proxies_unreadable", value=value)
    return int(value)


def _megabytes(value: str) -> int:
    if not (value.isdecimal() and len(value) < 7 and 0 < int(value) <= _LARGEST_UPLOAD):
        raise InputError("upload_limit_unreadable", value=value, most=_LARGEST_UPLOAD)
    return int(value)


def _basemap(value: str, key: str) -> str:
    """Take `tianditu`, which needs a key, or the address of a tile server: with a host, and places for z, x and y."""
    if value == TIANDITU:
        if not key:
            raise InputError("basemap_without_key", value=value)
        return value
    host = re.match(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?/", value)
    if value and not (host and all(part in value for part in ("{z}", "{x}", "{y}")) and re.fullmatch(r"[!-~]+", value)):
        raise InputError("basemap_unreadable", value=value)
    return value


def _datum(value: str) -> str:
    if value not in DATUMS:
        raise InputError("basemap_datum_unknown", value=value, known=", ".join(DATUMS))
    return value


def _language(value: str) -> str:
    if value not in {"zh_Hans", "en"}:
        raise InputError("language_unknown", value=value)
    return value


def _kept_key(instance: Path) -> str:
    """Return the key kept in the instance folder; the first start makes one only its owner can read."""
    kept = instance / "secret_key"
    try:
        instance.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            _make_key(kept)
        return kept.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError("instance_unusable", path=str(instance), reason=error.strerror or str(error)) from error


def _make_key(kept: Path) -> None:
    """Write a new key in one step: of two that start at once the first one's stays, and nobody reads half of it."""
    own = kept.with_name(f".{kept.name}.{os.getpid()}")
    with os.fdopen(os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(secrets.token_hex(32))
    with suppress(FileExistsError):
        os.link(own, kept)
    own.unlink()
