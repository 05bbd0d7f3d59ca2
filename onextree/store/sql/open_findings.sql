SELECT key, rule, rule_version, severity, path, line, subject, message, evidence
FROM onextree.findings
WHERE project_key = %(project_key)s AND v_to IS NULL
