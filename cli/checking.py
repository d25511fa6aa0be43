"""`invotify check`: everything that can be wrong with a configuration."""

from core.checks import Finding, check_redis, check_settings
from db.checks import check_database
from integrations.mail.checks import check_mail_server
from settings import Settings


async def check_everything(settings: Settings, workers: int) -> list[Finding]:
    """Return what is wrong with a portal of so many processes and the servers that it uses."""
    return [
        *check_settings(settings, workers),
        *await check_database(settings.database_url, workers),
        *await check_redis(settings),
        *await check_mail_server(settings),
    ]
