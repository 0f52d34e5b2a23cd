"""The security headers, apart from Django so that the launcher writes the same ones into Caddy's file."""

COMMON = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that, browsers send "Origin: null" with a form, and the CSRF check refuses every form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "X-Frame-Options": "DENY",
}
NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'"
STILL_PAGE = f"{NOTHING_ALLOWED}; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
"""Of a page that only shows: no script, no form, nothing from elsewhere."""

PAGE = {**COMMON, "Cache-Control": "no-store"}
API = {**PAGE, "Content-Security-Policy": NOTHING_ALLOWED}
