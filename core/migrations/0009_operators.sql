-- Operators run the installation. Granted on the command line; the server asks by this function, and for one person.
create function ops.is_operator(user_id bigint) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from ops.operators as operator where operator.user_id = $1)
$$;
revoke execute on function ops.is_operator from public;
grant execute on function ops.is_operator to carbonledger_app;
