"""The rules: one module each, listed here.

A rule is a module: a docstring, which is its page; the constants ``ID``, ``FAMILY`` and ``SEVERITY``; and a
generator ``check(context, *, option=default)`` whose keyword arguments are the rule's options.
The Bad and Good examples of the docstring run as tests.
"""

from herdbook.rules import (
    ambiguous_scalar,
    archived_in_service,
    bulky_artifact,
    card_contradicts_run,
    credentials_in_uri,
    deprecated_in_service,
    digest_conflict,
    dirty_commit,
    duplicate_content,
    duplicate_id,
    duplicate_key,
    expired_waiver,
    forbidden_character,
    impossible_time,
    incomplete_card,
    invalid_policy,
    invalid_schema,
    invalid_yaml,
    ledger_out_of_order,
    lineage_cycle,
    metric_below_bound,
    metric_not_compared,
    metric_regression,
    misplaced_file,
    missing_card,
    missing_digest,
    missing_input,
    missing_lineage_tag,
    missing_run_context,
    missing_seed,
    missing_signature,
    missing_slice_evaluation,
    placeholder_text,
    recalled_ancestor,
    reused_uri,
    self_approval,
    several_in_production,
    several_producers,
    tag_contradicts_lineage,
    traffic_not_whole,
    unapproved_promotion,
    unevaluated_promotion,
    unfinished_run_registered,
    unknown_approver,
    unknown_reference,
    unpinned_requirement,
    unreadable_file,
    unused_waiver,
)
from herdbook.rules.options import Rule as Rule

FAMILIES = ("form", "policy", "references", "lineage", "reproducibility", "cards", "registry")
"""The families, in the order in which a reader meets them."""

RULES: tuple[Rule, ...] = (
    # form
    unreadable_file,
    invalid_yaml,
    duplicate_key,
    forbidden_character,
    ambiguous_scalar,
    invalid_schema,
    misplaced_file,
    duplicate_id,
    # policy
    invalid_policy,
    expired_waiver,
    unused_waiver,
    # references
    unknown_reference,
    lineage_cycle,
    several_producers,
    digest_conflict,
    duplicate_content,
    # lineage
    missing_lineage_tag,
    tag_contradicts_lineage,
    missing_input,
    missing_digest,
    missing_run_context,
    dirty_commit,
    unfinished_run_registered,
    impossible_time,
    credentials_in_uri,
    # reproducibility
    unpinned_requirement,
    missing_seed,
    missing_signature,
    reused_uri,
    bulky_artifact,
    # cards
    missing_card,
    incomplete_card,
    placeholder_text,
    missing_slice_evaluation,
    card_contradicts_run,
    # registry
    unapproved_promotion,
    self_approval,
    unknown_approver,
    unevaluated_promotion,
    metric_below_bound,
    metric_regression,
    metric_not_compared,
    archived_in_service,
    deprecated_in_service,
    several_in_production,
    recalled_ancestor,
    ledger_out_of_order,
    traffic_not_whole,
)
