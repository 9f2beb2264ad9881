"""A site to write: a shop of a few tables, and beside it names and texts that a browser or a file system may trip over."""

from slate_pg.docs.alterations import AccessChange, Altered, Attribute, Change, Diff
from slate_pg.docs.model import (
    Access,
    Applied,
    Column,
    Constraint,
    Enum,
    Fact,
    File,
    ForeignKey,
    Function,
    Migration,
    Part,
    Policy,
    Product,
    Refusal,
    Section,
    Site,
    Table,
    Use,
)

SCRIPT = "<script>document.title='taken'</script>"
HOSTILE = (
    SCRIPT,
    "\"quoted\" & 'so'",
    "</title></svg><img src=x onerror=alert(1)>",
    "a/b\\c",
    "..",
    ".",
    "CON",
    "con",
    "nul.txt",
    "Orders",
    "ORDERS",
    "100%25 #1?x=y&z",
    "tab\tline\nend",
    "{{ 7 * 7 }}",
    "größe 表 🙂",
    "x" * 63,
    "index",
    " ",
    "--",
    "javascript:alert(1)",
    "a\x01b",
)
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><rect width="40" height="20"/></svg>\n'


def key(table, column, target, schema="shop", target_schema=None, name=None, optional=False):
    """One foreign key of one column."""
    return ForeignKey(
        name or f"{table}_{column}_fkey", schema, table, (column,), target_schema or schema, target, ("id",), optional,
        f"FOREIGN KEY ({column}) REFERENCES {target} (id)",
    )  # fmt: skip


def table(name, *keys, schema="shop", **more):
    """One table with an id, and a column for each foreign key."""
    columns = (
        Column("id", "bigint", False, "", "", "The number of the row.", True),
        *(Column(k.columns[0], "bigint", k.optional, says="Whose it is.") for k in keys),
        Column("price", "numeric(10,2)", True, "0.00", "EUR, 0 to 1000", "What it costs."),
    )
    about = {"columns": columns, "foreign_keys": keys, "says": f"What {name} keeps. More of it.", **more}
    return Table(schema, name, **about)


def shop():
    """A product that uses all that a page can show."""
    people = (
        Access("shop_people", "own rows", "none", "own rows, columns", "none", ("SELECT", "UPDATE (price)"), ("own",)),
        Access("shop_service", "all", "all", "all", "all", ("SELECT, INSERT, UPDATE, DELETE",)),
        Access("nobody", "none", "none", "none", "none"),
    )
    orders = table(
        "orders", key("orders", "customer_id", "customers"), key("orders", "parent_id", "orders", optional=True),
        constraints=(Constraint("orders_pkey", "primary key", "PRIMARY KEY (id)"),),
        indexes=(Part("orders_customer_id_idx", "USING btree (customer_id)", "Serves the list of orders."),),
        triggers=(Part("orders_audit", "CREATE TRIGGER orders_audit AFTER INSERT ON shop.orders"),),
        row_security=True, policies=(Policy("own", "ALL", ("shop_people",), "(customer_id = me())", "true"),),
        access=people, made_by="shop_0001_create_orders", changed_by=("shop_0002_add_price",),
        uses=(Use("query", "open_orders"), Use("job", "tidy"), Use("function", "total", "reads it")),
    )  # fmt: skip
    items = table("items", key("items", "order_id", "orders"), key("items", "product_id", "products"))
    return Product(
        "shop", "A shop.",
        (
            table("customers", access=people[1:]), orders, items, table("products"), table("settings"),
            Table("shop", "revenue", "view", "What came in.", (Column("sum", "numeric", True),), definition="SELECT 1"),
        ),
        (Function("shop", "total", "p_order bigint", "numeric", "sql", "SELECT 1", "What an order costs.", True),
         Function("shop", "total", "", "numeric", "sql")),
        (Enum("shop", "state", ("open", "paid"), says="How far an order is."),),
        (
            Migration("shop_0001_create_orders", "shop/1.sql", "orders are kept", "nothing", "every order", (), "CREATE",
                      "DROP", (Applied("shop on main", "2026-01-02T03:04:05Z", "ann", 12.4),)),
            Migration("shop_0002_add_price", depends=("shop_0001_create_orders",)),
        ),
        (Refusal("SH001", "the order is paid", "shop.total", "Open another."),),
        (File("open_orders", "What is open.", "budget 50 ms", "SELECT 1"),), (File("tidy", "Tidies."),),
    )  # fmt: skip


def hostile():
    """A product in which everything is called what a page or a file should not be."""
    tables = tuple(
        table(
            name, *([key(name, SCRIPT, HOSTILE[number - 1], schema="x</a>", name=name)] if number else []), schema="x</a>",
            says=SCRIPT, policies=(Policy(name, "ALL", (name,), SCRIPT),), made_by=name, uses=(Use(name, name, name),),
            access=(Access(name, "all", "none", "none", "none", (SCRIPT,), (name,)),), constraints=(
                Constraint(name, "check", SCRIPT, SCRIPT),), indexes=(Part(name, SCRIPT, SCRIPT),),
        )
        for number, name in enumerate(HOSTILE)
    )  # fmt: skip
    return Product(
        SCRIPT, SCRIPT, tables, tuple(Function("x</a>", name, SCRIPT, SCRIPT, SCRIPT, SCRIPT) for name in HOSTILE),
        tuple(Enum("x</a>", name, (SCRIPT, name)) for name in HOSTILE),
        tuple(Migration(name, SCRIPT, SCRIPT, SCRIPT, SCRIPT, (name,), "</code></pre>" + SCRIPT) for name in HOSTILE),
        (Refusal(SCRIPT, SCRIPT, SCRIPT, SCRIPT),), tuple(File(name, SCRIPT, SCRIPT, SCRIPT) for name in HOSTILE),
    )  # fmt: skip


def site():
    """The whole: both products, two schemas in one, a live page with a picture, and a comparison."""
    far = Product("two", tables=(
        table("a", schema="one"), table("b", key("b", "a_id", "a", "two", "one"), schema="two"),
        table("c", key("c", "gone_id", "gone", "two", "elsewhere"), schema="two"),
    ))  # fmt: skip
    live = (
        Section("Drift", "Compared just now.", (Fact("shop", "equal"), Fact(SCRIPT, SCRIPT, "error"))),
        Section("Growth", picture=PICTURE),
    )
    return Site("Shop & more", f"files of {SCRIPT}", (shop(), far, hostile(), Product("empty")), live, difference())


def difference():
    """Two states of the shop that differ in all ways, one of them hostile."""
    changes = (
        Change("changed", "column shop.items.price", "shop", severity="integrity",
               attributes=(Attribute("type", "text", "numeric"), Attribute("comment", "", "What it costs."))),
        Change("changed", "function shop.total()", "shop", severity="security",
               attributes=(Attribute("body", "BEGIN\n    a\nEND", "BEGIN\n    b\nEND"),)),
        Change("added", "table shop.refunds", "shop", "", "id bigint not null\nprimary key", "integrity"),
        Change("removed", "policy own on shop.orders", "shop", "policy own", "", "security"),
        *(Change("added", name, SCRIPT, "", SCRIPT, "integrity", (Attribute(name, SCRIPT, name),)) for name in HOSTILE),
    )  # fmt: skip
    access = (
        AccessChange(
            "more", "shop_people", "shop", "orders", "shop", "nothing", "select own rows", ("new: policy own",)
        ),
        AccessChange("less", "shop_service", "shop", "items", "shop", "select all", "nothing", ("gone: GRANT",)),
        *(AccessChange("otherwise", name, "x</a>", name, SCRIPT, SCRIPT, "", (SCRIPT,)) for name in HOSTILE),
    )
    tables = (
        Altered("added", "shop", "", "shop", "refunds"), Altered("changed", "shop", "", "shop", "items"),
        Altered("removed", "shop", "", "shop", "old"), Altered("same", "shop", "", "shop", "orders"),
        *(Altered("added", SCRIPT, "", "x</a>", name, says=SCRIPT) for name in HOSTILE),
    )  # fmt: skip
    keys = (
        Altered("added", "shop", "refunds_order_id_fkey", "shop", "refunds", "shop", "orders", "order_id"),
        Altered("same", "shop", "items_order_id_fkey", "shop", "items", "shop", "orders", "order_id", True),
        Altered("removed", "shop", "old_item_fkey", "shop", "old", "shop", "items", "item_id"),
        Altered("changed", SCRIPT, SCRIPT, "x</a>", HOSTILE[0], "x</a>", HOSTILE[1], SCRIPT),
    )
    migrations = (
        Altered("added", "shop", "shop_0003_refunds", says="Why: money goes back.\nLocks: brief."),
        Altered("removed", SCRIPT, SCRIPT, says=SCRIPT),
    )
    return Diff(
        "main (0123456789)", SCRIPT, changes, access, migrations, tables, keys, ("rows are not compared", SCRIPT)
    )
