-- Writers of one project, one at a time; readers never wait. 1330792788 is "OnXT". Plans are made
-- once a connection: making one costs more than storing a version of few changes.
SELECT set_config('lock_timeout', %(lock_timeout)s, true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       pg_advisory_xact_lock(1330792788, %(project_key)s)
