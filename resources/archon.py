"""Archon, for assets that ask it by themselves."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import dagster as dg
from pydantic import Field, PrivateAttr, SecretStr

from onextree.errors import ArchonUnavailable
from onextree.intelligence.archon import (
    ArchonConfig,
    ArchonHealth,
    Asked,
    Question,
    archon_health,
    ask_archon,
)
from onextree.resilience.breaker import CircuitBreaker
from onextree.resilience.calls import HttpRetryPolicy
from onextree.settings import load_settings
from resources.retry import RetryConfig

__all__ = ["ArchonResource"]


class ArchonResource(dg.ConfigurableResource["ArchonResource"]):
    """An Archon. What is empty is taken from the settings; nothing connects at the start."""

    url: str = Field(
        default="",
        description="http://HOST:8051/mcp of its MCP server, as an EnvVar; where it is empty, that "
        "of ONEXTREE_ARCHON_URL.",
    )
    token: str = Field(default="", description="A token that it wants, as an EnvVar.")
    http_url: str = Field(
        default="",
        description="http://HOST:8053 of an OmniArchon, which then assesses files instead.",
    )
    timeout: float = Field(
        default=0.0,
        ge=0,
        description="Seconds for all that is asked at once; 0 for those of the settings.",
    )
    retry: RetryConfig = Field(
        default_factory=RetryConfig,
        description="How often it is asked where it answered nothing; within the timeout.",
    )

    _breaker: CircuitBreaker = PrivateAttr(default_factory=lambda: CircuitBreaker("archon"))

    @property
    def is_configured(self) -> bool:
        """Whether an Archon is named, here or in the settings."""
        return self.config.is_configured

    @property
    def config(self) -> ArchonConfig:
        """Where Archon is.

        Raises:
            ConfigurationError: What is named cannot be used.
        """
        named: dict[str, Any] = {
            "archon_url": self.url,
            "archon_token": SecretStr(self.token) if self.token else None,
            "archon_http_url": self.http_url,
            "archon_timeout": self.timeout,
        }
        given = {name: value for name, value in named.items() if value}
        return ArchonConfig.from_settings(load_settings().model_copy(update=given))

    def ask(self, questions: Iterable[Question]) -> Asked:
        """Have questions answered; see `onextree.intelligence.archon.ask_archon`.

        Raises:
            ConfigurationError: No Archon is named.
        """
        retry = HttpRetryPolicy(
            self.retry.max_attempts, self.retry.first_wait, self.retry.longest_wait
        )
        return ask_archon(self.config, questions, breaker=self._breaker, retry=retry)

    def health(self) -> ArchonHealth:
        """Whether Archon answers, after as many looks as the policy allows.

        Raises:
            ConfigurationError: No Archon is named.
        """
        config, looks = self.config, list[ArchonHealth]()

        def look() -> None:
            looks.append(archon_health(config))
            if not looks[-1].is_reachable:
                raise ArchonUnavailable(looks[-1].message)

        with suppress(ArchonUnavailable):
            self.retry.policy.call(look)
        return looks[-1]
