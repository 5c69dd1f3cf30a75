"""One module per kind of step. A new kind is a module of its own and a name in `AnyStep`."""

from ivr.flow.steps.anonymous import Anonymous
from ivr.flow.steps.case_status import CaseStatusStep
from ivr.flow.steps.hangup import HangUp
from ivr.flow.steps.language import Language
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.message import Message
from ivr.flow.steps.open_case import OpenCase
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.say import Say

AnyStep = Say | Language | Menu | Anonymous | OpenCase | CaseStatusStep | Queue | Message | HangUp
