{'name': 'acme_vault'}
