import pytest

from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.statements import value_of
from tests.personal_information.made_up import AREA, GROUP, SERIAL, tiers

TOGETHER = AREA + GROUP + SERIAL
SSN = Kind.SOCIAL_SECURITY_NUMBER
DUMPED = (
    "CREATE TABLE `people` (\n  `id` int(11) NOT NULL,\n  `name` enum('a','b') DEFAULT 'a, (b',\n  `ssn` char(9),\n  PRIMARY KEY (`id`)\n)"
    " ENGINE=InnoDB;\nLOCK TABLES `people` WRITE;\nINSERT INTO `people` VALUES (12,'Brown, (M)','{}'),(13,'x',NULL);\n"
)
STATEMENTS = [
    "INSERT INTO people (id, name, ssn) VALUES (12, 'Brown', '{}');",
    "insert into `people` (`ssn`,`id`) values ('{}', 12), ('x', 13);",
    "INSERT INTO people (`id`, 'name', ssn, x) VALUES (12, 'Bro,wn (it''s)', {}, NULL);",
    "INSERT INTO people (id, ssn)\nVALUES\n  (12, '{}')",
    "INSERT INTO people (id, name, ssn) VALUES (12, 'O\\'Neil', '{}');",
    "COPY public.people (id, name, ssn, x) FROM stdin;\n12\tBrown\t{}\ty\n13\tx\ty\n",
    "CREATE TABLE people (id int, ssn text, x int);\nINSERT INTO people VALUES(12,'{}',3);",
    DUMPED,
    '{{"columns": ["id", "ssn", "x"], "rows": [[12, "{}", 2], [13, "x", 3]]}}',
    '{{"fields":[{{"name":"id"}},{{"name":"ssn"}}],"data":[[12,{}]]}}',
    '{{"columns":["id","ssn"],"index":[0,1],"data":[[12,null],[13,"{}"]]}}',
    "<table><tr><th>Id</th><th class='x'>SSN</th></tr>\n<tr><td>12</td><td><b>{}</b></td></tr></table>",
]
FURTHER = [
    "CREATE TABLE people (id int, ssn text);\nINSERT INTO others VALUES (12,'{}');",
    "CREATE TABLE people_of_elsewhere (id int); -- ssn\nINSERT INTO people_of_elsewhere VALUES ('{}');",
    '{{"columns": ["id", "x"], "ssn": 0, "rows": [[12, "{}"]]}}',
    '{{"columns": ["id", "ssn"], "others": [[12, "{}"]]}}',
    "<tr><th>Id</th><th>SSN?</th></tr><tr><td>{}</td><td>no</td></tr>",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_value_of_a_named_column_counts(statement: str) -> None:
    assert tiers(statement.format(TOGETHER)) == {SSN: Tier.MEDIUM}


@pytest.mark.parametrize("statement", FURTHER)
def test_a_row_of_another_list_does_not(statement: str) -> None:
    assert tiers(statement.format(TOGETHER)) == {}


def test_the_column_of_a_license_has_its_value() -> None:
    assert tiers("INSERT INTO p (id, drivers_license) VALUES (1, 'S47093186')") == {Kind.DRIVERS_LICENSE: Tier.HIGH}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_value_of_another_column_does_not(statement: str) -> None:
    assert tiers(statement.format("x").replace("12", TOGETHER)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "f(id, ssn) or values 1, {}",
        "INSERT INTO people (id, ssn) VALUES (12)",
        "INSERT INTO people (id, ssn) VALUES (12, '{}",
        "INSERT INTO people (id, ssn) SELECT 12, {}",
        "COPY people (id, ssn) FROM stdin;\n12\n{}\n",
        "INSERT INTO people (id, ssn) VALUES ('" + "x" * 500 + "', '{}')",
    ],
)
def test_what_is_no_row_of_the_list_is_nothing(text: str) -> None:
    assert tiers(text.format(TOGETHER)) == {}


@pytest.mark.parametrize(
    "text", [b"ssn", b"(ssn", b"(ssn)", b"(ssn) values (", b"(ssn) from stdin;\n", b"(" * 900 + b"ssn) values ("]
)
def test_a_statement_that_is_cut_off_has_at_most_an_empty_value(text: bytes) -> None:
    found = value_of(text, text.index(b"ssn"))
    assert found is None or not found[1]


@pytest.mark.parametrize("null", ["NULL", "null", "''"])
def test_the_first_row_in_which_the_column_is_not_null_counts(null: str) -> None:
    rows = f"INSERT INTO people (id, ssn) VALUES (1, {null}), (2, {null}),\n(3, '{{}}'), (4, 'x');"
    assert tiers(rows.format(TOGETHER)) == {SSN: Tier.MEDIUM}
    assert tiers(rows.format("x").replace("3,", f"{TOGETHER},")) == {}
    assert tiers(f"INSERT INTO people (id, ssn) VALUES (1, {null}); SELECT (2, {TOGETHER});") == {}


def test_that_is_so_where_rows_are_copied() -> None:
    rows = "COPY people (id, ssn) FROM stdin;\n1\t\\N\n2\t\n3\t{}\n\\.\n"
    assert tiers(rows.format(TOGETHER)) == {SSN: Tier.MEDIUM}
    assert tiers(rows.format("\\N") + f"4\t{TOGETHER}\n") == {}
