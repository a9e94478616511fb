"""Makes the demo's extract from the published monthly figures of the Australian Pharmaceutical Benefits Scheme.

Run once, by hand: ``python -m sop_xl.gather.demo.extract pbs_monthly.parquet sop_xl/gather/demo/pbs_extract.parquet``.
The rule of what is kept stands in :func:`kept_products`; nothing is smoothed, scaled or filled in.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd

FIRST_MONTH = pd.Timestamp(1999, 7, 1)
"""Nine years: in a test on three origins, 8 to 9 years of history forecast better than 17 (docs/data-sources.md)."""
REGULAR_MONTHS = 60
LEAST_SCRIPTS_A_YEAR = 24_000

CHANNELS = {
    "CONCESSIONAL NON-SAFETY NET": "Concessional",
    "CONCESSIONAL SAFETY NET": "Concessional safety net",
    "GENERAL NON-SAFETY NET": "General",
    "GENERAL SAFETY NET": "General safety net",
}
"""Code of the demo by patient group of the source."""

_SPELLED_OUT = {
    "A07": "Antidiarrhoeals, Intestinal Anti-Inflammatory and Anti-Infective Agents",
    "A09": "Digestives, Including Enzymes",
    "C09": "Agents Acting on the Renin-Angiotensin System",
    "C10": "Serum Lipid Reducing Agents",
    "D06": "Antibiotics and Chemotherapeutics for Dermatological Use",
    "D10": "Anti-Acne Preparations",
    "N04": "Anti-Parkinson Drugs",
    "P03": "Ectoparasiticides, Including Scabicides, Insecticides and Repellents",
    "V07": "All Other Non-Therapeutic Products",
}
_SMALL_WORDS = {"And", "For", "Of", "On", "To", "In", "The", "With"}


def tidy_description(code: str, text: str) -> str:
    """Return a description in title case; the source's truncated ones are spelled out.

    >>> tidy_description("A02", "DRUGS FOR ACID RELATED DISORDERS")
    'Drugs for Acid Related Disorders'
    >>> tidy_description("C10", "SERUMLIPIDREDUCING AGENTS")
    'Serum Lipid Reducing Agents'
    """
    if code in _SPELLED_OUT:
        return _SPELLED_OUT[code]
    words = re.sub(r"\s+", " ", text.strip()).title().split(" ")
    return " ".join(w.lower() if i and w in _SMALL_WORDS else w for i, w in enumerate(words))


def kept_products(source: pd.DataFrame) -> list[str]:
    """Return the ATC2 codes that are kept: proper codes with regular and noticeable sales.

    A code is kept where it is a letter and two digits (the source also has whole letters such as ``D`` and ``Z``), has
    scripts in every one of the last 60 months, and at least 24,000 scripts in the last 12 months.
    """
    last = source["ds"].max()
    monthly = source.pivot_table(index="ds", columns="ATC2", values="Scripts", aggfunc="sum", fill_value=0)
    regular = (monthly[monthly.index > last - pd.DateOffset(months=REGULAR_MONTHS)] > 0).all()
    noticeable = monthly[monthly.index > last - pd.DateOffset(months=12)].sum() >= LEAST_SCRIPTS_A_YEAR
    return [c for c in monthly.columns[regular & noticeable] if re.fullmatch(r"[A-Z]\d\d", c)]


def select(source: pd.DataFrame) -> pd.DataFrame:
    """Return the extract of the published table.

    One row per product (ATC2), channel and month, as published: ``family``, ``product``, ``description``, ``channel``,
    ``period`` (first day of the month), ``scripts`` (prescriptions, units) and ``cost`` (AUD). A month without a row
    in the source has none here.
    """
    chosen = source[source["ATC2"].isin(kept_products(source)) & (source["ds"] >= FIRST_MONTH)]
    names = {
        str(code): tidy_description(str(code), str(text))
        for code, text in chosen.groupby("ATC2")["desc"].first().items()
    }
    out = pd.DataFrame(
        {
            "family": chosen["ATC1"].astype(str),
            "product": chosen["ATC2"].astype(str),
            "description": chosen["ATC2"].map(names),
            "channel": chosen["grp"].map(CHANNELS),
            "period": chosen["ds"].astype("datetime64[ms]"),
            "scripts": chosen["Scripts"].astype("int32"),
            "cost": chosen["Cost"].round(2),
        }
    )
    return out.sort_values(["product", "channel", "period"], ignore_index=True)


def extract(source: Path, target: Path) -> pd.DataFrame:
    """Write the extract of the published file as compressed Parquet and return it."""
    out = select(pd.read_parquet(source))
    codes = {name: out[name].astype("category") for name in ("family", "product", "description", "channel")}
    out.assign(**codes).to_parquet(target, index=False, compression="zstd", compression_level=19)
    return out


if __name__ == "__main__":
    extract(Path(sys.argv[1]), Path(sys.argv[2]))
