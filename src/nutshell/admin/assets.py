"""Style sheet and pictures: there is no load balancer in front of the console that would serve them."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve


@require_safe
def asset(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of the files that were collected under hashed names."""
    answer = serve(request, name, document_root=str(settings.STATIC_ROOT))
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer
