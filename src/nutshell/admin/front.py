"""Whether the product answers people: asked where they ask, with the certificate checked."""

import http.client
import ssl
from typing import Any

SECONDS = 2.0


def answers(config: Any) -> bool:
    """Whether the load balancer passes a request to a web process that serves."""
    context = ssl.create_default_context(cafile=config.pki / "ca.crt" if config.loopback else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    connection = http.client.HTTPSConnection(config.host, config.https_port, timeout=SECONDS, context=context)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
