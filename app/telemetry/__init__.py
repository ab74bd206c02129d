"""Reading the marts for one organization: what the API and the dashboard show. Exact digits in, exact digits out.

Every query runs inside `database.tenant(org_id)`, so row-level security answers for what a `where` forgets.
"""
