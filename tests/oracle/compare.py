#!/usr/bin/env python3
"""Compares an engine's cells with the oracle's.

    compare.py expected.csv actual.csv [--show 40] [--strict] [--kpi K]...

Exit 1 when any cell disagrees. Soft classes (counted and shown, failing only under --strict):
  null-vs-zero    an impact null on one side and 0 on the other
  missing-zero    a count of 0 (no denominator) that the other side does not list
  companion-impact  an impact on a companion (not the headline) that the oracle leaves empty
"""
import argparse
import csv
import sys
from collections import defaultdict

KEY = ("kpi", "companion", "business_unit", "period", "dimension")
FIELDS = ("numerator", "denominator", "value", "impact")


def number(text):
    text = (text or "").strip()
    if text.lower() in ("", "null", "none", "nan", "n/a"):
        return None
    return float(text)


def read(path):
    cells, twice = {}, []
    with open(path, encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            key = tuple((row.get(k) or "").strip() for k in KEY)
            if key in cells:
                twice.append(key)
            cells[key] = {f: number(row.get(f)) for f in FIELDS}
    return cells, twice


def same(a, b):
    if a is None or b is None:
        return a is b
    return abs(a - b) <= max(1e-9, 1e-9 * max(abs(a), abs(b)))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("expected")
    ap.add_argument("actual")
    ap.add_argument("--show", type=int, default=40, help="examples in all; at most 4 per group unless --kpi")
    ap.add_argument("--strict", action="store_true")
    ap.add_argument("--kpi", action="append", help="only these")
    args = ap.parse_args()
    expected, twice_e = read(args.expected)
    actual, twice_a = read(args.actual)
    periods = {k[3] for k in expected}
    if args.kpi:
        expected = {k: v for k, v in expected.items() if k[0] in args.kpi}
    hard, soft = defaultdict(list), defaultdict(list)
    agreed = 0
    for key in twice_a:
        if key[3] in periods and (not args.kpi or key[0] in args.kpi):
            hard[key[:2] + ("listed twice",)].append((key, "", ""))
    for key, e in expected.items():
        group = key[:2]
        a = actual.get(key)
        if a is None:
            if e["value"] is None and not e["numerator"]:
                agreed += 1
            elif e["denominator"] is None and e["value"] == 0 and not e["impact"]:
                soft[group + ("missing-zero",)].append((key, e, None))
            else:
                hard[group + ("missing",)].append((key, e, None))
            continue
        bad = []
        for f in FIELDS:
            if same(e[f], a[f]):
                continue
            # 0/0: an empty part is the same as nothing
            if f in ("numerator", "denominator") and not e[f] and not a[f] and e["value"] is None and a["value"] is None:
                continue
            if f == "impact" and not e[f] and not a[f]:
                soft[group + ("null-vs-zero",)].append((key, e, a))
            elif f == "impact" and e[f] is None and key[1]:
                soft[group + ("companion-impact",)].append((key, e, a))
            else:
                bad.append(f)
        if bad:
            hard[group + ("+".join(bad),)].append((key, e, a))
        else:
            agreed += 1
    extra = defaultdict(list)
    for key, a in actual.items():
        if key not in expected and key[3] in periods and (not args.kpi or key[0] in args.kpi) and (a["value"] or a["numerator"]):
            extra[key[:2]].append(key)

    def name(group):
        return group[0] + ("." + group[1] if group[1] else "")

    def text(cell):
        return "(no row)" if not cell else " ".join(f"{f[:3]}={cell[f]!r}" for f in FIELDS)

    left = args.show
    total = sum(map(len, hard.values()))
    print(f"{agreed} cells agree, {total} disagree in {len(hard)} groups")
    for group, items in sorted(hard.items()):
        print(f"\n{name(group)}  [{group[2]}]  {len(items)} cells")
        for key, e, a in sorted(items, key=lambda i: i[0])[: (left if args.kpi else min(left, 4))]:
            left -= 1
            print(f"    {key[2]} | {key[3]} | {key[4] or '-'}\n        expected {text(e)}\n        actual   {text(a)}")
    if soft:
        print("\nsoft:")
        for group, items in sorted(soft.items()):
            key, e, a = sorted(items, key=lambda i: i[0])[0]
            print(f"    {name(group)}  {group[2]}  {len(items)} cells, e.g. {key[2]} | {key[3]} | {key[4] or '-'}: impact {e['impact']!r} / {a and a['impact']!r}")
    if extra:
        print("\nonly in actual (not judged):")
        for group, keys in sorted(extra.items()):
            print(f"    {name(group)}  {len(keys)} cells, e.g. {' | '.join(sorted(keys)[0][2:])}")
    if twice_e:
        print(f"\nthe expected file lists {len(twice_e)} cells twice")
    sys.exit(1 if hard or (args.strict and soft) else 0)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
