def broken(: # ir.cron
