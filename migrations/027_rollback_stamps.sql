-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 027_stamps -> 026_intelligence

DROP VIEW public.onextree_stamp_manifest;

DROP VIEW public.onextree_stamps;

DROP INDEX onextree.outbox_stamps;

DROP TABLE onextree.stamp_manifest;

DROP TABLE onextree.stamp_manifests;

DROP TABLE onextree.stamp_contents;

DROP TABLE onextree.stamps;

UPDATE public.onextree_alembic_version SET version_num='026_intelligence' WHERE public.onextree_alembic_version.version_num = '027_stamps';

COMMIT;
