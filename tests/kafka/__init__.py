"""Apache Kafka itself, fetched by Maven: what tests and `make up KAFKA=1` publish to."""
