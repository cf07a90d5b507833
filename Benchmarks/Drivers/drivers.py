"""One measurement of a Python driver: drivers.py asyncpg|psycopg WORKLOAD CONNECTIONS SECONDS

Connects by the PG… variables, works until the time is over, and prints what was done as JSON: units, seconds, and the
processor seconds of this process between start and end. Connecting and importing are not counted.
"""

import asyncio
import json
import os
import random
import sys
import threading
import time
import uuid
from datetime import datetime, timezone

ACCOUNTS = 100_000
ROWS = 100_000
COLUMNS = ["id", "article_id", "start", "end", "label", "quote", "attributes", "version", "created_at"]
NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
QUOTES = ["Vladimir Poutine", "l’accord de paix", "Nguyễn 😊", "Haut-Karabagh", "the president of the council"]


def made_rows():
    """What `Annotation.made` makes in Swift."""
    article = uuid.uuid4()
    now = datetime(2026, 11, 7, 18, 3, 11, 123456, tzinfo=timezone.utc)
    attributes = '{"stance": "pro", "certainty": 3}'
    return [
        (uuid.uuid4(), article, n % 5000, n % 5000 + 16, f"LABEL{n % 20}", QUOTES[n % 5], attributes, n, now)
        for n in range(ROWS)
    ]


class Clock:
    """Counts the units of all workers, and the time from its making on."""

    def __init__(self, seconds):
        self.units = 0
        self.processor = time.process_time()
        self.start = time.perf_counter()
        self.end = self.start + seconds

    @property
    def goes_on(self):
        return time.perf_counter() < self.end

    def report(self):
        elapsed = time.perf_counter() - self.start
        processor = time.process_time() - self.processor
        print(json.dumps({"units": self.units, "seconds": elapsed, "processor": processor}))


# asyncpg, on uvloop


async def run_asyncpg(workload, count, seconds):
    import asyncpg

    connections = [await asyncpg.connect(host=os.environ["PGHOST"]) for _ in range(count)]
    first = connections[0]

    async def select(connection, clock):
        statement = await connection.prepare("SELECT abalance FROM pgbench_accounts WHERE aid = $1")
        numbers = random.Random(id(connection))
        while clock.goes_on:
            for _ in range(20):
                assert await statement.fetchval(int(numbers.random() * ACCOUNTS) + 1) == 0
            clock.units += 20

    async def insert(connection, clock):
        while clock.goes_on:
            rows = [(clock.units + n, "a name of some length") for n in range(100)]
            await connection.executemany("INSERT INTO bench_inserts (number, name) VALUES ($1, $2)", rows)
            clock.units += 100

    async def read(connection, clock):
        while clock.goes_on:
            rows = await connection.fetch(f"SELECT {NAMES} FROM bench_annotations")
            assert len(rows) == ROWS
            clock.units += ROWS

    async def copy_in(connection, clock):
        while clock.goes_on:
            await connection.execute("TRUNCATE bench_copies")
            await connection.copy_records_to_table("bench_copies", records=rows, columns=COLUMNS)
            clock.units += ROWS

    async def copy_out(connection, clock):
        async def take(block):
            assert block

        while clock.goes_on:
            await connection.copy_from_table("bench_annotations", output=take)
            clock.units += ROWS

    rows = made_rows() if workload == "copy-in" else []
    work = {"point-select": select, "pipelined-insert": insert, "read-rows": read, "copy-in": copy_in}
    work = work.get(workload, copy_out)
    await first.execute("SELECT 1")
    clock = Clock(seconds)
    await asyncio.gather(*[work(connection, clock) for connection in connections])
    clock.report()


# psycopg 3, its C implementation


def run_psycopg(workload, count, seconds):
    import psycopg
    from psycopg.types.json import set_json_loads

    assert psycopg.pq.__impl__ != "python", "the C implementation is wanted"
    set_json_loads(lambda text: text)
    connections = [psycopg.connect(autocommit=True) for _ in range(count)]
    lock = threading.Lock()

    def select(connection, clock):
        cursor = connection.cursor(binary=True)
        numbers = random.Random(id(connection))
        done = 0
        while clock.goes_on:
            for _ in range(20):
                key = int(numbers.random() * ACCOUNTS) + 1
                cursor.execute("SELECT abalance FROM pgbench_accounts WHERE aid = %s", (key,), prepare=True)
                assert cursor.fetchone()[0] == 0
            done += 20
        with lock:
            clock.units += done

    def insert(connection, clock):
        cursor = connection.cursor()
        text = "INSERT INTO bench_inserts (number, name) VALUES (%s, %s)"
        while clock.goes_on:
            with connection.pipeline():
                for n in range(100):
                    cursor.execute(text, (clock.units + n, "a name of some length"), prepare=True)
            clock.units += 100

    def read(connection, clock):
        cursor = connection.cursor(binary=True)
        while clock.goes_on:
            rows = cursor.execute(f"SELECT {NAMES} FROM bench_annotations", prepare=True).fetchall()
            assert len(rows) == ROWS
            clock.units += ROWS

    work = {"point-select": select, "pipelined-insert": insert, "read-rows": read}[workload]
    clock = Clock(seconds)
    threads = [threading.Thread(target=work, args=(connection, clock)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.report()


def main():
    library, workload, count, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    if library == "asyncpg":
        import uvloop

        uvloop.run(run_asyncpg(workload, count, seconds))
    else:
        run_psycopg(workload, count, seconds)


main()
