"""The same work as the dbt models by hand: one DuckDB script over the same snapshot, without layers or contracts.

What the models' structure costs is the ratio of the two; the sums of both must be equal, or the ratio says nothing.
"""

from decimal import Decimal
from pathlib import Path

import duckdb

from warehouse.project import PROJECT_DIR

BOUNDS = ("low", "central", "high")
COUNTERS = ("uncached_input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def build_by_hand(snapshot: Path, output: Path) -> Decimal:
    """Write fct_usage and fct_daily_emissions into the file `output`; returns total central micrograms."""
    with duckdb.connect(str(output)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(_FACTORS.format(seeds=PROJECT_DIR / "dbt_project" / "seeds", columns=_factor_columns()))
        connection.execute(_USAGE.format(snapshot=snapshot, emissions=_emission_columns()))
        connection.execute(_DAILY.format(sums=_sums()))
        row = connection.execute("select sum(co2e_micrograms_central) from fct_daily_emissions").fetchone()
    assert row is not None
    return Decimal(row[0])


_FACTORS = """
create table factors as
select version, model_class, host, {columns}
from read_csv('{seeds}/emission_factors.csv', header = true, types = {{
    'micrograms_co2e_per_token': 'decimal(18,6)', 'micro_wh_per_token': 'decimal(18,6)'
}})
group by all
"""

_USAGE = """
create table fct_usage as
with latest as (
    select * from read_parquet('{snapshot}/raw/usage_observations/*.parquet')
    qualify row_number() over (partition by usage_hash order by revision desc, observation_id desc) = 1
),
routed as (
    select u.*, cast(u.bucket_started_at as date) as usage_date, w.id as workload_id, w.project_id,
        coalesce(c.model_class, 'UNK') as model_class, coalesce(c.confidence, 'none') as class_confidence
    from latest as u
    join read_parquet('{snapshot}/ops/usage_streams/*.parquet') as s
        on s.account_id = u.account_id and s.endpoint = u.endpoint and s.bucket_width = u.bucket_width
        and s.group_by_version = u.group_by_version
        and coalesce(s.in_force_from <= cast(u.bucket_started_at as date), true)
        and coalesce(cast(u.bucket_started_at as date) < s.in_force_until, true)
    left join read_parquet('{snapshot}/ops/workloads/*.parquet') as w
        on w.account_id = u.account_id and w.selector_kind = 'account'
        and coalesce(w.in_force_from <= u.bucket_started_at, true)
        and coalesce(u.bucket_started_at < w.in_force_until, true)
    left join read_parquet('{snapshot}/ops/model_classes/*.parquet') as c
        on c.provider = u.provider and c.model = u.model
    where not u.is_tombstone
)
select u.*, f.version as factor_version, u.provider as host, true as is_counted, {emissions}
from routed as u left join factors as f on f.model_class = u.model_class and f.host = u.provider
"""

_DAILY = """
create table fct_daily_emissions as
select org_id, account_id, workload_id, project_id, provider, model, model_class, host, factor_version, is_counted,
    usage_date, count(*) as usage_rows, {sums}
from fct_usage group by all
"""


def _factor_columns() -> str:
    return ", ".join(
        f"max(micrograms_co2e_per_token) filter (counter = '{counter}' and bound = '{bound}') as {counter}_g_{bound}, "
        f"max(micro_wh_per_token) filter (counter = '{counter}' and bound = '{bound}') as {counter}_e_{bound}"
        for counter in COUNTERS
        for bound in BOUNDS
    )


def _priced(counter: str, factor: str) -> str:
    """Tokens times a factor, exact; NULL if either is."""
    tokens = f"cast({counter}_tokens as decimal(19,0))"
    return f"cast({tokens} * f.{factor} as decimal(38,6))"


def _emission_columns() -> str:
    columns = []
    for bound in BOUNDS:
        priced = {counter: _priced(counter, f"{counter}_g_{bound}") for counter in COUNTERS}
        writes = [priced["cache_write_5m"], priced["cache_write_1h"]]
        energy = [_priced(counter, f"{counter}_e_{bound}") for counter in COUNTERS]
        columns += [
            f"{_known_sum(list(priced.values()))} as co2e_micrograms_{bound}",
            f"{priced['uncached_input']} as uncached_input_co2e_micrograms_{bound}",
            f"{priced['cache_read']} as cache_read_co2e_micrograms_{bound}",
            f"{_known_sum(writes)} as cache_write_co2e_micrograms_{bound}",
            f"{priced['output']} as output_co2e_micrograms_{bound}",
            f"{_known_sum(energy)} as energy_micro_wh_{bound}",
            f"{_priced('cache_read', f'uncached_input_g_{bound}')} - {priced['cache_read']}"
            f" as avoided_by_cache_micrograms_{bound}",
        ]
    return ", ".join(columns)


def _known_sum(terms: list[str]) -> str:
    known = " + ".join(f"coalesce({term}, 0)" for term in terms)
    return f"case when coalesce({', '.join(terms)}) is not null then cast({known} as decimal(38,6)) end"


def _sums() -> str:
    measures = [f"{counter}_tokens" for counter in COUNTERS] + ["requests"]
    shown = ("uncached_input", "cache_read", "cache_write", "output")
    sums = [f"sum({measure}) as {measure}, count({measure}) as {measure}_known" for measure in measures]
    for bound in BOUNDS:
        names = [
            f"co2e_micrograms_{bound}",
            *(f"{counter}_co2e_micrograms_{bound}" for counter in shown),
            f"energy_micro_wh_{bound}",
            f"avoided_by_cache_micrograms_{bound}",
        ]
        sums += [f"cast(sum({name}) as decimal(38,6)) as {name}" for name in names]
    return ", ".join(sums)
