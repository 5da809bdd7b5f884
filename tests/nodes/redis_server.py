"""A Redis of one test run, as the database servers are: a folder, a port and a password of its own, no root."""

from __future__ import annotations

from tests.databases.servers import Server, find


class Redis(Server):
    """Keeps nothing on disk: after a stop it starts empty."""

    account = "redis"
    programs = ("redis-server",)

    def prepare(self):
        self.write(
            "redis.conf",
            f"bind 127.0.0.1\nport {self.port}\ndir {self.folder}\nrequirepass {self.password}\n"
            "daemonize no\nappendonly no\nsave ''\n",
        )

    def command(self):
        return [find("redis-server"), str(self.folder / "redis.conf")]

    def settings(self):
        """The server as an entry of Django's `CACHES`; the number of its database is still to be added."""
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://:{self.password}@127.0.0.1:{self.port}",
        }
