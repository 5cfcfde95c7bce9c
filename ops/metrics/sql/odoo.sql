SELECT name, label, value FROM odooops.counts()
