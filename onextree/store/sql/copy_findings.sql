COPY onextree.findings
    (project_key, v_from, key, rule, rule_version, severity, path, line, subject, message, evidence)
FROM STDIN
