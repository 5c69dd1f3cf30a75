"""A test telephone that dials, presses, listens and hangs up: real SIP, RTP and RFC 4733 digits, by baresip.

    async with telephone(sip_port, prompts, number="61234567") as phone:
        await phone.dial("311")
        await phone.hear("greeting")
        await phone.press("1")
        await phone.hear("menu.main", language="es")
        await phone.hang_up()

`hear` compares what arrives with the prompt files. One process per telephone, which costs 10 to 20 MB and 2%
of a core in a call, so some thirty may talk at once on a small machine. An agent's SIP telephone is the same
thing with a login:

    async with telephone(sip_port, prompts, number="agent-rosa", password="…", answers=True) as agent:
        await agent.in_call()
"""

from tests.telephone.hearing import NotHeard
from tests.telephone.phone import Telephone, telephone

__all__ = ["NotHeard", "Telephone", "telephone"]
