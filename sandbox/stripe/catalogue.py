"""Products and recurring prices, found by lookup key."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from sandbox.stripe.account import Account
from sandbox.stripe.call import Call, Route
from sandbox.stripe.config import PriceConfig
from sandbox.stripe.events import emit, noting
from sandbox.stripe.form import Form, Metadata, with_metadata
from sandbox.stripe.listing import Created, ListForm, listed
from sandbox.stripe.refusal import Object, wrong
from sandbox.stripe.store import new_id


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Recurring(_Part):
    interval: Literal["day", "week", "month", "year"]
    interval_count: PositiveInt = 1
    trial_period_days: PositiveInt | None = None


class ProductData(_Part):
    name: str


class RecurringFilter(_Part):
    interval: Literal["day", "week", "month", "year"]


class ProductCreate(Form):
    name: str
    description: str | None = None
    metadata: Metadata | None = None


class PriceCreate(Form):
    currency: Literal["usd"]
    unit_amount: NonNegativeInt
    recurring: Recurring
    product: str | None = None
    product_data: ProductData | None = None
    lookup_key: str | None = None
    nickname: str | None = None
    metadata: Metadata | None = None


class PriceUpdate(Form):
    active: bool | None = None
    nickname: str | None = None
    metadata: Metadata | None = None


class ProductList(ListForm):
    active: bool | None = None
    created: Created = None


class PriceList(ProductList):
    lookup_keys: list[str] | None = None
    product: str | None = None
    type: Literal["recurring", "one_time"] | None = None
    currency: str | None = None
    recurring: RecurringFilter | None = None


def stock(account: Account, prices: tuple[PriceConfig, ...]) -> None:
    """Puts the configured prices into the catalogue, with their products; no event tells of them."""
    products: dict[str, Object] = {}
    for price in prices:
        if price.product not in products:
            products[price.product] = _new_product(account, price.product)
        recurring = Recurring(interval=price.interval, trial_period_days=price.trial_days)
        _new_price(account, products[price.product]["id"], price.unit_amount, recurring, price.lookup_key)


def create_product(account: Account, call: Call) -> Object:
    form = call.form(ProductCreate)
    product = _new_product(account, form.name)
    product |= {"description": form.description, "metadata": with_metadata({}, form.metadata)}
    emit(account, "product.created", product)
    return product


def list_products(account: Account, call: Call) -> Object:
    form = call.form(ProductList)
    fields = {"active": form.active} if form.active is not None else {}
    return listed(call, list(account.store.where("product", **fields)), form, created=form.created)


def retrieve_product(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("product", call.id)


def create_price(account: Account, call: Call) -> Object:
    form = call.form(PriceCreate)
    if (form.product is None) == (form.product_data is None):
        raise wrong("product", "You must specify either `product` or `product_data` when creating a price.")
    if form.lookup_key and any(account.store.where("price", lookup_key=form.lookup_key)):
        raise wrong("lookup_key", f"A price already uses that lookup key: {form.lookup_key}")
    if form.product_data is not None:
        product_id = _new_product(account, form.product_data.name)["id"]
    else:
        product_id = account.store.get("product", form.product or "", param="product")["id"]
    price = _new_price(account, product_id, form.unit_amount, form.recurring, form.lookup_key)
    price |= {"nickname": form.nickname, "metadata": with_metadata({}, form.metadata)}
    emit(account, "price.created", price)
    return price


def update_price(account: Account, call: Call) -> Object:
    form = call.form(PriceUpdate)
    price = account.store.get("price", call.id)
    with noting(account, price, "price.updated"):
        price["active"] = price["active"] if form.active is None else form.active
        price["nickname"] = form.nickname or price["nickname"]
        price["metadata"] = with_metadata(price["metadata"], form.metadata)
    return price


def list_prices(account: Account, call: Call) -> Object:
    form = call.form(PriceList)
    found = [
        price
        for price in account.store.all("price")
        if form.active in (None, price["active"])
        and (form.lookup_keys is None or price["lookup_key"] in form.lookup_keys)
        and form.product in (None, price["product"])
        and form.type in (None, price["type"])
        and form.currency in (None, price["currency"])
        and (form.recurring is None or form.recurring.interval == price["recurring"]["interval"])
    ]
    return listed(call, found, form, created=form.created)


def retrieve_price(account: Account, call: Call) -> Object:
    call.plain()
    return account.store.get("price", call.id)


def _new_product(account: Account, name: str) -> Object:
    return account.store.add(
        {
            "id": new_id("prod"),
            "object": "product",
            "active": True,
            "created": account.now(),
            "default_price": None,
            "description": None,
            "images": [],
            "livemode": False,
            "marketing_features": [],
            "metadata": {},
            "name": name,
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": None,
            "type": "service",
            "unit_label": None,
            "updated": account.now(),
            "url": None,
        }
    )


def _new_price(
    account: Account, product_id: str, unit_amount: int, recurring: Recurring, lookup_key: str | None
) -> Object:
    return account.store.add(
        {
            "id": new_id("price"),
            "object": "price",
            "active": True,
            "billing_scheme": "per_unit",
            "created": account.now(),
            "currency": "usd",
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": lookup_key,
            "metadata": {},
            "nickname": None,
            "product": product_id,
            "recurring": {**recurring.model_dump(), "meter": None, "usage_type": "licensed"},
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring",
            "unit_amount": unit_amount,
            "unit_amount_decimal": str(unit_amount),
        }
    )


ROUTES: list[Route] = [
    ("POST", "/v1/products", create_product),
    ("GET", "/v1/products", list_products),
    ("GET", "/v1/products/{id}", retrieve_product),
    ("POST", "/v1/prices", create_price),
    ("GET", "/v1/prices", list_prices),
    ("GET", "/v1/prices/{id}", retrieve_price),
    ("POST", "/v1/prices/{id}", update_price),
]
