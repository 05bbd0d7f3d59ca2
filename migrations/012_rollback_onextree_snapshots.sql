-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 012_create_onextree_snapshots -> 

DROP VIEW public.onextree_snapshots;

DROP FUNCTION onextree.tree_structure(integer, integer, text);

DROP FUNCTION onextree.entries_at(integer, integer);

DROP FUNCTION onextree.extension(text);

DROP TABLE onextree.closed_entries;

DROP TABLE onextree.current_entries;

DROP TABLE onextree.versions;

DROP TABLE onextree.projects;

DROP FUNCTION onextree.update_onextree_snapshots_updated_at();

DROP SCHEMA onextree;

DELETE FROM public.onextree_alembic_version WHERE public.onextree_alembic_version.version_num = '012_create_onextree_snapshots';

COMMIT;
