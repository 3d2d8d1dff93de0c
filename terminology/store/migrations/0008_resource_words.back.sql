-- Identifiers, jurisdictions, references and texts of resources are no longer searched for, until they are written again.
DROP TABLE resource_word;
