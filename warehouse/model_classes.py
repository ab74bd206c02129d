"""ops.model_classes: the class of each model that any provider ever reported, with the rule that gave it."""

from dataclasses import asdict
from datetime import datetime

from core.database import Connection
from warehouse.model_names import ModelNames


def resolve_new_models(
    connection: Connection, names: ModelNames, *, from_arrival_id: int, through_arrival_id: int, now: datetime
) -> int:
    """Give a class to every model of these arrivals that has none yet; returns how many were new.

    The names come from the observations themselves, not only from ops.seen_models, so none can be missed.
    """
    rows = connection.execute(
        """
        with seen as (
            select distinct provider, model from raw.usage_observations
            where observation_id > %(from)s and observation_id <= %(through)s and model is not null
            union
            select provider, model from ops.seen_models
        )
        select seen.provider, seen.model from seen
        left join ops.model_classes as known
            on known.factor_version = %(version)s and known.provider = seen.provider and known.model = seen.model
        where known.model is null
        """,
        {"from": from_arrival_id, "through": through_arrival_id, "version": names.version},
    ).fetchall()
    store_classes(connection, names, [(row["provider"], row["model"]) for row in rows], now=now)
    return len(rows)


def resolve_again(connection: Connection, names: ModelNames, *, now: datetime) -> int:
    """Resolve every known model anew, because the rules changed; returns how many there are."""
    rows = connection.execute(
        "select provider, model from ops.model_classes where factor_version = %s", [names.version]
    ).fetchall()
    store_classes(connection, names, [(row["provider"], row["model"]) for row in rows], now=now)
    return len(rows)


def store_classes(connection: Connection, names: ModelNames, models: list[tuple[str, str]], *, now: datetime) -> None:
    """Insert or replace the class of each (provider, model)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.model_classes (
                factor_version, provider, model, normalized_name, model_class, alias_priority, alias_pattern,
                confidence, resolved_at
            ) values (
                %(factor_version)s, %(provider)s, %(model)s, %(normalized_name)s, %(model_class)s, %(alias_priority)s,
                %(alias_pattern)s, %(confidence)s, %(resolved_at)s
            )
            on conflict (factor_version, provider, model) do update set
                normalized_name = excluded.normalized_name, model_class = excluded.model_class,
                alias_priority = excluded.alias_priority, alias_pattern = excluded.alias_pattern,
                confidence = excluded.confidence, resolved_at = excluded.resolved_at
            """,
            [
                {
                    "factor_version": names.version,
                    "provider": provider,
                    "model": model,
                    "resolved_at": now,
                    **asdict(names.resolve(provider, model)),
                }
                for provider, model in models
            ],
        )
