"""The schema in plain asserts: true, false with a telling report, and an error for what does not exist."""

import pytest

from slate_pg.testing import UnknownObject, col, contains, exactly, function, index, policy, refs, trigger
from slate_pg.testing.reports import explain


@pytest.fixture
def users(shop):
    return shop.table("shop.users")


def test_what_is_true_of_a_table_passes(shop, users):
    assert users.column("email") == col(type="varchar(80)", null=False, default=None)
    assert users.column("mood") == col(type="mood", null=False, default="ok")
    assert users.column("mood") == col(type="shop.mood", default="'ok'::shop.mood")
    assert users.column("visits") == col(type="int4", default=0)
    assert users.column("made_at") == col(type="timestamptz", default="now()")
    assert users.column("tags") == col(type="text[]", default="'{}'")
    assert users.column("price") == col(type="decimal(10, 2)", null=True)
    assert users.column("shout") == col(generated="upper(nick)", default=None)
    assert shop.table("orgs").column("id") == col(identity="always")
    assert users.columns[:3] == ("id", "org_id", "email")
    assert users.columns == contains("mood", "email")
    assert shop.table("orgs").columns == exactly("name", "id")
    assert users.primary_key == ["id"]
    assert users.unique == [("org_id", "email")]
    assert shop.table("events").primary_key is None
    assert users.checks == {"users_visits_check": "visits >= 0"}
    assert users.fk("org_id") == refs("orgs", "id", on_delete="cascade", on_update="NO ACTION", match="simple")
    assert users.fk("org_id") == refs("shop.orgs", validated=True, deferrable=False)
    assert users.index(on="id") == index(unique=True, primary=True, where=None, method="btree", clustered=True)
    assert users.index(on=["lower(nick)"]) == index(unique=False, where="nick IS NOT NULL")
    assert users.index("users_made_idx") == index(columns=["made_at"], include=["visits"], valid=True)
    assert users.index(on=["tags"]) == index(method="gin")
    assert users.policies == exactly("clerks_read", "bosses_write")
    assert users.policy("clerks_read") == policy(cmd="SELECT", permissive=True, to=["shop_clerk"], using="visits > 0")
    assert users.policy("bosses_write") == policy(permissive=False, to=["shop_clerk", "shop_boss"], using=None)
    assert users.trigger("users_touch") == trigger(
        timing="before", events=["update", "insert"], level="row", function="touch", enabled="origin"
    )
    assert (users.row_security, users.forced) == (True, False)
    assert shop.table("events").partitions == ["shop.events_2026", "shop.events_2027"]
    assert shop.table("events").partition_key == "RANGE (at)"
    assert shop.table("orgs").comment == "Who buys."
    assert shop.view("happy").owner == "shop_boss"
    assert shop.relation("ticket_numbers").kind == "sequence"
    assert shop.tables("shop") == contains("users", "orgs", "events", "far")


def test_what_is_true_of_functions_enums_and_privileges_passes(shop):
    assert shop.function("touch") == function(language="plpgsql", returns="trigger", search_path="shop, pg_temp")
    assert shop.function("shop.total(integer)") == function(
        security_definer=True, strict=True, volatility="stable", returns="int8", search_path=None
    )
    assert shop.function("total", ["int", "timestamptz"]) == function(returns="setof bigint", security_definer=False)
    assert shop.function("tidy()") == function(kind="procedure")
    assert shop.enum("mood") == ["sad", "ok", "happy"]
    assert shop.enum("shop.mood") == exactly("happy", "ok", "sad")
    assert shop.privileges("shop_clerk", on="users") == {"SELECT", "INSERT"}
    assert shop.privileges("shop_clerk", on="users", column="nick") == {"SELECT", "INSERT", "UPDATE"}
    assert shop.privileges("shop_boss", on="shop.users") == set()
    assert shop.privileges("shop_clerk", on="ticket_numbers") == {"USAGE"}
    assert shop.privileges("shop_clerk", on="schema shop") == {"USAGE"}
    assert shop.privileges("shop_clerk", on="shop.total(integer)") == {"EXECUTE"}
    assert shop.privileges("shop_clerk", on="type mood") == {"USAGE"}
    assert shop.privileges("shop_clerk", on="server shop_server") == {"USAGE"}


@pytest.mark.parametrize(
    ("of", "want", "field"),
    [
        (lambda u: u.column("email"), col(type="text"), "type"),
        (lambda u: u.column("email"), col(type="varchar(81)"), "type"),
        (lambda u: u.column("email"), col(null=True), "null"),
        (lambda u: u.column("mood"), col(default="happy"), "default"),
        (lambda u: u.column("mood"), col(default=None), "default"),
        (lambda u: u.column("mood"), col(type="other.mood"), "type"),
        (lambda u: u.column("visits"), col(default=1), "default"),
        (lambda u: u.column("visits"), col(identity="always"), "identity"),
        (lambda u: u.fk("org_id"), refs("users"), "table"),
        (lambda u: u.fk("org_id"), refs("orgs", "name"), "referenced"),
        (lambda u: u.fk("org_id"), refs("orgs", on_delete="restrict"), "on_delete"),
        (lambda u: u.index(on="id"), index(unique=False), "unique"),
        (lambda u: u.index(on="lower(nick)"), index(where=None), "where"),
        (lambda u: u.index(on="id"), index(where="id > 0"), "where"),
        (lambda u: u.index(on="tags"), index(method="btree"), "method"),
        (lambda u: u.policy("clerks_read"), policy(cmd="all"), "cmd"),
        (lambda u: u.policy("clerks_read"), policy(to=["public"]), "to"),
        (lambda u: u.policy("clerks_read"), policy(using="true"), "using"),
        (lambda u: u.trigger("users_touch"), trigger(timing="after"), "timing"),
        (lambda u: u.trigger("users_touch"), trigger(enabled="disabled"), "enabled"),
    ],
)
def test_what_is_false_fails_and_names_the_field_what_is_and_what_was_wanted(users, of, want, field):
    have = of(users)
    assert have != want
    lines = explain("==", have, want)
    assert [f"  {field}"] == [line for line in lines if line.startswith("  ") and line[2] != " " and "look" not in line]
    assert any(line.startswith("    have: ") for line in lines)
    assert lines[-1].startswith("  look: SELECT")


def test_a_list_of_names_says_what_is_missing_what_is_extra_and_what_was_probably_meant(shop):
    have = shop.table("orgs").columns
    assert have != exactly("id", "nam")
    lines = explain("==", have, exactly("id", "nam"))
    assert "  missing: nam (nearest: name)" in lines
    assert "  extra: name" in lines
    assert have != contains("id", "oops")
    assert not explain("==", have, contains("id"))[1:]


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        (lambda db: db.table("shop.usres"), "shop.users"),
        (lambda db: db.table("usres"), "shop.users"),
        (lambda db: db.table("shp.users"), "shop"),
        (lambda db: db.table("happy"), "view"),
        (lambda db: db.view("happpy"), "shop.happy"),
        (lambda db: db.table("users").column("emial"), "email"),
        (lambda db: db.table("users").fk("orgid"), "org_id"),
        (lambda db: db.table("users").fk("email"), "org_id"),
        (lambda db: db.table("users").index(on=["made"]), "made_at"),
        (lambda db: db.table("users").index("users_nik_idx"), "users_nick_idx"),
        (lambda db: db.table("users").policy("clerk_reads"), "clerks_read"),
        (lambda db: db.table("users").trigger("user_touch"), "users_touch"),
        (lambda db: db.function("shop.totl(integer)"), "total"),
        (lambda db: db.function("total(intger)"), "integer"),
        (lambda db: db.function("total"), "overloads"),
        (lambda db: db.enum("moods"), "shop.mood"),
        (lambda db: db.privileges("shop_clark", on="users"), "shop_clerk"),
        (lambda db: db.privileges("shop_clerk", on="usrs"), "shop.users"),
        (lambda db: db.privileges("shop_clerk", on="users", column="nik"), "nick"),
        (lambda db: db.privileges("shop_clerk", on="schema shopp"), "shop"),
    ],
)
def test_a_typo_is_an_error_that_says_what_was_probably_meant(shop, typo, meant):
    with pytest.raises(UnknownObject, match=meant):
        typo(shop)


def test_pytest_prints_the_explanation(run_pytest):
    said = run_pytest(
        test_names="""
        from slate_pg.testing.matchers import Names, exactly
        def test_names():
            assert Names(["id", "email"]) == exactly("id", "emial")
        """
    )
    assert "missing: emial (nearest: email)" in said
