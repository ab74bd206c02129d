-- A void is said once: no role takes it back or says it otherwise.
create trigger append_only before update or delete on ops.receipt_voids
for each row execute function ops.refuse_change();
revoke update on ops.receipt_voids from carbonledger_worker;
