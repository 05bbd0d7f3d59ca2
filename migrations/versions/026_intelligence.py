"""How files hang together, what is wrong with them, and what they and Archon said.

Revision ID: 026_intelligence
Revises: 025_events
"""

from alembic import op

revision = "026_intelligence"
down_revision = "025_events"
branch_labels = None
depends_on = None

ANALYSES = """
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
)
"""

# Intervals as the entries have them, in one table: few of these rows are ever closed.
RELATIONSHIPS = """
CREATE TABLE onextree.relationships (
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    v_from integer NOT NULL,
    v_to integer CHECK (v_to > v_from),
    line integer NOT NULL CHECK (line >= 0),
    kind text NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL
)
"""

FINDINGS = """
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
)
"""

INDEXES = (
    "CREATE UNIQUE INDEX ON onextree.relationships (project_key, source, target)"
    " WHERE v_to IS NULL",
    "CREATE INDEX ON onextree.relationships (project_key, target) WHERE v_to IS NULL",
    "CREATE UNIQUE INDEX ON onextree.findings (project_key, key) WHERE v_to IS NULL",
    "CREATE INDEX ON onextree.findings (project_key, path)",
    *(
        f"CREATE INDEX ON onextree.{table} (project_key, {column}){where}"
        for table in ("relationships", "findings")
        for column, where in (("v_from", ""), ("v_to", " WHERE v_to IS NOT NULL"))
    ),
)

EXTRACTIONS = """
CREATE TABLE onextree.extractions (
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    language text NOT NULL,
    extraction_version integer NOT NULL,
    used_on date NOT NULL DEFAULT current_date,
    facts bytea NOT NULL,
    PRIMARY KEY (digest, language)
)
"""

ARCHON_ANSWERS = """
CREATE TABLE onextree.archon_answers (
    key text PRIMARY KEY,
    answer jsonb NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now()
)
"""

# Where the newest version is deleted, what the last analysis of those before it has found holds
# again, told as it was told last: so that is another analysis. What no version has any more goes,
# an analysis with the last version that it holds for.
FORGET_INTELLIGENCE = """
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
$$
"""

FORGET_TRIGGER = """
CREATE TRIGGER forget_intelligence AFTER DELETE ON onextree.versions
    REFERENCING OLD TABLE AS deleted
    FOR EACH STATEMENT EXECUTE FUNCTION onextree.forget_intelligence()
"""

REASONS = (
    "ALTER TABLE onextree.enrichment_queue DROP CONSTRAINT enrichment_queue_reason_check",
    "ALTER TABLE onextree.enrichment_queue ADD CONSTRAINT enrichment_queue_reason_check"
    " CHECK (reason IN ({}))",
)

RELATIONSHIPS_VIEW = """
CREATE VIEW public.onextree_relationships AS
SELECT p.project_id, r.source, r.target, r.kind, r.line,
       r.v_from AS first_seen_version, r.v_to AS gone_in_version
FROM onextree.relationships r
JOIN onextree.projects p USING (project_key)
"""

FINDINGS_VIEW = """
CREATE VIEW public.onextree_findings AS
SELECT p.project_id, f.rule, f.rule_version, f.severity, f.path, nullif(f.line, 0) AS line,
       f.subject, f.message, f.evidence,
       f.v_from AS first_seen_version, f.v_to AS resolved_in_version
FROM onextree.findings f
JOIN onextree.projects p USING (project_key)
"""

COMMENTS = {
    "TABLE onextree.analyses": "Versions whose code was analysed; those between two have what the"
    " earlier one has",
    "COLUMN onextree.analyses.id": "Another one each time, so that what is remembered of it"
    " elsewhere can be told from the rest",
    "COLUMN onextree.analyses.rules": "What it was analysed by",
    "COLUMN onextree.analyses.unread_files": "Files of code whose content was not at hand",
    "TABLE onextree.relationships": "A file that uses another, from version v_from until before"
    " v_to",
    "COLUMN onextree.relationships.line": "The first one that says so, as it was last",
    "TABLE onextree.findings": "What is wrong with a project, from version v_from until before"
    " v_to; the rest as it was last",
    "COLUMN onextree.findings.key": "The same for the same finding in each version",
    "TABLE onextree.extractions": "What the content of a source file says, whatever project it is"
    " of",
    "COLUMN onextree.extractions.facts": "JSON; of a configuration file the content itself",
    "COLUMN onextree.extractions.used_on": "About when it was asked for last",
    "TABLE onextree.archon_answers": "What Archon has answered, by the question",
    "VIEW public.onextree_relationships": "Which file uses which, and in which versions",
    "VIEW public.onextree_findings": "What is wrong with each project, and in which versions",
}

VIEW_COLUMNS = {
    "onextree_relationships": {
        "project_id": "The project",
        "source": "Path of a file, relative to the root",
        "target": "Path of the file that it uses",
        "kind": "How: import, type, reexport and others",
        "line": "The first one that says so, counted from 1, as it was last",
        "first_seen_version": "It is there since this version",
        "gone_in_version": "It is not there any more from this version on; null while it is",
    },
    "onextree_findings": {
        "project_id": "The project",
        "rule": "What was found; docs/findings.md has the rules",
        "rule_version": "Changes with what the rule finds",
        "severity": "critical, high, medium or low",
        "path": "The file, relative to the root; empty where it is about the project as a whole",
        "line": "Counted from 1, as it was last; null where it is about no line",
        "subject": "What in the file, a class''s name say; with rule and path it is known again",
        "message": "A sentence for people",
        "evidence": "What it was told by: figures, files, edges",
        "first_seen_version": "It is there since this version",
        "resolved_in_version": "It is not there any more from this version on; null while it is",
    },
}


def upgrade() -> None:
    for table in (ANALYSES, RELATIONSHIPS, FINDINGS, EXTRACTIONS, ARCHON_ANSWERS):
        op.execute(table)
    for index in INDEXES:
        op.execute(index)
    op.execute("CREATE INDEX ON onextree.extractions (used_on)")
    op.execute("CREATE INDEX ON onextree.archon_answers (answered_at)")
    op.execute(FORGET_INTELLIGENCE)
    op.execute(FORGET_TRIGGER)
    for change in REASONS:
        op.execute(change.format("'generated', 'accessed', 'requested', 'archon'"))
    op.execute(RELATIONSHIPS_VIEW)
    op.execute(FINDINGS_VIEW)
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")
    for view, columns in VIEW_COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN public.{view}.{column} IS '{comment}'")


def downgrade() -> None:
    for view in ("onextree_findings", "onextree_relationships"):
        op.execute(f"DROP VIEW public.{view}")
    op.execute("DELETE FROM onextree.enrichment_queue WHERE reason = 'archon'")
    for change in REASONS:
        op.execute(change.format("'generated', 'accessed', 'requested'"))
    op.execute("DROP TRIGGER forget_intelligence ON onextree.versions")
    op.execute("DROP FUNCTION onextree.forget_intelligence()")
    for table in ("archon_answers", "extractions", "findings", "relationships", "analyses"):
        op.execute(f"DROP TABLE onextree.{table}")
