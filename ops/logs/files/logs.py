# Lines of Loki's, one JSON object a line on stdout. An empty line says that
# the script is still there.
PAGE = 2000  # lines a question, about 1 MB
MOST = 5000  # that Loki gives in one answer (max_entries_limit_per_query)
OVERLAP = 10 * 10**9  # how late a line may come and is still followed, ns
AHEAD = 3600 * 10**9  # how far a host's clock may be ahead, ns


def page(request, start, end, limit, direction):
    """Lines of [start, end): (time, labels, text), in the order of time."""
    answer = get(request["loki"], "/loki/api/v1/query_range", 20 if request["follow"] else 60,
                 query=request["query"], start=start, end=end, limit=limit, direction=direction)
    rows = []
    for stream in answer["data"]["result"]:
        labels = json.dumps(stream["stream"], sort_keys=True)
        rows += [(int(value[0]), labels, value[1]) for value in stream["values"]]
    rows.sort(key=lambda row: row[0], reverse=direction == "backward")
    return rows


def lines(request, start, end, direction):
    """Every line of [start, end) once. A page begins at the time at which the
    last one ended, because more lines may have it; those seen are left out."""
    size = min(request["page"] or PAGE, MOST)
    edge, seen = None, set()
    while start < end:
        limit = min(size + len(seen), MOST)
        rows = page(request, start, end, limit, direction)
        fresh = [row for row in rows if row not in seen]
        yield from fresh
        if len(rows) < limit:
            return
        if fresh:
            if edge != rows[-1][0]:
                edge, seen = rows[-1][0], set()
            seen |= {row for row in rows if row[0] == edge}
            start, end = (edge, end) if direction == "forward" else (start, edge + 1)
        else:
            say(f"there are more than {MOST} lines of one moment, {edge} ns; the rest of them is left out")
            start, end = (edge + 1, end) if direction == "forward" else (start, edge)
            seen = set()


def show(row):
    print(f'{{"at":{row[0]},"labels":{row[1]},"text":{json.dumps(row[2])}}}')


def newest(request, start, end):
    """Shows the newest lines, and says whether there are older ones."""
    limit = request["limit"]
    backward = lines(request, start, end, "backward")
    rows = [row for _, row in zip(range(limit), backward)]
    older = len(rows) == limit and next(backward, None) is not None
    for row in reversed(rows):
        show(row)
    return rows, older


def follow(request, floor, began, seen):
    """Shows what comes, until nobody listens. Each question begins a little
    before the one before: lines come seconds late, and not in order. The wall
    clock may jump; how much time has passed is asked of another."""
    started, away, last = time.monotonic(), False, began
    while True:
        print(flush=True)
        time.sleep(request["poll"])
        now = began + int((time.monotonic() - started) * 10**9)
        start = max(floor, last - OVERLAP)
        try:
            for row in lines(request, start, max(now, time.time_ns()) + AHEAD, "forward"):
                if row not in seen:
                    seen.add(row)
                    show(row)
        except Away as error:
            if not away:
                say(f"{error}; waiting")
            away = True
            continue
        if away:
            say("it answers again")
        away, last = False, now
        seen = {row for row in seen if row[0] >= now - OVERLAP}


def search(request):
    end_with_the_operator(lambda: None)
    began = time.time_ns()
    start, end = request["start"], request["end"] or began + AHEAD
    older, rows = False, []
    if request["limit"]:
        rows, older = newest(request, start, end)
    else:
        for row in lines(request, start, end, "forward"):
            show(row)
            if row[0] >= began - OVERLAP:
                rows.append(row)
    if older:
        print('{"older":true}')
    if request["follow"]:
        follow(request, rows[-1][0] if older else start, began, set(rows))


answer(search)
