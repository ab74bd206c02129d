"""Pages of the shapes that the providers document, with made-up ids and counts.

Shapes: openai 3.54.0 and openai-openapi f85dbe2; anthropic 2.12.0 and platform.claude.com/docs (usage-cost-api);
openrouter 1.3.84 and its OpenAPI document c26125a. Instants: 1795305600 is 2026-11-22T00:00:00Z.
"""

from typing import Any

Json = dict[str, Any]

OPENAI_COMPLETIONS: Json = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1795305600,
            "end_time": 1795309200,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 184220,
                    "input_cached_tokens": 120064,
                    "input_cache_write_tokens": 8192,
                    "input_cache_write_30m_tokens": 5120,
                    "input_cache_write_12h_tokens": 2048,
                    "input_uncached_tokens": 55964,
                    "output_tokens": 23410,
                    "input_text_tokens": 55964,
                    "input_cached_text_tokens": 120064,
                    "output_text_tokens": 23410,
                    "input_audio_tokens": 0,
                    "input_cached_audio_tokens": 0,
                    "output_audio_tokens": 0,
                    "input_image_tokens": 0,
                    "input_cached_image_tokens": 0,
                    "output_image_tokens": 0,
                    "num_model_requests": 212,
                    "project_id": "proj_7Qm2",
                    "user_id": None,
                    "api_key_id": "key_a81f",
                    "model": "gpt-5-mini-2025-08-07",
                    "batch": False,
                    "service_tier": "default",
                    "api_source": None,
                },
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 9000,
                    "input_cached_tokens": 0,
                    "input_uncached_tokens": 9000,
                    "output_tokens": 4100,
                    "num_model_requests": 30,
                    "project_id": "proj_7Qm2",
                    "user_id": None,
                    "api_key_id": None,
                    "model": "gpt-4o-mini-2024-07-18",
                    "batch": True,
                    "service_tier": "default",
                    "api_source": None,
                },
            ],
        },
        {"object": "bucket", "start_time": 1795309200, "end_time": 1795312800, "results": []},
    ],
    "has_more": False,
    "next_page": None,
}

OPENAI_EMBEDDINGS: Json = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1795305600,
            "end_time": 1795309200,
            "results": [
                {
                    "object": "organization.usage.embeddings.result",
                    "input_tokens": 51200,
                    "num_model_requests": 64,
                    "project_id": "proj_7Qm2",
                    "user_id": None,
                    "api_key_id": "key_a81f",
                    "model": "text-embedding-3-large",
                }
            ],
        }
    ],
    "has_more": False,
    "next_page": None,
}

ANTHROPIC_MESSAGES: Json = {
    "data": [
        {
            "starting_at": "2026-11-22T00:00:00Z",
            "ending_at": "2026-11-22T01:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 41200,
                    "cache_creation": {"ephemeral_5m_input_tokens": 6100, "ephemeral_1h_input_tokens": 700},
                    "cache_read_input_tokens": 318000,
                    "output_tokens": 22870,
                    "server_tool_use": {"web_search_requests": 4},
                    "account_id": None,
                    "api_key_id": "apikey_01Rj2N8S",
                    "service_account_id": None,
                    "workspace_id": "wrkspc_01JwQvzr",
                    "model": "claude-sonnet-4-5-20250929",
                    "service_tier": "standard",
                    "context_window": None,
                    "inference_geo": "not_available",
                },
                {
                    "uncached_input_tokens": 900,
                    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                    "cache_read_input_tokens": 0,
                    "output_tokens": 310,
                    "server_tool_use": {"web_search_requests": 0},
                    "account_id": None,
                    "api_key_id": None,
                    "service_account_id": None,
                    "workspace_id": None,
                    "model": "claude-opus-4-8",
                    "service_tier": "batch",
                    "context_window": None,
                    "inference_geo": "us",
                },
            ],
        },
        {"starting_at": "2026-11-22T01:00:00Z", "ending_at": "2026-11-22T02:00:00Z", "results": []},
    ],
    "has_more": False,
    "next_page": None,
}

ANTHROPIC_ANALYTICS: Json = {
    "data": [
        {
            "starting_at": "2026-11-22T00:00:00Z",
            "ending_at": "2026-11-22T01:00:00Z",
            "group": {
                "actor": None,
                "api_key_id": "apikey_01Rj2N8S",
                "context_window": None,
                "inference_geo": "us",
                "model": "claude-opus-5",
                "product": None,
                "service_tier": "standard",
                "workspace_id": "wrkspc_01Default",
            },
            "usage": {
                "uncached_input_tokens": 41200,
                "cache_read_input_tokens": 318000,
                "cache_creation": {"ephemeral_5m_input_tokens": 6100, "ephemeral_1h_input_tokens": 700},
                "output_tokens": 22870,
                "total_tokens": 388870,
                "requests": 97,
                "server_tool_use": {"web_search_requests": 4},
            },
        }
    ],
    "has_more": False,
    "next_page": None,
    "data_refreshed_at": "2026-11-22T01:58:00Z",
}

OPENROUTER_ANALYTICS: Json = {
    "data": {
        "data": [
            {
                "date__hour": "2026-11-22T00:00:00.000Z",
                "model": "openai/gpt-5-mini",
                "provider": "OpenAI",
                "request_count": "31",
                "tokens_prompt": "52110",
                "tokens_completion": "8040",
                "reasoning_tokens": "2100",
                "cached_tokens": "20480",
                "byok_request_count": 5,
            }
        ],
        "metadata": {"query_time_ms": 118, "row_count": 1, "truncated": False},
    }
}

OPENROUTER_ACTIVITY: Json = {
    "data": [
        {
            "date": "2026-11-21",
            "model": "anthropic/claude-sonnet-4.5",
            "model_permaslug": "anthropic/claude-4.5-sonnet-20250929",
            "endpoint_id": "550e8400-e29b-41d4-a716-446655440000",
            "provider_name": "Anthropic",
            "usage": 1.284,
            "byok_usage_inference": 0,
            "requests": 143,
            "prompt_tokens": 402118,
            "cached_tokens": 256000,
            "completion_tokens": 38110,
            "reasoning_tokens": 9120,
            "workspace_id": "0df9e665-d932-5740-b2c7-b52af166bc11",
        }
    ]
}

OPENROUTER_KEY: Json = {
    "data": {
        "label": "sk-or-v1-au7...890",
        "usage": 25.5,
        "is_free_tier": False,
        "is_management_key": True,
        "is_provisioning_key": True,
        "creator_user_id": "user_2dHF",
        "organization_id": "org_9xYz",
        "workspace_id": "0df9e665-d932-5740-b2c7-b52af166bc11",
        "expires_at": None,
        "rate_limit": {"requests": -1, "interval": "10s"},
    }
}

NO_WORKSPACES: Json = {"data": [], "total_count": 0}
