"""All plans; their shares sum to 0.6 with one call, 0.1 with several, 0.3 with none."""

from episodes.patterns import code, documents, failures, lists, logs, no_tool
from episodes.patterns.plan import Plan

PLANS: dict[str, Plan] = {
    plan.name: plan for module in (documents, lists, code, logs, failures, no_tool) for plan in module.PLANS
}
