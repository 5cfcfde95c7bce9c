{'name': 'acme'}
