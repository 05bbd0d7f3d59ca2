-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 014_lifecycle_of_versions -> 015_compact_entries

ALTER TABLE onextree.current_entries SET (fillfactor = 96);

ALTER INDEX onextree.current_entries_pkey SET (fillfactor = 96);

ALTER TABLE onextree.current_entries ALTER COLUMN long_dir TYPE text COLLATE "C" USING coalesce(long_dir, ''), ALTER COLUMN long_dir SET DEFAULT '', ALTER COLUMN long_dir SET NOT NULL;

ALTER TABLE onextree.closed_entries ALTER COLUMN long_dir TYPE text COLLATE "C" USING coalesce(long_dir, ''), ALTER COLUMN long_dir SET DEFAULT '', ALTER COLUMN long_dir SET NOT NULL;

CREATE OR REPLACE FUNCTION onextree.entries_at(p_project integer, p_version integer)
RETURNS TABLE (dir text, name text, kind "char", size bigint, digest bytea, v_from integer,
               class_id smallint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(long_dir, ''), dir), name, kind, size, digest, v_from, class_id
    FROM onextree.current_entries
    WHERE project_key = p_project AND v_from <= p_version
    UNION ALL
    SELECT coalesce(nullif(long_dir, ''), dir), name, kind, size, digest, v_from, class_id
    FROM onextree.closed_entries
    WHERE project_key = p_project AND v_from <= p_version AND v_to > p_version
$$;

COMMENT ON COLUMN onextree.current_entries.long_dir IS 'The whole path where dir is a shortened key; empty otherwise';

UPDATE public.onextree_alembic_version SET version_num='015_compact_entries' WHERE public.onextree_alembic_version.version_num = '014_lifecycle_of_versions';

COMMIT;
