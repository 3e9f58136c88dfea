-- What is in production, in all catalogs: who approved it, when, on what evidence, and what speaks against it.
WITH recalls AS (
  SELECT lineage.catalog, lineage.descendant AS key, MIN(dataset_versions.key) AS recalled_data
  FROM dataset_versions
  JOIN lineage
    ON lineage.catalog = dataset_versions.catalog
    AND lineage.ancestor = dataset_versions.key
    AND lineage.ancestor_kind = 'dataset-version'
    AND lineage.descendant_kind = 'model-version'
  WHERE dataset_versions.recalled_at IS NOT NULL
  GROUP BY lineage.catalog, lineage.descendant
),
held AS (
  SELECT catalog, key, held_by, set_at, set_by, approved_by, reason, evidence
  FROM promotions
  WHERE for_production
  UNION ALL
  SELECT
    endpoint_serves.catalog, endpoint_serves.key, 'endpoint ' || endpoint_serves.endpoint,
    NULL, NULL, NULL, NULL, NULL
  FROM endpoint_serves
  JOIN endpoints
    ON endpoints.catalog = endpoint_serves.catalog AND endpoints.endpoint = endpoint_serves.endpoint
  WHERE endpoints.environment = 'production'
)
SELECT
  held.catalog,
  held.key,
  held.held_by,
  held.set_at,
  held.set_by,
  held.approved_by,
  held.reason,
  held.evidence,
  recalls.recalled_data,
  model_versions.deprecation_reason
FROM held
LEFT JOIN model_versions ON model_versions.catalog = held.catalog AND model_versions.key = held.key
LEFT JOIN recalls ON recalls.catalog = held.catalog AND recalls.key = held.key
ORDER BY held.catalog, held.key, held.held_by
