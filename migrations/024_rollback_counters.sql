-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 024_counters -> 023_api_keys

DROP TABLE onextree.counters;

UPDATE public.onextree_alembic_version SET version_num='023_api_keys' WHERE public.onextree_alembic_version.version_num = '024_counters';

COMMIT;
