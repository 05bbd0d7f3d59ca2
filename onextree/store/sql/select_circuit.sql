-- One row, also for a breaker that was never heard of: its columns are null then.
SELECT clock_timestamp() AS now, b.*
FROM (SELECT %(name)s::text AS name) AS wanted
LEFT JOIN onextree.circuit_breakers b USING (name)
