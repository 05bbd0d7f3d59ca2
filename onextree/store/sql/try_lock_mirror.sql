-- As `lock_mirror`, where nobody else does.
SELECT pg_try_advisory_xact_lock(1330792789, %(project_key)s)
