"""pgTAP's assertions about triggers, rules, roles and row security policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from slate_pg.testing import lookup_sql
from slate_pg.testing.names import UnknownObject
from slate_pg.testing.objects import Policy, Rule, Trigger
from slate_pg.testing.pgtap.asserting import Alone, as_list, called, exactly_these, expect
from slate_pg.testing.pgtap.functions import function_of
from slate_pg.testing.verbs import Catalogued

_ROLES = "SELECT roleid::regrole, member::regrole FROM pg_auth_members;"


def trigger_is(
    db: Catalogued, table: str, trigger: str, function: str, *, schema: str | None = None,
    function_schema: str | None = None, description: str = "",
) -> None:  # fmt: skip
    """Assert that a trigger, which must exist, calls a function, which must exist too."""
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    found = catalog.part("trigger", trigger, relation, catalog.parts("triggers", Trigger, relation))
    target = function_of(catalog, function, [], function_schema)
    expect(found.function == f"{target.schema}.{target.name}", f"trigger {trigger} on {relation}",
           have=found.definition, want=f"it calls {target}", look=lookup_sql.parts("trigger", str(relation)),
           description=description)  # fmt: skip


def _rule(db: Catalogued, table: str, rule: str, schema: str | None) -> tuple[str, Rule]:
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    return str(relation), catalog.part("rule", rule, relation, catalog.parts("rules", Rule, relation))


def rule_is_instead(db: Catalogued, table: str, rule: str, *, schema: str | None = None, description: str = "") -> None:
    """Assert that a rule, which must exist, is an INSTEAD rule."""
    relation, found = _rule(db, table, rule, schema)
    expect(found.instead, f"rule {rule} on {relation}", have="ALSO", want="INSTEAD",
           look=lookup_sql.parts("rule", relation),
           description=description)  # fmt: skip


def rule_is_on(
    db: Catalogued, table: str, rule: str, event: str, *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that a rule, which must exist, is on select, insert, update or delete."""
    if event.lower() not in ("select", "insert", "update", "delete"):
        raise UnknownObject(f'"{event}" is no event of a rule: select, insert, update or delete')
    relation, found = _rule(db, table, rule, schema)
    expect(found.event == event.lower(), f"rule {rule} on {relation}", have=found.event, want=event.lower(),
           look=lookup_sql.parts("rule", relation), description=description)  # fmt: skip


def _super(name: str, wanted: bool) -> Alone:
    def assertion(db: Catalogued, name: str, *, description: str = "") -> None:
        have = db.catalog.role(name).superuser
        says = {True: "a superuser", False: "no superuser"}
        expect(have is wanted, f"role {name}", have=says[have], want=says[wanted], look=lookup_sql.places("role"),
               description=description)  # fmt: skip

    return called(assertion, name, f"a role, which must exist, is {'a' if wanted else 'no'} superuser", __name__)


is_superuser, isnt_superuser = _super("is_superuser", True), _super("isnt_superuser", False)


class Membership(Protocol):
    """An assertion about the members of a role, through other roles too; all must exist."""

    def __call__(self, db: Catalogued, role: str, members: str | Iterable[str], *, description: str = "") -> None:
        """Raise AssertionError unless it is so."""


def _members(name: str, wanted: bool) -> Membership:
    def assertion(db: Catalogued, role: str, members: str | Iterable[str], *, description: str = "") -> None:
        catalog = db.catalog
        catalog.role(role)
        listed = [catalog.role(m) for m in as_list(members if isinstance(members, str) else list(members))]
        wrong = [m.name for m in listed if (role in m.member_of) is not wanted]
        expect(not wrong, f"members of {role}", look=_ROLES, description=description,
               have=f"{', '.join(wrong)} {'not among' if wanted else 'among'} them",
               want=f"{', '.join(m.name for m in listed)} {'among' if wanted else 'not among'} them")  # fmt: skip

    return called(assertion, name, f"roles are {'' if wanted else 'not '}members of a role; all must exist", __name__)


is_member_of, isnt_member_of = _members("is_member_of", True), _members("isnt_member_of", False)


def language_is_trusted(db: Catalogued, name: str, *, description: str = "") -> None:
    """Assert that a language, which must exist, is trusted."""
    have = db.catalog.place("language", name).detail
    expect(have == "trusted", f"language {name}", have=have, want="trusted", look=lookup_sql.places("language"),
           description=description)  # fmt: skip


def _policy(db: Catalogued, table: str, policy: str, schema: str | None) -> tuple[str, Policy]:
    catalog = db.catalog
    relation = catalog.relation(table, schema)
    return str(relation), catalog.part("policy", policy, relation, catalog.parts("policies", Policy, relation))


def policy_roles_are(
    db: Catalogued, table: str, policy: str, roles: Iterable[str], *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that a policy, which must exist, is for exactly these roles; PUBLIC is written public."""
    relation, found = _policy(db, table, policy, schema)
    exactly_these(found.roles, roles, f"the roles of policy {policy} on {relation} differ", description=description,
                  look=lookup_sql.parts("policy", relation))  # fmt: skip


def policy_cmd_is(
    db: Catalogued, table: str, policy: str, command: str, *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that a policy, which must exist, is for select, insert, update, delete or all."""
    if command.lower() not in ("select", "insert", "update", "delete", "all"):
        raise UnknownObject(f'"{command}" is no command of a policy: select, insert, update, delete or all')
    relation, found = _policy(db, table, policy, schema)
    expect(found.cmd == command.lower(), f"policy {policy} on {relation}", have=found.cmd, want=command.lower(),
           look=lookup_sql.parts("policy", relation), description=description)  # fmt: skip
