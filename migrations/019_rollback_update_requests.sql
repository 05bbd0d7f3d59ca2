-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 019_update_requests -> 018_entries_of_any_version

ALTER TABLE onextree.projects DROP COLUMN head_commit, DROP COLUMN head_branch;

DROP TABLE onextree.update_requests;

UPDATE public.onextree_alembic_version SET version_num='018_entries_of_any_version' WHERE public.onextree_alembic_version.version_num = '019_update_requests';

COMMIT;
