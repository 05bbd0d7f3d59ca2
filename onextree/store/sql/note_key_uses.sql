-- At most once a minute a key, however many processes have seen it.
UPDATE onextree.api_keys k SET last_used_at = u.used_at
FROM unnest(%(key_ids)s::text[], %(times)s::timestamptz[]) AS u (key_id, used_at)
WHERE k.key_id = u.key_id
  AND coalesce(k.last_used_at, '-infinity') < u.used_at - interval '1 minute'
