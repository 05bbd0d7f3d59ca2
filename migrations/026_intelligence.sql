-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 025_events -> 026_intelligence

CREATE TABLE onextree.analyses (
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    version integer NOT NULL,
    id uuid NOT NULL,
    rules text NOT NULL,
    analysed_at timestamptz NOT NULL DEFAULT now(),
    code_files integer NOT NULL CHECK (code_files >= 0),
    unread_files integer NOT NULL CHECK (unread_files >= 0),
    relationships integer NOT NULL CHECK (relationships >= 0),
    findings integer NOT NULL CHECK (findings >= 0),
    PRIMARY KEY (project_key, version)
);

CREATE TABLE onextree.relationships (
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    v_from integer NOT NULL,
    v_to integer CHECK (v_to > v_from),
    line integer NOT NULL CHECK (line >= 0),
    kind text NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL
);

CREATE TABLE onextree.findings (
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    v_from integer NOT NULL,
    v_to integer CHECK (v_to > v_from),
    line integer NOT NULL CHECK (line >= 0),
    rule_version integer NOT NULL,
    key bytea NOT NULL CHECK (octet_length(key) = 16),
    rule text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
    path text COLLATE "C" NOT NULL,
    subject text NOT NULL,
    message text NOT NULL,
    evidence jsonb NOT NULL
);

CREATE TABLE onextree.extractions (
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    language text NOT NULL,
    extraction_version integer NOT NULL,
    used_on date NOT NULL DEFAULT current_date,
    facts bytea NOT NULL,
    PRIMARY KEY (digest, language)
);

CREATE TABLE onextree.archon_answers (
    key text PRIMARY KEY,
    answer jsonb NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX ON onextree.relationships (project_key, source, target) WHERE v_to IS NULL;

CREATE INDEX ON onextree.relationships (project_key, target) WHERE v_to IS NULL;

CREATE UNIQUE INDEX ON onextree.findings (project_key, key) WHERE v_to IS NULL;

CREATE INDEX ON onextree.findings (project_key, path);

CREATE INDEX ON onextree.relationships (project_key, v_from);

CREATE INDEX ON onextree.relationships (project_key, v_to) WHERE v_to IS NOT NULL;

CREATE INDEX ON onextree.findings (project_key, v_from);

CREATE INDEX ON onextree.findings (project_key, v_to) WHERE v_to IS NOT NULL;

CREATE INDEX ON onextree.extractions (used_on);

CREATE INDEX ON onextree.archon_answers (answered_at);

CREATE FUNCTION onextree.forget_intelligence() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    project integer;
    first integer;
    last integer;
    newest integer;
BEGIN
    FOR project, first, last IN
        SELECT project_key, min(version), max(version) FROM deleted
        GROUP BY project_key ORDER BY project_key
    LOOP
        SELECT coalesce(max(version), 0) INTO newest
        FROM onextree.versions WHERE project_key = project;
        DELETE FROM onextree.analyses WHERE project_key = project AND version > newest;
        IF FOUND THEN
            DELETE FROM onextree.relationships WHERE project_key = project AND v_from > newest;
            DELETE FROM onextree.findings WHERE project_key = project AND v_from > newest;
            UPDATE onextree.relationships SET v_to = NULL
            WHERE project_key = project AND v_to > newest;
            UPDATE onextree.findings SET v_to = NULL WHERE project_key = project AND v_to > newest;
            UPDATE onextree.analyses SET id = gen_random_uuid()
            WHERE project_key = project AND version = (
                SELECT max(version) FROM onextree.analyses WHERE project_key = project);
        END IF;
        DELETE FROM onextree.relationships r
        WHERE project_key = project AND v_from <= last AND v_to > first
          AND NOT EXISTS (SELECT FROM onextree.versions v WHERE v.project_key = project
                          AND v.version >= r.v_from AND v.version < r.v_to);
        DELETE FROM onextree.findings f
        WHERE project_key = project AND v_from <= last AND v_to > first
          AND NOT EXISTS (SELECT FROM onextree.versions v WHERE v.project_key = project
                          AND v.version >= f.v_from AND v.version < f.v_to);
        DELETE FROM onextree.analyses a USING (
            SELECT version, lead(version) OVER (ORDER BY version) AS following
            FROM onextree.analyses WHERE project_key = project
        ) AS held
        WHERE a.project_key = project AND a.version = held.version AND a.version <= last
          AND NOT EXISTS (SELECT FROM onextree.versions v WHERE v.project_key = project
                          AND v.version >= held.version
                          AND (held.following IS NULL OR v.version < held.following));
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_intelligence AFTER DELETE ON onextree.versions
    REFERENCING OLD TABLE AS deleted
    FOR EACH STATEMENT EXECUTE FUNCTION onextree.forget_intelligence();

ALTER TABLE onextree.enrichment_queue DROP CONSTRAINT enrichment_queue_reason_check;

ALTER TABLE onextree.enrichment_queue ADD CONSTRAINT enrichment_queue_reason_check CHECK (reason IN ('generated', 'accessed', 'requested', 'archon'));

CREATE VIEW public.onextree_relationships AS
SELECT p.project_id, r.source, r.target, r.kind, r.line,
       r.v_from AS first_seen_version, r.v_to AS gone_in_version
FROM onextree.relationships r
JOIN onextree.projects p USING (project_key);

CREATE VIEW public.onextree_findings AS
SELECT p.project_id, f.rule, f.rule_version, f.severity, f.path, nullif(f.line, 0) AS line,
       f.subject, f.message, f.evidence,
       f.v_from AS first_seen_version, f.v_to AS resolved_in_version
FROM onextree.findings f
JOIN onextree.projects p USING (project_key);

COMMENT ON TABLE onextree.analyses IS 'Versions whose code was analysed; those between two have what the earlier one has';

COMMENT ON COLUMN onextree.analyses.id IS 'Another one each time, so that what is remembered of it elsewhere can be told from the rest';

COMMENT ON COLUMN onextree.analyses.rules IS 'What it was analysed by';

COMMENT ON COLUMN onextree.analyses.unread_files IS 'Files of code whose content was not at hand';

COMMENT ON TABLE onextree.relationships IS 'A file that uses another, from version v_from until before v_to';

COMMENT ON COLUMN onextree.relationships.line IS 'The first one that says so, as it was last';

COMMENT ON TABLE onextree.findings IS 'What is wrong with a project, from version v_from until before v_to; the rest as it was last';

COMMENT ON COLUMN onextree.findings.key IS 'The same for the same finding in each version';

COMMENT ON TABLE onextree.extractions IS 'What the content of a source file says, whatever project it is of';

COMMENT ON COLUMN onextree.extractions.facts IS 'JSON; of a configuration file the content itself';

COMMENT ON COLUMN onextree.extractions.used_on IS 'About when it was asked for last';

COMMENT ON TABLE onextree.archon_answers IS 'What Archon has answered, by the question';

COMMENT ON VIEW public.onextree_relationships IS 'Which file uses which, and in which versions';

COMMENT ON VIEW public.onextree_findings IS 'What is wrong with each project, and in which versions';

COMMENT ON COLUMN public.onextree_relationships.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_relationships.source IS 'Path of a file, relative to the root';

COMMENT ON COLUMN public.onextree_relationships.target IS 'Path of the file that it uses';

COMMENT ON COLUMN public.onextree_relationships.kind IS 'How: import, type, reexport and others';

COMMENT ON COLUMN public.onextree_relationships.line IS 'The first one that says so, counted from 1, as it was last';

COMMENT ON COLUMN public.onextree_relationships.first_seen_version IS 'It is there since this version';

COMMENT ON COLUMN public.onextree_relationships.gone_in_version IS 'It is not there any more from this version on; null while it is';

COMMENT ON COLUMN public.onextree_findings.project_id IS 'The project';

COMMENT ON COLUMN public.onextree_findings.rule IS 'What was found; docs/findings.md has the rules';

COMMENT ON COLUMN public.onextree_findings.rule_version IS 'Changes with what the rule finds';

COMMENT ON COLUMN public.onextree_findings.severity IS 'critical, high, medium or low';

COMMENT ON COLUMN public.onextree_findings.path IS 'The file, relative to the root; empty where it is about the project as a whole';

COMMENT ON COLUMN public.onextree_findings.line IS 'Counted from 1, as it was last; null where it is about no line';

COMMENT ON COLUMN public.onextree_findings.subject IS 'What in the file, a class''s name say; with rule and path it is known again';

COMMENT ON COLUMN public.onextree_findings.message IS 'A sentence for people';

COMMENT ON COLUMN public.onextree_findings.evidence IS 'What it was told by: figures, files, edges';

COMMENT ON COLUMN public.onextree_findings.first_seen_version IS 'It is there since this version';

COMMENT ON COLUMN public.onextree_findings.resolved_in_version IS 'It is not there any more from this version on; null while it is';

UPDATE public.onextree_alembic_version SET version_num='026_intelligence' WHERE public.onextree_alembic_version.version_num = '025_events';

COMMIT;
