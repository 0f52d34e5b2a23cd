"""What this room tells the audit trail."""

from nutshell.audit import actions as audit

from .models import User


def tell(kind: str, user: User | None, reason: str = "", references: tuple[bytes, ...] = ()) -> None:
    """One leaf about a person's account. Before consent there is no subject, so nobody is named."""
    subject = user.subject_id if user else None
    audit.record(kind, subject, str(subject) if subject else "person", reason=reason, references=references)
