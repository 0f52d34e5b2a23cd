"""All routes of the console. None of them is among those of the public listener (nutshell.urls)."""

from django.urls import path

from . import accounts, activity, assets, incidents, overview, requests, seat

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("sign-in", seat.sign_in, name="sign_in"),
    path("sign-out", seat.sign_out, name="sign_out"),
    path("nodes/freeze", overview.freeze, name="freeze"),
    path("nodes/unfreeze", overview.unfreeze, name="unfreeze"),
    path("trail/verify", overview.verify_trail, name="verify_trail"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts/invite", accounts.invite, name="invite"),
    path("accounts/disable", accounts.disable, name="disable"),
    path("accounts/enable", accounts.enable, name="enable"),
    path("incidents", incidents.incidents, name="incidents"),
    path("activity", activity.activity, name="activity"),
    path("activity/looked", activity.look, name="looked"),
    path("requests", requests.requests, name="requests"),
    path("requests/answer", requests.answer, name="answer"),
    path("static/<path:name>", assets.asset, name="asset"),
]

handler400 = "nutshell.admin.errors.bad_request"
handler404 = "nutshell.admin.errors.not_found"
handler500 = "nutshell.admin.errors.server_error"
