"""What a circuit breaker goes by."""

import math
from dataclasses import dataclass

from onextree.errors import ConfigurationError

__all__ = ["ONEXTREE_CIRCUIT_BREAKER_CONFIG", "CircuitBreakerConfig"]


@dataclass(frozen=True, slots=True)
class CircuitBreakerConfig:
    """The configuration of the specification (section 9); times are in seconds.

    Attributes:
        failure_threshold: Failures in a row that open the circuit.
        success_threshold: Successes in a row, of probes, that close it.
        timeout: What one call may take.
        recovery_timeout: How long an open circuit lets nobody through.
        half_open_max_calls: How many probes may be in flight at once.
        window_size: The last calls, of which `failure_rate_threshold` is a share.
        failure_rate_threshold: The share of failures that opens the circuit, above 0 to 1.
        minimum_calls: Below so many calls in the window their share opens nothing.
        probe_lease: When a probe that may take `timeout` is given up, if it was not heard of; twice
            the timeout by default.

    Raises:
        ConfigurationError: Such a breaker could not work.
    """

    failure_threshold: int = 3
    success_threshold: int = 2
    timeout: float = 5.0
    recovery_timeout: float = 30.0
    half_open_max_calls: int = 1
    window_size: int = 100
    failure_rate_threshold: float = 0.5
    minimum_calls: int = 20
    probe_lease: float | None = None

    def __post_init__(self) -> None:
        for name in (
            "failure_threshold",
            "success_threshold",
            "half_open_max_calls",
            "window_size",
            "minimum_calls",
        ):
            _require(getattr(self, name) >= 1, name, "at least 1")
        for name in ("timeout", "recovery_timeout"):
            value = getattr(self, name)
            _require(value > 0 and math.isfinite(value), name, "above 0 and finite")
        _require(
            0 < self.failure_rate_threshold <= 1, "failure_rate_threshold", "above 0, at most 1"
        )
        _require(self.minimum_calls <= self.window_size, "minimum_calls", "at most window_size")
        if self.probe_lease is not None:
            _require(
                self.timeout < self.probe_lease < math.inf,
                "probe_lease",
                "longer than timeout and finite",
            )

    def lease(self, seconds: float | None = None) -> float:
        """When a probe is given up, in seconds; always after the call itself is.

        Args:
            seconds: What the call may take; `timeout` by default.
        """
        margin = self.timeout if self.probe_lease is None else self.probe_lease - self.timeout
        return (self.timeout if seconds is None else seconds) + margin


def _require(holds: bool, name: str, rule: str) -> None:
    if not holds:
        raise ConfigurationError(f"A circuit breaker's {name} must be {rule}.", setting=name)


ONEXTREE_CIRCUIT_BREAKER_CONFIG = CircuitBreakerConfig()
"""The specification's numbers."""
