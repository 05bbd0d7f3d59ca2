SELECT project_id AS stream, failure, last_sequence - published_sequence AS waiting
FROM onextree.event_streams
WHERE failure IS NOT NULL AND published_sequence < last_sequence
ORDER BY project_id LIMIT %(most)s
