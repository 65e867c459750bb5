"""Holds a frame between the socket and the worker: a ticket travels, the picture waits under it for seconds."""

import uuid

from .short_store import short_store

TICKET_SECONDS = 5.0


def hold(organization_id: uuid.UUID, jpeg: bytes) -> str:
    """Keep a frame for TICKET_SECONDS and return its ticket. Raises StoreUnavailable."""
    ticket = uuid.uuid4().hex
    short_store().put(_key(organization_id, ticket), jpeg, TICKET_SECONDS)
    return ticket


def take(organization_id: uuid.UUID, ticket: str) -> bytes | None:
    """The frame of this ticket, once; None when it came too late or belongs to another organization."""
    return short_store().take(_key(organization_id, ticket))


def _key(organization_id: uuid.UUID, ticket: str) -> str:
    return f"organization.{organization_id}.frame.{ticket}"
