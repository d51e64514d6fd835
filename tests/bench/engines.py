"""One engine's measure step over the extracts of one night: `engines.py ENGINE EXTRACTS PERIOD ROUNDS OUT.json`.

`duckdb` and `polars` read the Parquet files, map units onto the tree, take impossible rows out, convert money, and
aggregate every measure of every fact by unit and dimension member in one query a fact. Both do less than Muster: they
trust keys to be unique and cells to be of their type, and count nothing that is left out. `floor` only decodes the
columns that some fact names, one file after the other. `csv` has DuckDB's own reader take in every text file, all
columns, each of the type it finds.
"""

import gc
import json
import os
import resource
import sys
import time
from pathlib import Path

from definitions import Definitions

ZONE, CURRENCY, THREADS = "UTC", "EUR", int(os.environ.get("BENCH_THREADS", "2"))
PLACEHOLDERS = ("TOBEFILLEDBYOEM", "NOTSPECIFIED", "NONE", "NA", "NULL", "UNKNOWN")


def file(extracts, dataset):
    return str(sorted((extracts / dataset).glob("*/*.parquet"))[-1])


def table(d, dataset, path, source):
    """A dataset as the facts see it: units on the tree, impossible rows out, money in the reporting currency."""
    contract = d.contracts[dataset]
    own = contract["columns"]
    columns = []
    for name, column in own.items():
        if name in ("business_unit", "owner_unit") and dataset != "business_units":
            columns.append(f"CASE WHEN t.{name} IN ({d.units}) THEN t.{name} ELSE 'Unassigned' END AS {name}")
        else:
            columns.append(f"t.{name} AS {name}")
        if column["type"] == "serial":
            key = f"regexp_replace(upper(t.{name}), '[^A-Z0-9]', '', 'g')" if d.dialect == "duckdb" else f"UPPER(t.{name})"
            columns.append(f"CASE WHEN {key} IN {PLACEHOLDERS} THEN NULL ELSE {key} END AS {name}_key")
        if column["type"] == "money" and "currency" in own:
            columns.append(f"{money(d, name, 'closing')} AS {name}_closing")
            if "event" in contract:
                columns.append(f"{money(d, name, 'average')} AS {name}_average")
    joins = ""
    if "currency" in own and any(column["type"] == "money" for column in own.values()):
        joins = f" LEFT JOIN rates AS rc ON rc.currency = t.currency AND rc.period = '{d.month}'"
        if event := contract.get("event"):
            month = f"t.{event}" if own[event]["type"] == "month" else f"strftime(t.{event}, '%Y-%m')"
            joins += f" LEFT JOIN rates AS ra ON ra.currency = t.currency AND ra.period = {month}"
    bad = " AND ".join(f"NOT COALESCE({rule['when']}, FALSE)" for rule in contract.get("impossible", []))
    return f"SELECT {', '.join(columns)} FROM {source} AS t{joins}" + (f" WHERE {bad}" if bad else "")


def money(d, name, rate):
    row = "rc" if rate == "closing" else "ra"
    cast = "DECIMAL(38, 12)"
    return f"CAST(CASE WHEN t.currency = '{CURRENCY}' THEN CAST(t.{name} AS {cast}) ELSE CAST(CAST(t.{name} AS DECIMAL(38, 2)) * {row}.{rate} AS {cast}) END AS {cast})"


def aggregates(d, measures):
    """SQL of all measures, additive and not, as numbered columns."""
    for number, measure in enumerate(measures):
        where = f" FILTER (WHERE {measure['where']})" if measure.get("where") else ""
        expr = measure.get("expr")
        yield {
            "count": f"COUNT(*){where}",
            "sum": f"SUM({expr}){where}",
            "max": f"MAX(CAST({expr} AS DOUBLE)){where}",
            "median": f"MEDIAN(CAST({expr} AS DOUBLE)){where}",
            "p90": f"QUANTILE_CONT(CAST({expr} AS DOUBLE), 0.9){where}",
        }[measure["agg"]] + f" AS m{number}"


def distinct(d, fact):
    """Distinct measures of a fact with the names they go by."""
    known = {}
    for name, measure in d.measures(fact).items():
        key = json.dumps({k: v for k, v in measure.items() if k != "over"}, sort_keys=True)
        known.setdefault(key, (measure, []))[1].append(name)
    return [(measure, names) for measure, names in known.values()]


def duckdb_round(extracts, period):
    import duckdb

    d = Definitions("duckdb", period, ZONE)
    con = duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False})
    units = con.execute(f"SELECT business_unit FROM '{file(extracts, 'business_units')}'").fetchall()
    d.units = ", ".join(f"'{unit}'" for (unit,) in units)
    rates = file(extracts, "fx_rates")
    con.execute(
        "CREATE TEMP TABLE rates AS SELECT period, currency, CAST(average_rate AS DECIMAL(18, 12)) AS average,"
        f" CAST(closing_rate AS DECIMAL(18, 12)) AS closing FROM '{rates}'"
    )
    for dataset in d.contracts:
        path = file(extracts, dataset)
        con.execute(f"CREATE VIEW {dataset} AS {table(d, dataset, path, repr(path))}")
    figures, seconds = [], {}
    for fact in d.order():
        begun = time.perf_counter()
        if columns := d.facts[fact]["repeats"]:
            rows = f"FROM ({d.facts[fact]['sql']})"
            con.execute(f"CREATE TEMP TABLE repeats AS SELECT hash({columns}) AS hash {rows} GROUP BY 1 HAVING COUNT(*) > 1")
            con.execute(f"CREATE TEMP VIEW {fact} AS SELECT *, hash({columns}) IN (SELECT hash FROM repeats) AS repeated {rows}")
        elif d.shared(fact):
            con.execute(f"CREATE TEMP TABLE {fact} AS {d.facts[fact]['sql']}")
        wanted = distinct(d, fact)
        if wanted:
            # A fact may have the name of a dataset it reads.
            source = fact if d.shared(fact) else f"({d.facts[fact]['sql']})"
            member = f"COALESCE({d.facts[fact]['dimension']}, 'Unassigned')" if d.facts[fact]["dimension"] else "''"
            sums = ", ".join(aggregates(d, [measure for measure, _ in wanted]))
            rows = con.execute(
                f"SELECT COALESCE(business_unit, 'Unassigned'), {member}, {sums} FROM {source} GROUP BY 1, 2"
            ).fetchall()
            collect(figures, wanted, rows)
        seconds[fact] = time.perf_counter() - begun
    return figures, seconds


def collect(figures, wanted, rows):
    for unit, member, *values in rows:
        for (_, names), value in zip(wanted, values):
            for kpi, name in names if value else ():
                figures.append([kpi, name, unit, member, str(value)])


def polars_round(extracts, period):
    import polars as pl

    d = Definitions("polars", period, ZONE)
    scan = {dataset: pl.scan_parquet(file(extracts, dataset)) for dataset in d.contracts}
    d.units = ", ".join(f"'{unit}'" for unit in scan["business_units"].select("business_unit").collect().to_series())
    scan["rates"] = scan["fx_rates"].select(
        "period", "currency", pl.col("average_rate").alias("average"), pl.col("closing_rate").alias("closing")
    )
    tables = {}
    for dataset in d.contracts:
        lazy = scan[dataset]
        with pl.SQLContext(source=lazy, rates=scan["rates"]) as context:
            tables[dataset] = context.execute(table(d, dataset, "", "source"))
    figures, seconds = [], {}
    for fact in d.order():
        begun = time.perf_counter()
        with pl.SQLContext({name: tables[name] for name in d.facts[fact]["tables"]}) as context:
            lazy = context.execute(d.facts[fact]["sql"])
        if columns := d.facts[fact]["repeats"]:
            hashed = lazy.with_columns(pl.struct(columns.split(", ")).hash().alias("hash"))
            repeats = hashed.group_by("hash").len().filter(pl.col("len") > 1).select("hash").collect(engine="streaming")
            tables[fact] = hashed.with_columns(pl.col("hash").is_in(repeats["hash"].implode()).alias("repeated"))
        elif d.shared(fact):
            lazy = lazy.collect(engine="streaming").lazy()
            tables[fact] = lazy
        wanted = distinct(d, fact)
        if wanted:
            member = pl.col(d.facts[fact]["dimension"]).fill_null("Unassigned") if d.facts[fact]["dimension"] else pl.lit("")
            unit = pl.col("business_unit").fill_null("Unassigned")
            sums = []
            for number, (measure, _) in enumerate(wanted):
                where = pl.sql_expr(measure["where"]).fill_null(False) if measure.get("where") else pl.lit(True)
                value = pl.sql_expr(measure["expr"]) if measure.get("expr") else None
                if measure["agg"] == "count":
                    sums.append((where.cast(pl.Int64).sum() if measure.get("where") else pl.len()).alias(f"m{number}"))
                    continue
                value = value.filter(where) if measure.get("where") else value
                how = {"sum": value.sum(), "max": value.max(), "median": value.median(), "p90": value.quantile(0.9, "linear")}
                sums.append(how[measure["agg"]].alias(f"m{number}"))
            frame = lazy.group_by(unit.alias("_unit"), member.alias("_member")).agg(sums).collect(engine="streaming")
            collect(figures, wanted, frame.iter_rows())
        seconds[fact] = time.perf_counter() - begun
    return figures, seconds


def floor_round(extracts, period):
    import polars as pl

    d = Definitions("polars", period, ZONE)
    seconds = {}
    for dataset in d.contracts:
        begun = time.perf_counter()
        if columns := d.needed(dataset):
            pl.read_parquet(file(extracts, dataset), columns=columns, use_statistics=False)
        seconds[dataset] = time.perf_counter() - begun
    return [], seconds


def csv_round(extracts, period):
    import duckdb

    con = duckdb.connect(config={"threads": THREADS})
    seconds = {}
    for path in sorted(extracts.glob("*/*/*.csv")):
        begun = time.perf_counter()
        con.execute(f"CREATE OR REPLACE TEMP TABLE taken AS SELECT * FROM read_csv('{path}')")
        seconds[path.stem] = time.perf_counter() - begun
    return [], seconds


def main():
    engine, extracts, period, rounds, out = sys.argv[1:]
    run = {"duckdb": duckdb_round, "polars": polars_round, "floor": floor_round, "csv": csv_round}[engine]
    __import__({"floor": "polars", "csv": "duckdb"}.get(engine, engine))
    done = []
    for _ in range(int(rounds)):
        gc.collect()
        begun = time.perf_counter()
        figures, seconds = run(Path(extracts), period)
        done.append({"total": time.perf_counter() - begun, **seconds})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    Path(out).write_text(json.dumps({"rounds": done, "peak_kib": peak, "parts": figures}))


if __name__ == "__main__":
    main()
