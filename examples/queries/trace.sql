-- Which data, code, parameters and environment are behind something: everything that it was made from.
-- Ask about a version, an alias, an endpoint, a run or a version of a dataset.
WITH asked AS (
  SELECT 'models:/mortgage-approval@champion' AS key
),
roots AS (
  -- An alias stands for the version that it points to.
  SELECT edges.catalog, edges.source AS key, edges.source_kind AS kind
  FROM asked
  JOIN edges ON edges.target = asked.key AND edges.target_kind = 'alias'
  UNION ALL
  SELECT lineage.catalog, lineage.ancestor, lineage.ancestor_kind
  FROM asked
  JOIN lineage ON lineage.ancestor = asked.key AND lineage.distance = 0
  WHERE lineage.ancestor_kind NOT IN ('alias', 'outside')
),
steps AS (
  SELECT
    lineage.catalog,
    lineage.ancestor AS key,
    lineage.ancestor_kind AS kind,
    MIN(lineage.distance) AS distance
  FROM roots
  JOIN lineage
    ON lineage.catalog = roots.catalog
    AND lineage.descendant = roots.key
    AND lineage.descendant_kind = roots.kind
  GROUP BY lineage.catalog, lineage.ancestor, lineage.ancestor_kind
),
facts AS (
  SELECT catalog, distance, kind, key, '' AS fact, CAST(NULL AS STRING) AS value
  FROM steps
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key,
    'made from', COALESCE(edges.role || ': ', '') || edges.source
  FROM steps
  JOIN edges
    ON edges.catalog = steps.catalog AND edges.target = steps.key AND edges.target_kind = steps.kind
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key, 'commit', runs.code_commit
  FROM steps
  JOIN runs ON runs.catalog = steps.catalog AND runs.key = steps.key AND steps.kind = 'run'
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key, 'python', runs.python
  FROM steps
  JOIN runs ON runs.catalog = steps.catalog AND runs.key = steps.key AND steps.kind = 'run'
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key, 'container', runs.container
  FROM steps
  JOIN runs ON runs.catalog = steps.catalog AND runs.key = steps.key AND steps.kind = 'run'
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key,
    'parameter ' || run_params.name, run_params.value
  FROM steps
  JOIN runs ON runs.catalog = steps.catalog AND runs.key = steps.key AND steps.kind = 'run'
  JOIN run_params ON run_params.catalog = runs.catalog AND run_params.run = runs.run
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key, 'package', requirements.requirement
  FROM steps
  JOIN requirements
    ON requirements.catalog = steps.catalog AND requirements.key = steps.key AND steps.kind = 'run'
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key, 'digest', dataset_versions.digest
  FROM steps
  JOIN dataset_versions
    ON dataset_versions.catalog = steps.catalog
    AND dataset_versions.key = steps.key
    AND steps.kind = 'dataset-version'
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key, 'recalled', dataset_versions.recall_reason
  FROM steps
  JOIN dataset_versions
    ON dataset_versions.catalog = steps.catalog
    AND dataset_versions.key = steps.key
    AND steps.kind = 'dataset-version'
  UNION ALL
  SELECT steps.catalog, steps.distance, steps.kind, steps.key, 'digest', model_versions.digest
  FROM steps
  JOIN model_versions
    ON model_versions.catalog = steps.catalog
    AND model_versions.key = steps.key
    AND steps.kind = 'model-version'
)
SELECT catalog, distance, kind, key, fact, value
FROM facts
WHERE fact = '' OR value IS NOT NULL
ORDER BY catalog, distance, kind, key, fact, value
