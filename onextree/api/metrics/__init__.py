"""For Prometheus: the requests of all workers, and what the database knows of all processes."""
