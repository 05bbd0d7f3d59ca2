-- Who tells Dagster of a project's versions, one at a time, so that it hears of them in their order.
SELECT set_config('lock_timeout', %(lock_timeout)s, true),
       pg_advisory_xact_lock(1330792789, %(project_key)s)
