{#- Row-level security on a mart, in the transaction that creates it: a table made anew has none, and a view would leak
    past it. An incremental run keeps the table, so it keeps its policies. A mart without org_id holds no tenant's rows:
    every tenant may read it. -#}
{% macro protect_mart() -%}
    {{ return(adapter.dispatch('protect_mart')()) }}
{%- endmacro %}

{% macro default__protect_mart() -%}
    {{ exceptions.raise_compiler_error("protect_mart is not written for " ~ target.type) }}
{%- endmacro %}

{% macro postgres__protect_mart() -%}
    {%- if not is_incremental() -%}
    alter table {{ this }} enable row level security;
    alter table {{ this }} force row level security;
    create policy tenant on {{ this }} for select to carbonledger_app using (
        {{ 'org_id = (select ops.current_org_id())' if 'org_id' in model.columns else 'true' }}
    );
    create policy worker on {{ this }} for all to carbonledger_worker using (true) with check (true);
    grant select on {{ this }} to carbonledger_app
    {%- endif -%}
{%- endmacro %}

{#- DuckDB files are read by their owner alone. -#}
{% macro duckdb__protect_mart() -%}
{%- endmacro %}
