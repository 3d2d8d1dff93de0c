-- Everything the store keeps. Words after a dollar sign are filled in by terminology/store/schema.py, which knows
-- how each database spells them. An absent url or version is '' here, so that uniqueness and order need no NULL rules.

CREATE TABLE generation (
  value $BIGINT NOT NULL
);

INSERT INTO generation (value) VALUES (0);

-- A version is filled while 'loading', seen while 'active', and kept for late readers while 'retired'. `expires`
-- (seconds since 1970) says when an unseen one may be collected; keys are never used again.
CREATE TABLE code_system_version (
  key $IDENTITY,
  state TEXT NOT NULL CHECK (state IN ('loading', 'active', 'retired', 'collecting')),
  expires $DOUBLE NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  url $TEXT NOT NULL DEFAULT '',
  version $TEXT NOT NULL DEFAULT '',
  content TEXT NOT NULL DEFAULT '',
  size $BIGINT NOT NULL DEFAULT 0,
  case_sensitive $BOOLEAN NOT NULL DEFAULT $TRUE,
  supplements TEXT,
  effective_start TEXT,
  effective_end TEXT,
  resource_id TEXT NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX code_system_version_active ON code_system_version (url, version) WHERE state = 'active';

-- The bulk tables refer to code_system_version.key without a foreign key: checking each of millions of rows costs more
-- than it tells, and garbage is collected by version anyway.

-- `id` is version * 2^32 + ordinal: one number finds a concept by its place, and rows lie in the order of ordinals.
-- `code` is NULL where it equals `key` (always, in a case-sensitive system).
CREATE TABLE concept (
  id $BIGINT PRIMARY KEY,
  version $BIGINT NOT NULL,
  key $TEXT NOT NULL,
  code TEXT,
  document $BYTES NOT NULL
);

CREATE UNIQUE INDEX concept_key ON concept (version, key);

CREATE INDEX concept_code ON concept (version, code) WHERE code IS NOT NULL;

CREATE TABLE bitmap (
  version $BIGINT NOT NULL,
  kind $TEXT NOT NULL,
  key $TEXT NOT NULL,
  data $BYTES NOT NULL,
  PRIMARY KEY (version, kind, key)
);

CREATE TABLE blob (
  version $BIGINT NOT NULL,
  kind $TEXT NOT NULL,
  key $TEXT NOT NULL,
  data $BYTES NOT NULL,
  PRIMARY KEY (version, kind, key)
);

-- A part is 'spilled' until a publication commits it; `expires` is as above.
CREATE TABLE part (
  key $IDENTITY,
  state TEXT NOT NULL CHECK (state IN ('spilled', 'committed', 'dropped', 'collecting')),
  expires $DOUBLE NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  url $TEXT NOT NULL DEFAULT '',
  version $TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT '',
  source $TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '',
  loader TEXT NOT NULL DEFAULT '',
  concepts $BIGINT NOT NULL DEFAULT 0,
  header $BYTES
);

CREATE UNIQUE INDEX part_committed ON part (url, version, source) WHERE state = 'committed';

CREATE TABLE part_block (
  part $BIGINT NOT NULL,
  number $BIGINT NOT NULL,
  data $BYTES NOT NULL,
  PRIMARY KEY (part, number)
);

-- The *_folded columns hold texts without case and accents, date_low and date_high the period of `date`.
CREATE TABLE resource (
  key $IDENTITY,
  type $TEXT NOT NULL,
  id $TEXT NOT NULL,
  url $TEXT NOT NULL DEFAULT '',
  version $TEXT NOT NULL DEFAULT '',
  name TEXT,
  title TEXT,
  status TEXT,
  date TEXT,
  publisher TEXT,
  source TEXT,
  last_updated $TEXT NOT NULL,
  version_id $BIGINT NOT NULL,
  name_folded $TEXT,
  title_folded $TEXT,
  publisher_folded $TEXT,
  date_low $TEXT,
  date_high $TEXT,
  body $BYTES NOT NULL
);

CREATE UNIQUE INDEX resource_id ON resource (type, id);

CREATE UNIQUE INDEX resource_canonical ON resource (type, url, version) WHERE url <> '';

CREATE INDEX resource_order ON resource (type, url, version, id);

CREATE INDEX resource_name ON resource (type, name_folded);

CREATE INDEX resource_title ON resource (type, title_folded);

-- What a resource was before it was replaced or deleted; a deletion is a row of its own without a body.
CREATE TABLE resource_history (
  type $TEXT NOT NULL,
  id $TEXT NOT NULL,
  version_id $BIGINT NOT NULL,
  key $BIGINT NOT NULL,
  url TEXT NOT NULL,
  version TEXT NOT NULL,
  name TEXT,
  title TEXT,
  status TEXT,
  date TEXT,
  publisher TEXT,
  source TEXT,
  last_updated TEXT NOT NULL,
  deleted $BOOLEAN NOT NULL DEFAULT $FALSE,
  body $BYTES NOT NULL,
  PRIMARY KEY (type, id, version_id)
);

CREATE TABLE mapping (
  map_key $BIGINT NOT NULL REFERENCES resource (key) ON DELETE CASCADE,
  number $BIGINT NOT NULL,
  group_number $BIGINT NOT NULL,
  source_system TEXT,
  source_code $TEXT,
  target_system TEXT,
  target_code $TEXT,
  document $BYTES NOT NULL,
  PRIMARY KEY (map_key, number)
);

CREATE INDEX mapping_source ON mapping (source_code, map_key, number) WHERE source_code IS NOT NULL;

CREATE INDEX mapping_target ON mapping (target_code, map_key, number) WHERE target_code IS NOT NULL;

CREATE TABLE alias (
  resource_key $BIGINT NOT NULL REFERENCES resource (key) ON DELETE CASCADE,
  alias $TEXT NOT NULL,
  canonical TEXT NOT NULL,
  PRIMARY KEY (resource_key, alias)
);

CREATE TABLE source_document (
  id $TEXT NOT NULL PRIMARY KEY,
  path $TEXT NOT NULL,
  position $BIGINT NOT NULL,
  digest TEXT NOT NULL,
  loader TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('loaded', 'pending', 'removed')),
  reason TEXT,
  system TEXT,
  version TEXT,
  code TEXT,
  title TEXT,
  media_type TEXT NOT NULL,
  loaded_at TEXT NOT NULL,
  raw $BYTES NOT NULL
);

CREATE INDEX source_document_path ON source_document (path, position);
