"""For each operation with a body one that would be carried out if the caller might."""

from typing import Any

KEY_1 = {"kind": "api_key", "value": "key_1"}
BODIES: dict[str, dict[str, Any]] = {
    "sign_up_with_email": {"email": "eve@example.com", "password": "correct horse battery", "organization": "Eve"},
    "verify_file": {"id": "urn:carbonledger:receipt:0"},
    "log_in_with_password": {"email": "eve@example.com", "password": "correct horse battery"},
    "ask_for_password_reset": {"email": "eve@example.com"},
    "set_password_by_link": {"token": "x" * 43, "password": "correct horse battery"},
    "accept_invitation_by_link": {"token": "x" * 43, "password": "correct horse battery"},
    "change_me": {"display_name": "Taken over"},
    "change_my_password": {"present_password": "correct horse battery staple", "new_password": "nine quiet otters"},
    "switch_to_organization": {"organization_id": "org_2"},
    "make_api_key": {"name": "ci", "scopes": ["read"]},
    "change_member_role": {"role": "viewer"},
    "make_invitation": {"email": "eve@example.com", "role": "viewer"},
    "create_connection": {"provider": "openai", "api_key": "sk-admin-x"},
    "change_connection": {"label": "Taken over"},
    "reread_connection": {"first_day": "2026-11-20", "last_day": "2026-11-20"},
    "start_checkout": {"tier": "starter"},
    "change_plan": {"tier": "growth"},
    "change_organization": {"legal_name": "Taken over"},
    "erase_organization": {"name": "Eve", "password": "correct horse battery"},
    "add_notification_target": {"url": "jsons://93.184.216.34/hook"},
    "create_project": {"name": "Taken over"},
    "create_budget": {"limit_grams": "12.5"},
    "change_budget": {"is_paused": True},
    "change_project": {"name": "Taken over"},
    "change_mapping": {"version": 1, "changes": [{"selector": KEY_1, "project_id": "proj_1"}]},
    "preview_mapping_change": {"changes": [{"selector": KEY_1, "project_id": "proj_1"}]},
    "correct_usage": {
        "connection_id": "conn_1", "selector": KEY_1, "end": "2026-11-21", "project_id": "proj_1", "reason": "Mine now"
    },
    "preview_usage_correction": {
        "connection_id": "conn_1", "selector": KEY_1, "end": "2026-11-21", "project_id": "proj_1"
    },
}  # fmt: skip
