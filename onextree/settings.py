"""Settings: environment variables `ONEXTREE_*`, or the `.env` file of the checkout.

Each field is one variable, described in `.env.example`; a test holds the two together.
The `.env` of the working directory is not read: it may belong to a project that is being scanned.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from onextree.errors import ConfigurationError

__all__ = ["Settings", "checkout_directory", "load_settings"]


def checkout_directory() -> Path | None:
    """The source checkout that this package runs from, or None for an installed one."""
    top = Path(__file__).resolve().parents[1]
    return top if (top / "pyproject.toml").is_file() and (top / "migrations").is_dir() else None


def _default_home() -> Path:
    checkout = checkout_directory()
    if checkout is not None:
        return checkout / ".onextree-home"
    if os.geteuid() == 0:
        return Path("/var/lib/onextree/home")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "onextree"


def _env_file() -> Path | None:
    checkout = checkout_directory()
    return checkout / ".env" if checkout else None


class Settings(BaseSettings):
    """What an installation can decide. Times are in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="ONEXTREE_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(default_factory=_default_home)
    database_url: SecretStr | None = None
    dagster_database_url: SecretStr | None = None
    embedded_user: str = "onextree"
    allowed_roots: str = ""
    max_files: int = Field(default=2_000_000, ge=1)
    max_bytes: int = Field(default=100 * 2**30, ge=1)
    max_loss: float = Field(default=0.5, ge=0, le=1)
    retention_days: int = Field(default=30, ge=1)
    retention_versions: int = Field(default=10, ge=1)
    retention_daily: int = Field(default=0, ge=0)
    git_timeout: float = Field(default=120.0, gt=0)
    remote_schemes: str = "https,ssh"
    remote_hosts: str = ""
    remote_timeout: float = Field(default=300.0, gt=0)
    remote_interval: int = Field(default=60, ge=1)
    remote_max_bytes: int = Field(default=5 * 2**30, ge=1)
    database_timeout: float = Field(default=10.0, gt=0)
    lock_timeout: float = Field(default=30.0, gt=0)
    read_timeout: float = Field(default=30.0, gt=0)
    cache_entries: int = Field(default=1000, ge=1)
    cache_seconds: float = Field(default=300.0, gt=0)
    active_files: int = Field(default=1_000_000, ge=1)
    backup_timeout: float = Field(default=3600.0, gt=0)
    retry_attempts: int = Field(default=4, ge=1)
    triggers: Literal["development", "production", "hybrid"] = "hybrid"
    incremental_files: int = Field(default=1_000, ge=0)
    debounce_seconds: float = Field(default=5.0, ge=0)
    debounce_longest: float = Field(default=30.0, ge=0)
    hook_api: str = ""
    projects_per_run: int = Field(default=500, ge=1)
    dagster_pool_size: int = Field(default=8, ge=0)
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8053, ge=1, le=65535)
    api_workers: int = Field(default=2, ge=1, le=64)
    api_auth: Literal["off", "keys"] = "off"
    api_timeout: float = Field(default=30.0, gt=0)
    api_max_body: int = Field(default=10 * 2**20, ge=1)
    api_reads_per_second: int = Field(default=20_000, ge=1)
    api_writes_per_second: int = Field(default=100, ge=1)
    api_work: bool = False
    http_status: Literal["http", "envelope"] = "http"
    scanner_host: str = "127.0.0.1"
    scanner_port: int = Field(default=8058, ge=1, le=65535)
    url: str = ""
    api_key: SecretStr | None = None
    breaker_minimum_calls: int = Field(default=20, ge=1, le=100)
    archon_url: str = ""
    archon_token: SecretStr | None = None
    archon_http_url: str = ""
    archon_timeout: float = Field(default=3.0, gt=0)
    archon_retry_seconds: float = Field(default=60.0, gt=0)
    kafka_bootstrap_servers: str = Field(
        default="",
        validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS", "kafka_bootstrap_servers"),
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str = ""
    kafka_sasl_password: SecretStr | None = None
    kafka_ssl_ca: Path | None = None
    kafka_ssl_certificate: Path | None = None
    kafka_ssl_key: Path | None = None
    kafka_ssl_key_password: SecretStr | None = None
    kafka_timeout: float = Field(default=10.0, ge=1)
    kafka_group: str = Field(default="onextree", min_length=1, max_length=200)
    kafka_max_message: int = Field(default=10 * 2**20, ge=1_024)
    event_topics: Literal["specification", "short", "upstream"] = "specification"
    event_prefix: str = ""
    event_days: int = Field(default=30, ge=1)
    stamp_max_bytes: int = Field(default=100 * 2**20, ge=1)
    ui_host: str = "127.0.0.1"
    ui_port: int = Field(default=3000, ge=1, le=65535)

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @cached_property
    def allowed_root_directories(self) -> tuple[Path, ...]:
        """The directories under which projects may lie, symlinks resolved.

        `ONEXTREE_ALLOWED_ROOTS` is a list separated as in PATH. Empty means the user's home and
        the working directory.
        """
        named = [Path(part).expanduser() for part in self.allowed_roots.split(os.pathsep) if part]
        return tuple(path.resolve() for path in named or (Path.home(), Path.cwd()))


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: A variable has a value that cannot be used; values are not repeated.
    """
    try:
        return Settings(_env_file=_env_file())
    except ValidationError as error:
        wrong = "; ".join(
            f"ONEXTREE_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}"
            for item in error.errors()
        )
        raise ConfigurationError(f"Settings cannot be used ({wrong}). See .env.example.") from error
