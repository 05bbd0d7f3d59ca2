"""Circuit breakers: a service that fails is not called for a while (ADR 20)."""

from onextree.resilience.breaker.breaker import CircuitBreaker, CircuitStatus
from onextree.resilience.breaker.config import (
    ONEXTREE_CIRCUIT_BREAKER_CONFIG,
    CircuitBreakerConfig,
)
from onextree.resilience.breaker.machine import BreakerState, Permit
from onextree.resilience.breaker.storage import Circuits, MemoryCircuits

__all__ = [
    "ONEXTREE_CIRCUIT_BREAKER_CONFIG",
    "BreakerState",
    "CircuitBreaker",
    "CircuitBreakerConfig",
    "CircuitStatus",
    "Circuits",
    "MemoryCircuits",
    "Permit",
]
