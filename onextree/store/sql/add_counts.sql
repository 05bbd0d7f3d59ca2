-- In one order for all processes, so that none waits for another one that waits for it.
INSERT INTO onextree.counters AS c (name, labels, value, updated_at)
SELECT a.name, a.labels, a.value, now()
FROM unnest(%(names)s::text[], %(labels)s::jsonb[], %(values)s::float8[]) AS a (name, labels, value)
ORDER BY a.name, a.labels
ON CONFLICT (name, labels)
DO UPDATE SET value = c.value + excluded.value, updated_at = excluded.updated_at
