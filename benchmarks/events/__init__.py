"""Events: what the outbox costs a version, publishing it, and updates that events ask for."""
