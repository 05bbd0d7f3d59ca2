"""Language and category of every file.

Revision ID: 013_add_file_classes
Revises: 012_create_onextree_snapshots
"""

from alembic import op

revision = "013_add_file_classes"
down_revision = "012_create_onextree_snapshots"
branch_labels = None
depends_on = None

# A row of the tree points to one of a few hundred classes. No foreign key: it would cost every row
# of every version a look-up, and a class is never deleted.
FILE_CLASSES = """
CREATE TABLE onextree.file_classes (
    class_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    language text NOT NULL,
    category text NOT NULL CHECK (category IN (
        'source', 'test', 'documentation', 'configuration', 'data', 'build', 'generated',
        'vendored', 'binary'
    )),
    rule text NOT NULL,
    UNIQUE (language, category, rule)
)
"""

COLUMNS = (
    "ALTER TABLE onextree.current_entries ADD COLUMN class_id smallint",
    "ALTER TABLE onextree.closed_entries ADD COLUMN class_id smallint",
)

ENTRIES_AT = """
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
$$
"""

# As before, with the language and category of a file and the purpose of a directory, which is
# stored where it differs from that of the directory above.
TREE_STRUCTURE = r"""
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
$$
"""

COMMENTS = {
    "TABLE onextree.file_classes": "Distinct results of classifying a file",
    "COLUMN onextree.file_classes.language": "Name that GitHub linguist uses; empty for none",
    "COLUMN onextree.file_classes.rule": "What decided the category",
    "COLUMN onextree.current_entries.class_id": "Null where the file was stored before files were"
    " classified",
}

ENTRIES_AT_BEFORE = """
CREATE FUNCTION onextree.entries_at(p_project integer, p_version integer)
RETURNS TABLE (dir text, name text, kind "char", size bigint, digest bytea, v_from integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(long_dir, dir), name, kind, size, digest, v_from
    FROM onextree.current_entries
    WHERE project_key = p_project AND v_from <= p_version
    UNION ALL
    SELECT coalesce(long_dir, dir), name, kind, size, digest, v_from
    FROM onextree.closed_entries
    WHERE project_key = p_project AND v_from <= p_version AND v_to > p_version
$$
"""

TREE_STRUCTURE_BEFORE = r"""
CREATE OR REPLACE FUNCTION
onextree.tree_structure(p_project integer, p_version integer, p_root text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
WITH RECURSIVE entries AS MATERIALIZED (
    SELECT dir, name, kind, size, digest,
           CASE WHEN dir = '' THEN name ELSE dir || '/' || name END COLLATE "C" AS path
    FROM onextree.entries_at(p_project, p_version)
), directories (path) AS (
    SELECT DISTINCT dir COLLATE "C" FROM entries WHERE dir <> ''
    UNION
    SELECT left(path, -strpos(reverse(path), '/')) FROM directories WHERE strpos(path, '/') > 0
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
           || coalesce(',"digest":"' || encode(digest, 'hex') || '"', '')
           || ',"children":[]}' AS node
    FROM entries
    UNION ALL
    SELECT replace(replace(path, E'\x01', E'\x01\x03'), '/', E'\x01\x01') || E'\x01\x01',
           'open',
           '{"path":' || to_json(path) || ',"name":'
           || to_json(right(path, strpos(reverse('/' || path), '/') - 1))
           || ',"type":"directory","children":['
    FROM directories
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
$$
"""


def upgrade() -> None:
    op.execute(FILE_CLASSES)
    for column in COLUMNS:
        op.execute(column)
    op.execute("DROP FUNCTION onextree.entries_at(integer, integer)")
    op.execute(ENTRIES_AT)
    op.execute(TREE_STRUCTURE)
    for name, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {name} IS '{comment}'")


def downgrade() -> None:
    op.execute("DROP FUNCTION onextree.entries_at(integer, integer)")
    op.execute(ENTRIES_AT_BEFORE)
    op.execute(TREE_STRUCTURE_BEFORE)
    for table in ("current_entries", "closed_entries"):
        op.execute(f"ALTER TABLE onextree.{table} DROP COLUMN class_id")
    op.execute("DROP TABLE onextree.file_classes")
