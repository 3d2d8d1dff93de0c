-- What of a resource can be searched for beyond its columns: identifiers, jurisdictions, references, texts. Texts are
-- without case and accents.
CREATE TABLE resource_word (
  resource_key $BIGINT NOT NULL REFERENCES resource (key) ON DELETE CASCADE,
  number $BIGINT NOT NULL,
  name $TEXT NOT NULL,
  system $TEXT NOT NULL DEFAULT '',
  value $TEXT NOT NULL,
  PRIMARY KEY (resource_key, number)
);

CREATE INDEX resource_word_name ON resource_word (resource_key, name);
