-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 015_compact_entries -> 014_lifecycle_of_versions

ALTER TABLE onextree.current_entries SET (fillfactor = 90);

ALTER INDEX onextree.current_entries_pkey SET (fillfactor = 90);

ALTER TABLE onextree.current_entries ALTER COLUMN long_dir DROP NOT NULL, ALTER COLUMN long_dir DROP DEFAULT, ALTER COLUMN long_dir TYPE text COLLATE "C" USING nullif(long_dir, '');

ALTER TABLE onextree.closed_entries ALTER COLUMN long_dir DROP NOT NULL, ALTER COLUMN long_dir DROP DEFAULT, ALTER COLUMN long_dir TYPE text COLLATE "C" USING nullif(long_dir, '');

CREATE OR REPLACE FUNCTION onextree.entries_at(p_project integer, p_version integer)
RETURNS TABLE (dir text, name text, kind "char", size bigint, digest bytea, v_from integer,
               class_id smallint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(long_dir, dir), name, kind, size, digest, v_from, class_id
    FROM onextree.current_entries
    WHERE project_key = p_project AND v_from <= p_version
    UNION ALL
    SELECT coalesce(long_dir, dir), name, kind, size, digest, v_from, class_id
    FROM onextree.closed_entries
    WHERE project_key = p_project AND v_from <= p_version AND v_to > p_version
$$;

COMMENT ON COLUMN onextree.current_entries.long_dir IS 'The whole path where dir is a shortened key';

UPDATE public.onextree_alembic_version SET version_num='014_lifecycle_of_versions' WHERE public.onextree_alembic_version.version_num = '015_compact_entries';

COMMIT;
