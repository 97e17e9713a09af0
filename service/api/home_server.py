"""Home server: the server that has a home folder open, and the clients of it that our own commands use."""

from typing import TYPE_CHECKING, NamedTuple

from index.errors import HomeInUse
from index.store.named_collections import DEFAULT
from service.api.api_keys import first_key
from service.runtime.home_lock import read_owner
from service.runtime.settings import Settings

if TYPE_CHECKING:
    from service.client import RemoteWorkspace


class HomeServer(NamedTuple):
    """Home server: its address, and the settings with the keys that it may ask for."""

    url: str
    settings: Settings

    def workspace(self, collection: str | None = None) -> "RemoteWorkspace":
        """Return the client of one collection; raises InputError when no key is for it."""
        return self._client(collection or DEFAULT, collection)

    def service(self) -> "RemoteWorkspace":
        """Return the client for what concerns all collections; raises InputError when no key is for them."""
        return self._client(None, None)

    def _client(self, key_for: str | None, collection: str | None) -> "RemoteWorkspace":
        from service.client import RemoteWorkspace  # noqa: PLC0415 - brings httpx

        key = first_key(self.settings.keys.get_secret_value(), self.settings.key_file, key_for)
        return RemoteWorkspace(self.url, key=key, collection=collection)


def home_server(settings: Settings, in_use: HomeInUse) -> HomeServer:
    """Return the server that has the home folder open; raises `in_use` when the process that has it is none."""
    owner = read_owner(settings.home)
    if owner is None or owner.url is None:
        raise in_use
    return HomeServer(owner.url, settings)
