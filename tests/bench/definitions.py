"""The catalogue's facts and measures in another engine's SQL: macros in place for one period, nothing else changed."""

import re
import tomllib
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

CONFIG = Path(__file__).resolve().parents[2] / "config"

# Where a dialect has its own word for what the engine of Muster says by casts.
MACROS = {
    "duckdb": {"days": "date_diff('day', $1, $2)", "microseconds": "(epoch_us($2) - epoch_us($1))", "sortable": "CAST(epoch_us($1) + 4000000000000000000 AS VARCHAR)"},
    "polars": {},
}
REWRITES = {
    "duckdb": [("CAST(CAST(CAST(renewal_on AS BIGINT) - notice_days AS INT) AS DATE)", "(renewal_on - CAST(notice_days AS INT))")],
    "polars": [],
}


def load(path):
    return tomllib.loads(path.read_text())


def add_months(day, count):
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


class Definitions:
    """Facts, measures and contracts, with the macros of one month."""

    def __init__(self, dialect, month, zone):
        self.dialect, self.zone, self.month = dialect, ZoneInfo(zone), month
        self.start = date.fromisoformat(f"{month}-01")
        self.end = add_months(self.start, 1)
        self.last = self.end - timedelta(days=1)
        macros = load(CONFIG / "catalogue/macros.toml")
        self.macros = {name: MACROS[dialect].get(name, macro["sql"]) for name, macro in macros.items()}
        contracts = {p.stem: load(p) for p in sorted((CONFIG / "contracts").glob("*.toml"))}
        # Lists of readers are measured by no KPI.
        self.contracts = {name: contract for name, contract in contracts.items() if not contract.get("delivery")}
        self.kpis = {p.stem: load(p) for p in sorted((CONFIG / "catalogue/kpis").glob("*.toml"))}
        self.windows = {name: w for kpi in self.kpis.values() for name, w in kpi.get("windows", {}).items()}
        self.facts = {p.stem: self.fact(p.read_text()) for p in sorted((CONFIG / "catalogue/facts").glob("*.sql"))}

    def fact(self, text):
        head = re.search(r"^-- tables: (.*)$", text, re.M)
        dimension = re.search(r"^-- dimension: (.*)$", text, re.M)
        repeats = re.search(r"^-- repeats: (.*)$", text, re.M)
        sql = self.expand(text)
        for old, new in REWRITES[self.dialect]:
            sql = sql.replace(old, new)
        return {"tables": [t.strip() for t in head[1].split(",")], "dimension": dimension and dimension[1].strip(), "repeats": repeats and repeats[1], "sql": sql}

    def expand(self, text):
        while found := re.search(r"\$\{([^${}]*)\}", text):
            name, arguments = re.fullmatch(r"(\w+)(?:\((.*)\))?", found[1], re.S).groups()
            text = text[: found.start()] + self.macro(name, split(arguments or "")) + text[found.end() :]
        return text

    def macro(self, name, arguments):
        if name in self.macros:
            sql = self.macros[name]
            for number, argument in enumerate(arguments, 1):
                sql = sql.replace(f"${number}", argument)
            return sql
        if name in ("back", "back_date"):
            window = self.windows[arguments[0]]
            day = self.end - timedelta(days=window["days"]) if "days" in window else add_months(self.end, -window["months"])
            return self.day(day) if name == "back_date" else self.stamp(day)
        return {
            "start": lambda: self.stamp(self.start),
            "end": lambda: self.stamp(self.end),
            "start_date": lambda: self.day(self.start),
            "last_day": lambda: self.day(self.last),
            "end_date": lambda: self.day(self.end),
            "months": lambda: f"'{self.month}'",
            "month": lambda: f"'{self.month}'",
            "months_before": lambda: self.day(add_months(self.end, -int(arguments[0]))),
            "days_after": lambda: self.day(self.last + timedelta(days=int(arguments[0]))),
            "after": lambda: f"({arguments[0]} + INTERVAL '{self.windows[arguments[1]]['hours']} hours')",
        }[name]()

    def day(self, day):
        if self.dialect == "duckdb":
            return f"DATE '{day}'"
        return f"CAST({(day - date(1970, 1, 1)).days} AS DATE)"

    def stamp(self, day):
        at = datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(timezone.utc)
        if self.dialect == "duckdb":
            return f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}'"
        return f"CAST({int(at.timestamp()) * 1_000_000} AS TIMESTAMP)"

    def order(self):
        """Facts, each after those it reads."""
        done = []
        while len(done) < len(self.facts):
            done += [f for f in self.facts if f not in done and all(t in done or t in self.contracts for t in self.facts[f]["tables"])]
        return done

    def shared(self, fact):
        return fact not in self.contracts and any(fact in other["tables"] for other in self.facts.values())

    def measures(self, fact):
        """`{(kpi, name): measure}` over a fact."""
        return {(k, n): m for k, kpi in self.kpis.items() for n, m in kpi["measures"].items() if m["fact"] == fact}

    def needed(self, dataset):
        """Columns of a dataset that some fact names, its key among them only where named."""
        text = " ".join(fact["sql"] for fact in self.facts.values() if dataset in fact["tables"])
        words = set(re.findall(r"\w+", text))
        own = self.contracts[dataset]["columns"]
        money = [name for name, column in own.items() if column["type"] == "money"]
        serial = [name for name, column in own.items() if column["type"] == "serial" and f"{name}_key" in words]
        used = {name for name in own if name in words} | set(serial)
        used |= {name for name in money if {f"{name}_closing", f"{name}_average"} & words}
        if used & set(money) and "currency" in own:
            used.add("currency")
        return [name for name in own if name in used]


def split(text):
    """Arguments at the commas outside parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
