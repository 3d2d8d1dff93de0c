-- Mappings of value sets are found more slowly.
DROP INDEX mapping_without_target;

DROP INDEX mapping_without_source;
