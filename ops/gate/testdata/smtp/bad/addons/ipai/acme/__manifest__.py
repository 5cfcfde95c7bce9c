{'name': 'acme', 'version': '19.0.1.0.0'}
