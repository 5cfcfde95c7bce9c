# The alerts that fire, as Alertmanager tells them.
answer(lambda request: get(request["alertmanager"], "/api/v2/alerts", 4, active="true", silenced="false", inhibited="false"))
