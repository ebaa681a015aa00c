"""Where holders of pretend cards confirm cards and payments in a development; the pages run without script."""

from html import escape
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.domain.billing.charges import ChargeFailure
from app.domain.billing.confirming import CONFIRM, Confirmations
from app.domain.billing.gateway import CardTold, Outcome, PaymentTold
from app.schema.context import Services
from app.web import payments
from app.web.answers import answered
from app.web.gate import Limits, Origins, body
from app.web.pages import CLOSED, admit, document, hashed

STYLE = """
body { margin: 0; padding: 24px 16px; background: #f3f4f6; color: #1f2933; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 480px; margin: 0 auto; padding: 24px; background: #fff; border-radius: 8px; overflow-wrap: anywhere; }
h1 { margin: 0 0 16px; font-size: 24px; line-height: 1.25; }
p.note { padding: 8px 12px; background: #fff4d6; border-left: 4px solid #b7791f; }
button { box-sizing: border-box; width: 100%; margin-top: 12px; padding: 10px 12px; font: inherit; cursor: pointer;
  border: 1px solid #1f5f8b; border-radius: 6px; background: #1f5f8b; color: #fff; }
button.refuse { background: #fff; color: #1f5f8b; }
button:focus-visible { outline: 3px solid #b7791f; outline-offset: 2px; }
"""
CSP = f"{CLOSED}; form-action 'self'; style-src {hashed(STYLE)}"
NOTE = "Development only: this page stands in for the bank of the card, and no money moves."
ANSWERS = {b"answer=yes": True, b"answer=no": False}


def routes(confirmations: Confirmations, services: Services, origins: Origins) -> list[BaseRoute]:
    """GET asks, POST answers; Endcap is told by the same message that the processor would send."""

    @answered
    async def card(request: Request) -> Response:
        admit(request, origins)
        token: str = request.path_params["token"]
        if not confirmations.asks_about(token):
            raise HTTPException(404, "No such card.")
        if request.method != "POST":
            return _asked("Confirm this card?", f"Its token is {token}.")
        return await tell(CardTold(token, usable=await _answer(request)))

    @answered
    async def payment(request: Request) -> Response:
        admit(request, origins)
        charge_id: UUID = request.path_params["charge"]
        if request.method != "POST":
            return _asked("Confirm this payment?", f"It is of the charge {charge_id}.")
        yes = await _answer(request)
        outcome = Outcome(paid=yes, failure=None if yes else ChargeFailure.DECLINED)
        return await tell(PaymentTold(charge_id, request.path_params["attempt"], outcome))

    async def tell(news: CardTold | PaymentTold) -> Response:
        await payments.take(services, *confirmations.message(news, services.clock()))
        yes = news.usable if isinstance(news, CardTold) else news.outcome.paid
        return _page("Confirmed" if yes else "Refused", "<p>Endcap was told. You can close this page.</p>")

    return [
        Route(f"{CONFIRM}/card/{{token}}", card, methods=["GET", "POST"]),
        Route(f"{CONFIRM}/payment/{{charge:uuid}}/{{attempt:uuid}}", payment, methods=["GET", "POST"]),
    ]


async def _answer(request: Request) -> bool:
    """Whether they agree. The form has two buttons, and nothing else."""
    sent = await body(request, Limits(body_bytes=64))
    if sent not in ANSWERS:
        raise HTTPException(400, "Answer yes or no.")
    return ANSWERS[sent]


def _asked(title: str, words: str) -> Response:
    return _page(
        title,
        f"""<p class="note">{NOTE}</p><p>{escape(words)}</p>
<form method="post"><button name="answer" value="yes">Confirm</button>
<button class="refuse" name="answer" value="no">Refuse</button></form>""",
    )


def _page(title: str, content: str) -> Response:
    html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"""
    return document(html, CSP)
