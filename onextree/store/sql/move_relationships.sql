-- They hold as before, and are said in another line, or another way.
UPDATE onextree.relationships r SET line = m.line, kind = m.kind
FROM unnest(%(sources)s::text[], %(targets)s::text[], %(lines)s::integer[], %(kinds)s::text[])
    AS m (source, target, line, kind)
WHERE r.project_key = %(project_key)s AND r.v_to IS NULL
  AND r.source = m.source AND r.target = m.target
