-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 026_intelligence -> 025_events

DROP VIEW public.onextree_findings;

DROP VIEW public.onextree_relationships;

DELETE FROM onextree.enrichment_queue WHERE reason = 'archon';

ALTER TABLE onextree.enrichment_queue DROP CONSTRAINT enrichment_queue_reason_check;

ALTER TABLE onextree.enrichment_queue ADD CONSTRAINT enrichment_queue_reason_check CHECK (reason IN ('generated', 'accessed', 'requested'));

DROP TRIGGER forget_intelligence ON onextree.versions;

DROP FUNCTION onextree.forget_intelligence();

DROP TABLE onextree.archon_answers;

DROP TABLE onextree.extractions;

DROP TABLE onextree.findings;

DROP TABLE onextree.relationships;

DROP TABLE onextree.analyses;

UPDATE public.onextree_alembic_version SET version_num='025_events' WHERE public.onextree_alembic_version.version_num = '026_intelligence';

COMMIT;
