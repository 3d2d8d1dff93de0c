-- Versions that lie over another one cannot be said: load their releases again without documents, or remove the documents.
-- unless: SELECT 1 FROM code_system_version WHERE base IS NOT NULL
ALTER TABLE code_system_version DROP COLUMN base;
