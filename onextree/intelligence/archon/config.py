"""Where Archon is and how long it may take."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from onextree.errors import ConfigurationError
from onextree.resilience.outgoing import checked_url
from onextree.settings import Settings

__all__ = ["ArchonConfig"]

_ENDPOINT = "/mcp"
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class ArchonConfig:
    """One Archon, by one or both of its interfaces.

    Attributes:
        url: Of its MCP server; ``/mcp`` is added where it has no path. Empty for none.
        token: Sent to both as a bearer token; upstream asks for none.
        http_url: Of the HTTP interface of an OmniArchon. Where there is one, files are assessed by
            it alone.
        timeout: Seconds for all of an ask.

    Raises:
        ConfigurationError: A URL cannot be used, or no header can hold the token; neither is
            repeated.
    """

    url: str = ""
    token: SecretStr | None = None
    http_url: str = ""
    timeout: float = 3.0

    def __post_init__(self) -> None:
        if self.url:
            url = checked_url(self.url, setting="ONEXTREE_ARCHON_URL")
            self._set("url", url if urlsplit(url).path else url + _ENDPOINT)
        if self.http_url:
            self._set("http_url", checked_url(self.http_url, setting="ONEXTREE_ARCHON_HTTP_URL"))
        if self.secret and not _TOKEN.fullmatch(self.secret):
            raise ConfigurationError("ONEXTREE_ARCHON_TOKEN has printable ASCII alone.")

    @classmethod
    def from_settings(cls, settings: Settings) -> "ArchonConfig":
        """The Archon of the settings."""
        return cls(
            settings.archon_url,
            settings.archon_token,
            settings.archon_http_url,
            settings.archon_timeout,
        )

    @staticmethod
    def is_named(settings: Settings) -> bool:
        """Whether the settings name an Archon, be it in a way that can be used or not."""
        return bool(settings.archon_url or settings.archon_http_url)

    @property
    def is_configured(self) -> bool:
        """Whether there is an Archon to ask."""
        return bool(self.url or self.http_url)

    @property
    def secret(self) -> str:
        """The token itself; empty for none."""
        return self.token.get_secret_value() if self.token else ""

    def require(self) -> None:
        """Nothing where there is an Archon.

        Raises:
            ConfigurationError: There is none.
        """
        if not self.is_configured:
            raise ConfigurationError(
                "No Archon is named; set ONEXTREE_ARCHON_URL or ONEXTREE_ARCHON_HTTP_URL."
            )

    def _set(self, name: str, value: str) -> None:
        object.__setattr__(self, name, value)
