"""What a page may load: only our own. No inline script or style, no frame, no foreign address."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# No form-action: a browser would also hold it against the redirect that ends a sign-in at another of our origins.
# blob: is a photograph shown before it is sent; the map fetches its worker and its tiles from ourselves.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)


class ContentSecurityPolicy:
    """Set the policy on each page that does not bring its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
