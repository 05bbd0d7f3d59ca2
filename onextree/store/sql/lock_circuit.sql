-- The time is taken after the lock was waited for: in the same query level it would be before.
WITH locked AS MATERIALIZED (
    SELECT * FROM onextree.circuit_breakers WHERE name = %(name)s FOR UPDATE
)
SELECT clock_timestamp() AS now, locked.* FROM locked
