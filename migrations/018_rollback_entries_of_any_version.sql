-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 018_entries_of_any_version -> 017_views_for_analysts

DROP VIEW onextree.entries;

UPDATE public.onextree_alembic_version SET version_num='017_views_for_analysts' WHERE public.onextree_alembic_version.version_num = '018_entries_of_any_version';

COMMIT;
