-- Writers of one project, one at a time; readers never wait. 1330792788 is "OnXT".
SELECT set_config('lock_timeout', %(lock_timeout)s, true),
       pg_advisory_xact_lock(1330792788, %(project_key)s)
