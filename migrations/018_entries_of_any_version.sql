-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 017_views_for_analysts -> 018_entries_of_any_version

CREATE VIEW onextree.entries AS
SELECT project_key, dir, name, kind, size, digest, class_id, v_from, 2147483647 AS v_to,
       true AS is_current, coalesce(nullif(long_dir, ''), dir) AS directory
FROM onextree.current_entries
UNION ALL
SELECT project_key, dir, name, kind, size, digest, class_id, v_from, v_to,
       false, coalesce(nullif(long_dir, ''), dir)
FROM onextree.closed_entries;

COMMENT ON VIEW onextree.entries IS 'Current and closed entries, valid in [v_from, v_to); directory is the whole path';

UPDATE public.onextree_alembic_version SET version_num='018_entries_of_any_version' WHERE public.onextree_alembic_version.version_num = '017_views_for_analysts';

COMMIT;
