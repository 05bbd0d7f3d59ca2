-- Statements of this transaction, and their waits for locks, end soon.
SELECT set_config('statement_timeout', %(timeout)s, true),
       set_config('lock_timeout', %(timeout)s, true)
