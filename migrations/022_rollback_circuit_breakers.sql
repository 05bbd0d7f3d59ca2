-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 022_circuit_breakers -> 021_remote_projects

DROP TABLE onextree.circuit_breakers;

UPDATE public.onextree_alembic_version SET version_num='021_remote_projects' WHERE public.onextree_alembic_version.version_num = '022_circuit_breakers';

COMMIT;
