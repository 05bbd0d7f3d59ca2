INSERT INTO onextree.analyses
    (project_key, version, id, rules, code_files, unread_files, relationships, findings)
VALUES (%(project_key)s, %(version)s, %(id)s, %(rules)s, %(code_files)s, %(unread_files)s,
        %(relationships)s, %(findings)s)
ON CONFLICT (project_key, version) DO UPDATE
SET id = excluded.id, rules = excluded.rules, analysed_at = now(),
    code_files = excluded.code_files, unread_files = excluded.unread_files,
    relationships = excluded.relationships, findings = excluded.findings
