-- A crash of the server may lose this transaction: it only counts a call.
SELECT set_config('synchronous_commit', 'off', true)
