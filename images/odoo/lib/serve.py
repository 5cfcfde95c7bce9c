"""`odoo`, whose scheduled actions survive a restart of Postgres.

Without workers Odoo runs them in threads that wait for the database's word.
Such a thread takes its end when the connection is lost and Postgres is not
back at once, and nothing starts another: pages go on, but no mail leaves and
no scheduled action runs until somebody restarts Odoo. With workers Odoo ends
as a whole in that case, and Docker starts it again.
"""

import logging
import sys
import time

import odoo.cli
from odoo.service.server import ThreadedServer

AGAIN = 5  # seconds before the next try

one_life = ThreadedServer.cron_thread


def cron_thread(self, number):
    while True:
        try:
            one_life(self, number)
        except Exception as error:
            logging.getLogger("odooops").warning(
                "scheduled actions: cron%d lost the database, trying again in %d s: %s", number, AGAIN, error
            )
        time.sleep(AGAIN)


ThreadedServer.cron_thread = cron_thread

if __name__ == "__main__":
    sys.exit(odoo.cli.main())
