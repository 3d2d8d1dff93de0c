-- Mappings of all codes of a value set at once, and those to all of them, have no code: they are looked for apart.
CREATE INDEX mapping_without_source ON mapping (map_key, number) WHERE source_code IS NULL;

CREATE INDEX mapping_without_target ON mapping (map_key, number) WHERE target_code IS NULL;
