-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 012_create_onextree_snapshots -> 013_add_file_classes

CREATE TABLE onextree.file_classes (
    class_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    language text NOT NULL,
    category text NOT NULL CHECK (category IN (
        'source', 'test', 'documentation', 'configuration', 'data', 'build', 'generated',
        'vendored', 'binary'
    )),
    rule text NOT NULL,
    UNIQUE (language, category, rule)
);

ALTER TABLE onextree.current_entries ADD COLUMN class_id smallint;

ALTER TABLE onextree.closed_entries ADD COLUMN class_id smallint;

DROP FUNCTION onextree.entries_at(integer, integer);

CREATE FUNCTION onextree.entries_at(p_project integer, p_version integer)
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

CREATE OR REPLACE FUNCTION
onextree.tree_structure(p_project integer, p_version integer, p_root text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH RECURSIVE entries AS MATERIALIZED (
    SELECT dir, name, kind, size, digest, nullif(c.language, '') AS language, c.category,
           CASE WHEN dir = '' THEN name ELSE dir || '/' || name END COLLATE "C" AS path
    FROM onextree.entries_at(p_project, p_version)
    LEFT JOIN onextree.file_classes c USING (class_id)
), known AS MATERIALIZED (
    SELECT enrichment_data -> 'directory_purposes' AS purposes
    FROM onextree.versions
    WHERE project_key = p_project AND version = p_version
), directories (path) AS (
    SELECT DISTINCT dir COLLATE "C" FROM entries WHERE dir <> ''
    UNION
    SELECT left(path, -strpos(reverse(path), '/')) FROM directories WHERE strpos(path, '/') > 0
), nested AS MATERIALIZED (
    SELECT path, (SELECT purposes ->> path FROM known) AS purpose,
           CASE WHEN strpos(path, '/') > 0 THEN left(path, -strpos(reverse(path), '/'))
                ELSE '' END COLLATE "C" AS parent
    FROM directories
), purposed (path, purpose) AS (
    SELECT path, purpose FROM nested WHERE parent = ''
    UNION ALL
    SELECT nested.path, coalesce(nested.purpose, purposed.purpose)
    FROM purposed JOIN nested ON nested.parent = purposed.path
), events AS (
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01')
               COLLATE "C" AS key,
           'leaf' AS event,
           '{"path":' || to_json(path) || ',"name":' || to_json(name)
           || CASE WHEN kind IN ('m', 'r') THEN ',"type":"directory"' ELSE ',"type":"file"' END
           || CASE kind WHEN 'l' THEN ',"kind":"symlink"' WHEN 'm' THEN ',"kind":"submodule"'
                        WHEN 'r' THEN ',"kind":"repository"' WHEN 'x' THEN ',"executable": true'
                        ELSE '' END
           || ',"size":' || size
           || coalesce(',"extension":' || to_json(onextree.extension(name)), '')
           || coalesce(',"language":' || to_json(language), '')
           || coalesce(',"category":"' || category || '"', '')
           || coalesce(',"digest":"' || encode(digest, 'hex') || '"', '')
           || ',"children":[]}' AS node
    FROM entries
    UNION ALL
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01') || E'\x01\x01',
           'open',
           '{"path":' || to_json(path) || ',"name":'
           || to_json(right(path, strpos(reverse('/' || path), '/') - 1))
           || ',"type":"directory"'
           || coalesce(',"inferred_purpose":' || to_json(purpose), '') || ',"children":['
    FROM purposed
    UNION ALL
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01') || E'\x01\x02',
           'close', ']}'
    FROM directories
), ordered AS (
    SELECT key, event, node, lag(event) OVER (ORDER BY key) AS before FROM events
)
SELECT ('{"path":"","name":' || to_json(substring(p_root from '[^/]*$'))
        || ',"type":"directory","children":['
        || coalesce(string_agg(CASE WHEN event <> 'close' AND before <> 'open' THEN ',' ELSE '' END
                               || node, '' ORDER BY key), '')
        || ']}')::jsonb
FROM ordered
$$;

COMMENT ON TABLE onextree.file_classes IS 'Distinct results of classifying a file';

COMMENT ON COLUMN onextree.file_classes.language IS 'Name that GitHub linguist uses; empty for none';

COMMENT ON COLUMN onextree.file_classes.rule IS 'What decided the category';

COMMENT ON COLUMN onextree.current_entries.class_id IS 'Null where the file was stored before files were classified';

UPDATE public.onextree_alembic_version SET version_num='013_add_file_classes' WHERE public.onextree_alembic_version.version_num = '012_create_onextree_snapshots';

COMMIT;
