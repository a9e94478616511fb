"""Actions: what was decided, who does it by when, and what is overdue."""

from __future__ import annotations

from datetime import date

import pandas as pd

from sop_xl.schema.frames import rows


def actions(decisions: pd.DataFrame, cycle: str) -> pd.DataFrame:
    """Return an action for every decided decision (schema table ``prior_commitments``), owned and dated.

    The owner is the decider and the due date the deadline of the decision until a person names others. The code is
    cycle and decision, so that the same decision makes the same action again.

    Args:
        decisions: schema table ``decisions``.
        cycle: name of the cycle, such as 2008-07.
    """
    decided = decisions[decisions["outcome"] == "decided"]
    return rows(
        "prior_commitments",
        (
            {
                "commitment": f"{cycle} {row.decision}".strip(),
                "text": str(row.decided_option or row.recommendation or row.question),
                "owner": row.decider,
                "due": row.deadline,
                "status": "open",
            }
            for row in decided.itertuples(index=False)
        ),
    )


def overdue(commitments: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the actions that are not done and whose due date has passed; they gate the next cycle.

    Args:
        commitments: schema table ``prior_commitments``.
        as_of: the day asked about.
    """
    waiting = commitments["status"].isin(("open", "late")) & (commitments["due"] < pd.Timestamp(as_of))
    return commitments[waiting].reset_index(drop=True)


def follow_through(commitments: pd.DataFrame, as_of: date) -> float | None:
    """Return actions done / actions due up to a day; None where none was due. Withdrawn ones do not count.

    Args:
        commitments: schema table ``prior_commitments``.
        as_of: the day asked about.
    """
    due = commitments[(commitments["due"] <= pd.Timestamp(as_of)) & (commitments["status"] != "withdrawn")]
    return float((due["status"] == "done").mean()) if len(due) else None
