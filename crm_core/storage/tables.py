"""Every table, in one place for those who query them."""

from __future__ import annotations

from crm_core.storage.base import Base
from crm_core.storage.calls import Call, CallCase, CallEvent, Recording
from crm_core.storage.cases import Case, CaseHistory, Citizen, Institution, Phone, Service
from crm_core.storage.node import (
    JournalApplied,
    JournalOffset,
    JournalPoison,
    NumberBlock,
    NumberSecret,
)
from crm_core.storage.staff import Agent, AgentEvent, Audit, LoginAttempt, Session

metadata = Base.metadata

__all__ = [
    "Agent",
    "AgentEvent",
    "Audit",
    "Call",
    "CallCase",
    "CallEvent",
    "Case",
    "CaseHistory",
    "Citizen",
    "Institution",
    "JournalApplied",
    "JournalOffset",
    "JournalPoison",
    "LoginAttempt",
    "NumberBlock",
    "NumberSecret",
    "Phone",
    "Recording",
    "Service",
    "Session",
    "metadata",
]
