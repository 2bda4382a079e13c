"""One SQLite file that is versioned, safe with threads and clear about what is wrong with it."""

import sqlite3
import threading

import pytest

from assistant.workspace.database import Damaged, Database
from tools.errors import RegroupError

FIRST = ("CREATE TABLE things (name TEXT PRIMARY KEY)",)
SECOND = ("ALTER TABLE things ADD COLUMN size INTEGER DEFAULT 7",)


def add(database, name):
    with database.write() as connection:
        connection.execute("INSERT INTO things (name) VALUES (?)", (name,))


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_holds(tmp_path):
    old = Database(tmp_path / "x.sqlite", [FIRST])
    add(old, "a")
    old.close()
    new = Database(tmp_path / "x.sqlite", [FIRST, SECOND])
    assert new.read("SELECT name, size FROM things") == [("a", 7)]
    assert new.read("PRAGMA user_version") == [(2,)]
    assert new.read("PRAGMA journal_mode") == [("wal",)]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    Database(tmp_path / "x.sqlite", [FIRST, SECOND]).close()
    with pytest.raises(RegroupError, match="newer version of Regroup; update Regroup"):
        Database(tmp_path / "x.sqlite", [FIRST])
    assert Database(tmp_path / "x.sqlite", [FIRST, SECOND]).read("PRAGMA user_version") == [(2,)]


def test_a_migration_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(RegroupError):
        Database(tmp_path / "x.sqlite", [(*FIRST, "CREATE NONSENSE")])
    assert Database(tmp_path / "x.sqlite", [FIRST]).read("SELECT * FROM things") == []


def test_a_block_that_raises_is_taken_back(tmp_path):
    database = Database(tmp_path / "x.sqlite", [FIRST])
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute("INSERT INTO things VALUES ('a')")
        _ = 1 / 0
    assert database.read("SELECT * FROM things") == []
    add(database, "b")
    assert database.read("SELECT * FROM things") == [("b",)]


def test_many_threads_and_two_connections_write_without_losing_anything(tmp_path):
    databases = [Database(tmp_path / "x.sqlite", [FIRST]) for _ in range(2)]

    def work(i):
        for j in range(20):
            add(databases[i % 2], f"{i}-{j}")
            databases[i % 2].read("SELECT count(*) FROM things")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert databases[0].read("SELECT count(*) FROM things") == [(120,)]


def test_a_file_that_is_no_database_is_called_damaged(tmp_path):
    (tmp_path / "x.sqlite").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(Damaged, match=r"x\.sqlite is damaged; open the folder again"):
        Database(tmp_path / "x.sqlite", [FIRST])


def test_a_page_that_is_damaged_later_is_one_clear_line_too(tmp_path):
    path = tmp_path / "x.sqlite"
    database = Database(path, [FIRST])
    for i in range(400):
        add(database, f"{i:0200}")
    database.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(Damaged):
        Database(path, [FIRST]).read("SELECT * FROM things ORDER BY name")


def test_a_place_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(RegroupError, match=r"cannot use .*x\.sqlite.*--workspace"):
        Database(tmp_path / "nowhere" / "x.sqlite", [FIRST])


def test_a_mistake_in_the_program_stays_an_exception_of_sqlite(tmp_path):
    database = Database(tmp_path / "x.sqlite", [FIRST])
    add(database, "a")
    with pytest.raises(sqlite3.IntegrityError):
        add(database, "a")
