"""Kafka itself: how it is reached, how it is doing, and a client that sends to it."""
