-- One relay at a time publishes dead letters, until its transaction ends.
SELECT pg_try_advisory_xact_lock(1330792790, 0)
