-- They had ended with this version, and hold after all.
UPDATE onextree.relationships r SET v_to = NULL, line = m.line, kind = m.kind
FROM unnest(%(sources)s::text[], %(targets)s::text[], %(lines)s::integer[], %(kinds)s::text[])
    AS m (source, target, line, kind)
WHERE r.project_key = %(project_key)s AND r.v_to = %(version)s
  AND r.source = m.source AND r.target = m.target
