SELECT rule, rule_version, severity, path, nullif(line, 0) AS line, subject, message, evidence,
       v_from AS first_seen_version, v_to AS resolved_in_version
FROM onextree.findings
WHERE project_key = %(project_key)s AND path = %(path)s AND v_from <= %(version)s
  AND (v_to IS NULL OR v_to > %(version)s)
ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), rule, 5, subject
LIMIT %(most)s
