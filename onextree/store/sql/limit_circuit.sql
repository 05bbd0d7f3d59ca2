-- Of this transaction. A process that stops in it must not keep the row from all others.
SELECT set_config('statement_timeout', %(limit)s, true),
       set_config('idle_in_transaction_session_timeout', %(limit)s, true)
