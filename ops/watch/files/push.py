# Gives Prometheus samples, as the agents do.
def push(request):
    post(request["prometheus"], "/api/v1/otlp/v1/metrics", 10, request["metrics"])


answer(push)
