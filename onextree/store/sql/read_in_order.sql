-- What follows in this transaction is read along its primary keys, whatever the planner thinks of
-- tables that it has no figures of: pages are sorted like them, and end after a few rows.
SELECT set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true)
