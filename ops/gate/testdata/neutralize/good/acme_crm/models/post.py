import requests


def post(url):
    return requests.post(url, timeout=5)
