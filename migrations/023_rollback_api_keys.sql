-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 023_api_keys -> 022_circuit_breakers

DROP TABLE onextree.api_key_projects;

DROP TABLE onextree.api_keys;

UPDATE public.onextree_alembic_version SET version_num='022_circuit_breakers' WHERE public.onextree_alembic_version.version_num = '023_api_keys';

COMMIT;
