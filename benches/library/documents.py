"""JSON of about a megabyte, read and written by the library. Each line is `name milliseconds = result`."""
import json
import time


def best(name, work):
    least, result = 1e9, None
    for _ in range(5):
        start = time.monotonic()
        result = work()
        least = min(least, time.monotonic() - start)
    print("%s %.3f = %s" % (name, least * 1000, result))


def document():
    rows = []
    for i in range(5000):
        rows.append({
            "id": i,
            "name": 'user %d "q"' % i,
            "score": i % 100 + 0.25,
            "flag": True if i % 3 == 0 else False if i % 3 == 1 else None,
            "tags": ["red", "a\nb", "back\\slash", "größer"],
            "position": {"x": -i, "y": [1, 2, [3, []], {}]},
            "text": "the quick brown fox jumps over the lazy dog, again and again",
        })
    return rows


value = document()
text = json.dumps(value, ensure_ascii=False)
indented = json.dumps(value, ensure_ascii=False, indent=2)
best("json_parse", lambda: len(json.loads(text)))
best("json_parse_indented", lambda: len(json.loads(indented)))
best("json_format", lambda: len(json.dumps(value, ensure_ascii=False).split('"')))
best("json_format_indented", lambda: len(json.dumps(value, ensure_ascii=False, indent=2).split("\n")))
