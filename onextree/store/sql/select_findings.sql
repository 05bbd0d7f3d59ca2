-- Those of a version; or, since one, those that came and went with later ones up to that.
SELECT rule, rule_version, severity, path, nullif(line, 0) AS line, subject, message, evidence,
       v_from AS first_seen_version, v_to AS resolved_in_version
FROM onextree.findings
WHERE project_key = %(project_key)s
  AND CASE WHEN %(since)s::integer IS NULL
           THEN v_from <= %(version)s AND (v_to IS NULL OR v_to > %(version)s)
           ELSE (v_from > %(since)s AND v_from <= %(version)s
                 AND (v_to IS NULL OR v_to > %(version)s))
             OR (v_from <= %(since)s AND v_to > %(since)s AND v_to <= %(version)s)
      END
ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), rule, path, 5,
         subject
