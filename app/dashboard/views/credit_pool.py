"""The pool of credits, for operators: what is there, what is spoken for, what waits, and how long it lasts."""

from decimal import Decimal

from app.accounts.operators import is_operator
from app.accounts.principal import Principal
from app.billing.credit_pool import credit_pool
from app.dashboard import fragments, serving

NO_PAGE = "The address names a page that this server does not have."


def show(person: Principal) -> None:
    context = serving.context()
    if not is_operator(context.database, person):
        fragments.show(
            "no_page.html", title="There is no such page", sentence=NO_PAGE, link="/", link_text="The overview"
        )
        return
    pool = credit_pool(context.database, now=context.clock.now())
    fragments.show("heading.html", title="Credit pool", aside="Seen by operators only")
    if pool.forecast.lacking_grams:
        sentence = (
            f"{pool.forecast.lacking_grams:,} g will be lacking for waiting and open periods. Buy credits and take them"
            " in: carbonledger-server credits import FILE."
        )
        fragments.show("note.html", tone="bad", title="The stock is too small.", sentence=sentence, link=None)
    fragments.show("credit_pool.html", pool=pool, forecast=pool.forecast, grams=Decimal)
