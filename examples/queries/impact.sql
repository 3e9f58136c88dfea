-- What depends on something: everything that was made from it, what is in production first.
-- Ask about a version of a dataset or a model, a run, an alias, a commit, or an address outside the catalog.
WITH asked AS (
  SELECT 'datasets:/mortgage-applications/v1-train' AS key
),
affected AS (
  SELECT
    lineage.catalog,
    lineage.descendant AS key,
    lineage.descendant_kind AS kind,
    MIN(lineage.distance) AS distance
  FROM asked
  JOIN lineage ON lineage.ancestor = asked.key
  GROUP BY lineage.catalog, lineage.descendant, lineage.descendant_kind
),
aliases AS (
  SELECT alias_assignments.catalog, alias_assignments.key, alias_assignments.protected
  FROM alias_assignments
  JOIN model_versions
    ON model_versions.catalog = alias_assignments.catalog
    AND model_versions.model = alias_assignments.model
    AND model_versions.version = alias_assignments.version
  WHERE alias_assignments.in_force
)
SELECT
  affected.catalog,
  COALESCE(
    endpoints.environment = 'production',
    aliases.protected,
    model_versions.stage = 'production',
    FALSE
  ) AS live,
  affected.distance,
  affected.kind,
  affected.key,
  COALESCE(runs.title, model_versions.title, endpoints.title) AS title,
  COALESCE(runs.type, endpoints.type) AS type,
  runs.started_at
FROM affected
LEFT JOIN runs
  ON runs.catalog = affected.catalog AND runs.key = affected.key AND affected.kind = 'run'
LEFT JOIN model_versions
  ON model_versions.catalog = affected.catalog
  AND model_versions.key = affected.key
  AND affected.kind = 'model-version'
LEFT JOIN endpoints
  ON endpoints.catalog = affected.catalog AND endpoints.key = affected.key AND affected.kind = 'endpoint'
LEFT JOIN aliases
  ON aliases.catalog = affected.catalog AND aliases.key = affected.key AND affected.kind = 'alias'
ORDER BY affected.catalog, live DESC, affected.distance, affected.kind, affected.key
