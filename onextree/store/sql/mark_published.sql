-- What was acknowledged stays so, whoever holds the project now; only the holder lets it go, and
-- keeps one for a while whose next event was refused. A project that somebody tells of right now is
-- left out: its counter is locked until that transaction ends, whenever that is.
WITH free AS (
    SELECT s.project_id, c.published, c.failure, s.holder IS NOT DISTINCT FROM %(holder)s AS is_held
    FROM onextree.event_streams s
    JOIN unnest(%(project_ids)s::text[], %(published)s::bigint[], %(failures)s::text[])
        AS c (project_id, published, failure) USING (project_id)
    ORDER BY s.project_id
    FOR UPDATE OF s SKIP LOCKED
)
UPDATE onextree.event_streams s
SET published_sequence = greatest(s.published_sequence, f.published),
    failure = f.failure,
    holder = CASE WHEN f.is_held AND f.failure IS NULL THEN NULL ELSE s.holder END,
    held_until = CASE
        WHEN NOT f.is_held THEN s.held_until
        WHEN f.failure IS NOT NULL THEN now() + make_interval(secs => %(pause)s)
    END
FROM free f WHERE s.project_id = f.project_id
RETURNING s.project_id
