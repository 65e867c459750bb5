"""The ASGI entry point: pages and sockets. Every address and task is imported before the first request."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attendance_site.settings")
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  # these need the apps loaded
from channels.routing import ProtocolTypeRouter  # noqa: E402

import attendance_site.urls  # noqa: E402, F401
from attendance_site.sockets import OriginDoor, socket_router  # noqa: E402
from attendance_site.start_door import StartDoor  # noqa: E402

router = ProtocolTypeRouter({"http": pages, "websocket": OriginDoor(AuthMiddlewareStack(socket_router))})
application = StartDoor(router)
