"""Says how this node reaches its coordinator, from the hospital's settings."""

from __future__ import annotations

from node.link.settings import LinkSettings, Proxy
from node.settings import NodeSettings
from onggi import __version__


def link_settings(settings: NodeSettings) -> LinkSettings:
    """The link's part of a node's settings."""
    host, _, port = settings.coordinator.rpartition(":")
    return LinkSettings(
        site=settings.site,
        host=host.strip("[]"),
        port=int(port),
        enrol_port=settings.enrol_port or int(port) + 1,
        folder=settings.link_folder,
        proxy=Proxy.parse(settings.proxy) if settings.proxy else None,
        software=__version__,
    )
