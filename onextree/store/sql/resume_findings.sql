-- They had ended with this version, and hold after all.
UPDATE onextree.findings f
SET v_to = NULL, rule_version = m.rule_version, severity = m.severity, line = m.line,
    message = m.message, evidence = m.evidence
FROM unnest(%(keys)s::bytea[], %(rule_versions)s::integer[], %(severities)s::text[],
            %(lines)s::integer[], %(messages)s::text[], %(evidences)s::jsonb[])
    AS m (key, rule_version, severity, line, message, evidence)
WHERE f.project_key = %(project_key)s AND f.v_to = %(version)s AND f.key = m.key
