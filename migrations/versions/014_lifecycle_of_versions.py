"""Versions that can be deleted, pinned and updated through the view; projects that can be renamed.

Revision ID: 014_lifecycle_of_versions
Revises: 013_add_file_classes
"""

from importlib import import_module

from alembic import op

REVISION_013 = import_module("migrations.versions.013_add_file_classes")

revision = "014_lifecycle_of_versions"
down_revision = "013_add_file_classes"
branch_labels = None
depends_on = None

# The id stands in each version too: the view is then one table, which PostgreSQL updates by itself.
PROJECT_ID = (
    'ALTER TABLE onextree.versions ADD COLUMN project_id varchar(255) COLLATE "C"',
    "UPDATE onextree.versions v SET project_id = p.project_id"
    " FROM onextree.projects p WHERE p.project_key = v.project_key",
    "ALTER TABLE onextree.versions ALTER COLUMN project_id SET NOT NULL",
    "ALTER TABLE onextree.versions DROP CONSTRAINT versions_project_key_fkey",
    "ALTER TABLE onextree.projects ADD CONSTRAINT projects_project_key_project_id_key"
    " UNIQUE (project_key, project_id)",
    "ALTER TABLE onextree.versions ADD CONSTRAINT versions_project_fkey"
    " FOREIGN KEY (project_key, project_id)"
    " REFERENCES onextree.projects (project_key, project_id) ON UPDATE CASCADE ON DELETE CASCADE",
)

COLUMNS = (
    "ALTER TABLE onextree.versions ADD COLUMN is_pinned boolean NOT NULL DEFAULT false",
    "ALTER TABLE onextree.projects ADD COLUMN removed_at timestamptz",
)

INDEXES = (
    "ALTER TABLE onextree.versions RENAME CONSTRAINT idx_onextree_snapshots_project_id"
    " TO versions_project_key_version_key",
    "CREATE UNIQUE INDEX idx_onextree_snapshots_project_id"
    " ON onextree.versions (project_id, version)",
    "DROP INDEX onextree.idx_onextree_snapshots_project_created",
    "CREATE INDEX idx_onextree_snapshots_project_created"
    " ON onextree.versions (project_id, created_at DESC)",
)

# 1330792788 is "OnXT". PostgreSQL has locked the row by now, while OnexTree's own writers lock the
# project first. So this may close a circle, and gives up before the server looks for one (after a
# second, unless configured otherwise) and stops a writer for it.
LOCK_PROJECT = """
CREATE FUNCTION onextree.lock_project() RETURNS trigger
LANGUAGE plpgsql SET lock_timeout = '700ms' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1330792788, OLD.project_key);
    RETURN OLD;
EXCEPTION WHEN lock_not_available THEN
    RAISE EXCEPTION USING
        MESSAGE = 'project ' || OLD.project_id || ' is being written to',
        ERRCODE = 'lock_not_available',
        HINT = 'Nothing was deleted; try again.';
END
$$
"""

LOCK_TRIGGERS = (
    "CREATE TRIGGER lock_project BEFORE DELETE ON onextree.projects"
    " FOR EACH ROW EXECUTE FUNCTION onextree.lock_project()",
    "CREATE TRIGGER lock_project BEFORE DELETE ON onextree.versions"
    " FOR EACH ROW EXECUTE FUNCTION onextree.lock_project()",
)

# Rows between two versions that are left, inside a gap, are of no version any more.
FORGET_VERSIONS = """
CREATE FUNCTION onextree.forget_versions() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    project integer;
    newest integer;
BEGIN
    FOR project IN SELECT DISTINCT project_key FROM deleted ORDER BY project_key LOOP
        SELECT coalesce(max(version), 0) INTO newest
        FROM onextree.versions WHERE project_key = project;
        IF EXISTS (SELECT FROM deleted WHERE project_key = project AND version > newest) THEN
            PERFORM onextree.reopen_version(project, newest);
            UPDATE onextree.projects SET verified_at = NULL WHERE project_key = project;
        END IF;
        WITH gaps AS (
            SELECT DISTINCT
                coalesce((SELECT max(v.version) FROM onextree.versions v
                          WHERE v.project_key = project AND v.version < d.version), 0) AS before,
                (SELECT min(v.version) FROM onextree.versions v
                 WHERE v.project_key = project AND v.version > d.version) AS after
            FROM deleted d WHERE d.project_key = project
        )
        DELETE FROM onextree.closed_entries c USING gaps
        WHERE c.project_key = project AND c.v_from > gaps.before
          AND c.v_to > gaps.before AND c.v_to <= coalesce(gaps.after, 2147483647);
    END LOOP;
    RETURN NULL;
END
$$
"""

REOPEN_VERSION = """
CREATE FUNCTION onextree.reopen_version(p_project integer, p_newest integer) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM onextree.current_entries WHERE project_key = p_project AND v_from > p_newest;
    WITH reopened AS (
        DELETE FROM onextree.closed_entries
        WHERE project_key = p_project AND v_from <= p_newest AND v_to > p_newest
        RETURNING *
    )
    INSERT INTO onextree.current_entries
        (project_key, v_from, size, kind, dir, name, digest, long_dir, class_id)
    SELECT project_key, v_from, size, kind, dir, name, digest, long_dir, class_id FROM reopened;
$$
"""

FORGET_TRIGGER = """
CREATE TRIGGER forget_versions AFTER DELETE ON onextree.versions
    REFERENCING OLD TABLE AS deleted
    FOR EACH STATEMENT EXECUTE FUNCTION onextree.forget_versions()
"""

REFUSE_CHANGE = """
CREATE FUNCTION onextree.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = 'version ' || OLD.version || ' of project ' || OLD.project_id
            || ' does not change',
        ERRCODE = 'feature_not_supported',
        HINT = 'What can be updated: enrichment_data, enrichment_sources, is_enriched,'
            ' enrichment_time_ms, expires_at, is_pinned.';
END
$$
"""

REFUSE_CHANGE_TRIGGER = """
CREATE TRIGGER refuse_change BEFORE UPDATE OF
    id, project_root, version, tree_hash, total_files, total_directories, total_size_bytes,
    generation_time_ms, commit_id, branch, is_dirty, is_mixed, trigger_type, unreadable_files,
    skipped_files, paths_added, paths_modified, paths_removed, created_at
    ON onextree.versions
    FOR EACH ROW WHEN (current_setting('onextree.repair', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION onextree.refuse_change()
"""

REFUSE_INSERT = """
CREATE FUNCTION onextree.refuse_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'onextree_snapshots takes no INSERT: a version is made of a tree'
        USING ERRCODE = 'feature_not_supported',
              HINT = 'Scan the project with `onextree generate ROOT`, or store a tree that you have'
                  ' with `onextree import ID FILE`.';
END
$$
"""

REFUSE_INSERT_TRIGGER = """
CREATE TRIGGER refuse_insert INSTEAD OF INSERT ON public.onextree_snapshots
    FOR EACH ROW EXECUTE FUNCTION onextree.refuse_insert()
"""

# One transaction, so a limit; projects that somebody writes to have their turn the next time.
CLEANUP = """
CREATE FUNCTION public.cleanup_expired_onextree_snapshots(max_versions integer DEFAULT 1000)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    project integer;
    deleted integer;
    total integer := 0;
BEGIN
    FOR project IN
        SELECT DISTINCT v.project_key FROM onextree.versions v
        WHERE v.expires_at < now() ORDER BY v.project_key
    LOOP
        EXIT WHEN total >= max_versions;
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(1330792788, project);
        DELETE FROM onextree.versions
        WHERE project_key = project AND version IN (
            SELECT v.version
            FROM onextree.versions v JOIN onextree.projects p USING (project_key)
            WHERE v.project_key = project AND v.expires_at < now() AND NOT v.is_pinned
              AND p.removed_at IS NULL
              AND v.version < (SELECT max(n.version) FROM onextree.versions n
                               WHERE n.project_key = project)
            ORDER BY v.version LIMIT max_versions - total
        );
        GET DIAGNOSTICS deleted = ROW_COUNT;
        total := total + deleted;
    END LOOP;
    RETURN total;
END
$$
"""

# A name's last dot parts it, unless it is the first or the last character.
EXTENSION = """
CREATE OR REPLACE FUNCTION onextree.extension(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN length(split_part(name, '.', -1)) BETWEEN 1 AND length(name) - 2
         THEN lower(split_part(name, '.', -1)) END
"""

EXTENSION_BEFORE = """
CREATE OR REPLACE FUNCTION onextree.extension(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN strpos(reverse(name), '.') BETWEEN 2 AND length(name) - 1
         THEN lower(right(name, strpos(reverse(name), '.') - 1)) END
"""

# As before in less time: a class becomes text once, nothing is compiled or sorted on disk.
TREE_STRUCTURE = r"""
CREATE OR REPLACE FUNCTION
onextree.tree_structure(p_project integer, p_version integer, p_root text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
SET jit = off SET work_mem = '64MB' AS $$
WITH RECURSIVE classes AS MATERIALIZED (
    SELECT class_id,
           coalesce(',"language":' || to_json(nullif(language, '')), '')
           || ',"category":"' || category || '"' AS class
    FROM onextree.file_classes
), entries AS MATERIALIZED (
    SELECT dir, name, kind, size, digest, class,
           CASE WHEN dir = '' THEN name ELSE dir || '/' || name END COLLATE "C" AS path
    FROM onextree.entries_at(p_project, p_version)
    LEFT JOIN classes USING (class_id)
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
           || coalesce(class, '')
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

SNAPSHOTS = """
CREATE VIEW public.onextree_snapshots AS
SELECT id,
       project_id,
       project_root,
       onextree.tree_structure(project_key, version, project_root) AS tree_structure,
       tree_hash,
       total_files,
       total_directories,
       total_size_bytes,
       enrichment_data,
       enrichment_sources,
       is_enriched,
       generation_time_ms,
       enrichment_time_ms,
       version,
       parent_snapshot_id,
       created_at,
       updated_at,
       expires_at,
       commit_id,
       branch,
       is_dirty,
       trigger_type,
       is_pinned
FROM onextree.versions
"""

SNAPSHOTS_BEFORE = """
CREATE VIEW public.onextree_snapshots AS
SELECT v.id,
       p.project_id,
       v.project_root,
       onextree.tree_structure(v.project_key, v.version, v.project_root) AS tree_structure,
       v.tree_hash,
       v.total_files,
       v.total_directories,
       v.total_size_bytes,
       v.enrichment_data,
       v.enrichment_sources,
       v.is_enriched,
       v.generation_time_ms,
       v.enrichment_time_ms,
       v.version,
       v.parent_snapshot_id,
       v.created_at,
       v.updated_at,
       v.expires_at,
       v.commit_id,
       v.branch,
       v.is_dirty,
       v.trigger_type
FROM onextree.versions v
JOIN onextree.projects p USING (project_key)
"""

VIEW_COMMENTS = {
    "VIEW public.onextree_snapshots": "Stores OnexTree project structure snapshots with versioning",
    "COLUMN public.onextree_snapshots.project_id": "Unique project identifier (repo name or"
    " path hash)",
    "COLUMN public.onextree_snapshots.tree_structure": "Complete tree, put together when it is"
    " selected",
    "COLUMN public.onextree_snapshots.tree_hash": "SHA256 hash of tree structure for change"
    " detection",
    "COLUMN public.onextree_snapshots.enrichment_data": "Intelligence data from Archon patterns and"
    " analysis",
    "COLUMN public.onextree_snapshots.version": "Snapshot version number for incremental updates",
    "COLUMN public.onextree_snapshots.parent_snapshot_id": "Reference to previous snapshot for diff"
    " tracking",
}

COMMENTS = {
    **VIEW_COMMENTS,
    "COLUMN public.onextree_snapshots.expires_at": "When retention may delete the version; the"
    " newest of a project is never deleted",
    "COLUMN public.onextree_snapshots.is_pinned": "Retention never deletes a pinned version",
    "COLUMN onextree.projects.removed_at": "When the project was removed and its history kept;"
    " null while it is registered",
    "COLUMN onextree.versions.is_pinned": "Retention never deletes a pinned version",
    "FUNCTION public.cleanup_expired_onextree_snapshots(integer)": "Deletes expired versions, never"
    " a newest or pinned one; returns how many",
    "FUNCTION onextree.reopen_version(integer, integer)": "Makes an older version the newest one",
}


def upgrade() -> None:
    op.execute("DROP VIEW public.onextree_snapshots")
    for statement in (*PROJECT_ID, *COLUMNS, *INDEXES):
        op.execute(statement)
    for definition in (
        *(LOCK_PROJECT, *LOCK_TRIGGERS),
        *(REOPEN_VERSION, FORGET_VERSIONS, FORGET_TRIGGER),
        *(REFUSE_CHANGE, REFUSE_CHANGE_TRIGGER),
        *(EXTENSION, TREE_STRUCTURE, SNAPSHOTS),
        *(REFUSE_INSERT, REFUSE_INSERT_TRIGGER, CLEANUP),
    ):
        op.execute(definition)
    _comment(COMMENTS)


def downgrade() -> None:
    op.execute("DROP FUNCTION public.cleanup_expired_onextree_snapshots(integer)")
    op.execute("DROP VIEW public.onextree_snapshots")
    for trigger in (
        *("lock_project ON onextree.projects", "lock_project ON onextree.versions"),
        *("forget_versions ON onextree.versions", "refuse_change ON onextree.versions"),
    ):
        op.execute(f"DROP TRIGGER {trigger}")
    for function in (
        *("lock_project()", "forget_versions()", "reopen_version(integer, integer)"),
        *("refuse_change()", "refuse_insert()"),
    ):
        op.execute(f"DROP FUNCTION onextree.{function}")
    op.execute("DROP INDEX onextree.idx_onextree_snapshots_project_id")
    op.execute(
        "ALTER TABLE onextree.versions RENAME CONSTRAINT versions_project_key_version_key"
        " TO idx_onextree_snapshots_project_id"
    )
    op.execute("ALTER TABLE onextree.versions DROP CONSTRAINT versions_project_fkey")
    op.execute("ALTER TABLE onextree.projects DROP CONSTRAINT projects_project_key_project_id_key")
    op.execute("ALTER TABLE onextree.versions DROP COLUMN project_id, DROP COLUMN is_pinned")
    op.execute(
        "ALTER TABLE onextree.versions ADD CONSTRAINT versions_project_key_fkey"
        " FOREIGN KEY (project_key) REFERENCES onextree.projects ON DELETE CASCADE"
    )
    op.execute("ALTER TABLE onextree.projects DROP COLUMN removed_at")
    op.execute(
        "CREATE INDEX idx_onextree_snapshots_project_created ON onextree.versions"
        " (project_key, created_at DESC)"
    )
    for definition in (EXTENSION_BEFORE, REVISION_013.TREE_STRUCTURE, SNAPSHOTS_BEFORE):
        op.execute(definition)
    _comment(VIEW_COMMENTS)


def _comment(comments: dict[str, str]) -> None:
    for name, comment in comments.items():
        op.execute(f"COMMENT ON {name} IS '{comment}'")
