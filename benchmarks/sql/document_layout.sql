-- The specification's section 3: a whole document a version, and every index that it has there.
-- Only the schema's name and the built-in function for the id are ours.
CREATE SCHEMA document_layout;

CREATE TABLE document_layout.onextree_snapshots (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    project_id varchar(255) NOT NULL,
    project_root text NOT NULL,
    tree_structure jsonb NOT NULL,
    tree_hash varchar(64) NOT NULL,
    total_files integer NOT NULL CHECK (total_files >= 0),
    total_directories integer NOT NULL CHECK (total_directories >= 0),
    total_size_bytes bigint NOT NULL CHECK (total_size_bytes >= 0),
    enrichment_data jsonb DEFAULT '{}',
    enrichment_sources text[] DEFAULT ARRAY[]::text[],
    is_enriched boolean DEFAULT false,
    generation_time_ms integer CHECK (generation_time_ms >= 0),
    enrichment_time_ms integer CHECK (enrichment_time_ms >= 0),
    version integer NOT NULL DEFAULT 1,
    parent_snapshot_id uuid REFERENCES document_layout.onextree_snapshots (id) ON DELETE SET NULL,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    expires_at timestamp with time zone,
    CONSTRAINT tree_hash_format CHECK (tree_hash ~ '^[a-f0-9]{64}$')
);

CREATE INDEX idx_onextree_snapshots_project_id
    ON document_layout.onextree_snapshots (project_id);
CREATE INDEX idx_onextree_snapshots_tree_hash
    ON document_layout.onextree_snapshots (tree_hash);
CREATE INDEX idx_onextree_snapshots_created_at
    ON document_layout.onextree_snapshots (created_at DESC);
CREATE INDEX idx_onextree_snapshots_expires_at
    ON document_layout.onextree_snapshots (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX idx_onextree_snapshots_tree_structure
    ON document_layout.onextree_snapshots USING gin (tree_structure);
CREATE INDEX idx_onextree_snapshots_enrichment_data
    ON document_layout.onextree_snapshots USING gin (enrichment_data);
CREATE INDEX idx_onextree_snapshots_project_created
    ON document_layout.onextree_snapshots (project_id, created_at DESC);

CREATE FUNCTION document_layout.update_onextree_snapshots_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;

CREATE TRIGGER trigger_onextree_snapshots_updated_at
    BEFORE UPDATE ON document_layout.onextree_snapshots
    FOR EACH ROW EXECUTE FUNCTION document_layout.update_onextree_snapshots_updated_at();
