"""Where the collections of a service lie (OneRoster 1.1 and 1.2 REST)."""

from collections.abc import Mapping

from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.providers import Provider, RestVersion
from oneroster_reconcile.sources.session import Failed, Session

__all__ = ["base_of"]

_PATHS: Mapping[RestVersion, str] = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}


def _version_in(url: str) -> RestVersion | None:
    return next((version for version, path in _PATHS.items() if url.endswith(path[-5:])), None)


def base_of(url: str, profile: Provider, session: Session) -> Exchange[str]:
    """The address under which the collections lie: as it is said, or under the first version that the service knows.

    Raises Failed.
    """
    if told := _version_in(url):
        session.begin(told)
        return url
    versions = profile.versions
    for version in versions[:-1]:
        session.begin(version)
        base = url + _PATHS[version]
        try:
            yield from session.read(f"{base}/orgs?limit=1&offset=0")
        except Failed as failed:
            # Who knows nothing of a version knows neither its address nor its scopes.
            if failed.status != 404 and not (failed.is_of_token and failed.status == 400):
                raise
        else:
            return base
    session.begin(versions[-1])
    return url + _PATHS[versions[-1]]
