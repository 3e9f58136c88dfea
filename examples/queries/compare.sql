-- Why it got worse: what differs between a version and the one before it that passed.
-- To compare it with another version of its model, write the key of that in place of NULL.
WITH asked AS (
  SELECT 'models:/mortgage-approval/3' AS key, CAST(NULL AS STRING) AS other
),
pair AS (
  SELECT
    later.catalog,
    earlier.key AS before_key, earlier.run AS before_run,
    later.key AS now_key, later.run AS now_run
  FROM asked
  JOIN model_versions AS later ON later.key = asked.key
  JOIN model_versions AS earlier
    ON earlier.catalog = later.catalog
    AND earlier.model = later.model
    AND (earlier.key = asked.other OR (asked.other IS NULL AND earlier.version = later.predecessor))
),
sides AS (
  SELECT catalog, before_run AS run, 'before' AS side FROM pair
  UNION ALL
  SELECT catalog, now_run, 'now' FROM pair
),
said AS (
  SELECT sides.catalog, sides.side, 'parameter' AS what, run_params.name, run_params.value
  FROM sides
  JOIN run_params ON run_params.catalog = sides.catalog AND run_params.run = sides.run
  UNION ALL
  SELECT sides.catalog, sides.side, 'package', requirements.package, requirements.requirement
  FROM sides
  JOIN runs ON runs.catalog = sides.catalog AND runs.run = sides.run
  JOIN requirements ON requirements.catalog = runs.catalog AND requirements.key = runs.key
  UNION ALL
  SELECT sides.catalog, sides.side, 'code', 'commit', runs.code_commit
  FROM sides
  JOIN runs ON runs.catalog = sides.catalog AND runs.run = sides.run
  UNION ALL
  SELECT sides.catalog, sides.side, 'environment', 'python', runs.python
  FROM sides
  JOIN runs ON runs.catalog = sides.catalog AND runs.run = sides.run
  UNION ALL
  SELECT sides.catalog, sides.side, 'input', run_inputs.key, COALESCE(run_inputs.role, '')
  FROM sides
  JOIN run_inputs ON run_inputs.catalog = sides.catalog AND run_inputs.run = sides.run
),
names AS (
  SELECT DISTINCT catalog, what, name FROM said
),
differences AS (
  SELECT
    names.catalog, names.what, names.name,
    MAX(CASE WHEN said.side = 'before' THEN said.value END) AS before_value,
    MAX(CASE WHEN said.side = 'now' THEN said.value END) AS now_value
  FROM names
  JOIN said ON said.catalog = names.catalog AND said.what = names.what AND said.name = names.name
  GROUP BY names.catalog, names.what, names.name
)
SELECT
  pair.catalog,
  pair.before_key,
  pair.now_key,
  CASE WHEN later.slice IS NULL THEN 'metric' ELSE 'metric of a slice' END AS what,
  later.metric || COALESCE(' ' || later.slice, '') AS name,
  CAST(NULL AS STRING) AS before_value,
  CAST(NULL AS STRING) AS now_value,
  earlier.value AS before_number,
  later.value AS now_number,
  later.value - earlier.value AS change
FROM pair
JOIN measurements AS later ON later.catalog = pair.catalog AND later.key = pair.now_key
JOIN measurements AS earlier
  ON earlier.catalog = pair.catalog
  AND earlier.key = pair.before_key
  AND earlier.metric = later.metric
  AND earlier.data = later.data
  AND COALESCE(earlier.slice, '') = COALESCE(later.slice, '')
UNION ALL
SELECT
  pair.catalog, pair.before_key, pair.now_key, differences.what, differences.name,
  differences.before_value, differences.now_value,
  CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE)
FROM pair
JOIN differences ON differences.catalog = pair.catalog
WHERE COALESCE(differences.before_value <> differences.now_value, TRUE)
  AND (differences.before_value IS NOT NULL OR differences.now_value IS NOT NULL)
ORDER BY catalog, what, name
