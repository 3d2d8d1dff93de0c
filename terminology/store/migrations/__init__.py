"""The steps of the schema, as numbered SQL files; `terminology.store.schema` applies them."""
