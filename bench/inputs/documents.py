"""What python3 does in the benchmark: make documents, write and read them as JSON, index and sort them."""
import json
import sys


def make_documents(count):
    words = [f"word{(i * 7919) % 1000:03d}" for i in range(1000)]
    for number in range(count):
        first = number * 31 % 900
        body = " ".join(words[first:first + 40 + number % 60])
        yield {"id": number, "title": words[number % 1000], "tags": words[first:first + 5], "body": body}


def index_by_tag(documents):
    index = {}
    for document in documents:
        for tag in document["tags"]:
            index.setdefault(tag, []).append((document["title"], document["id"]))
    return {tag: sorted(entries) for tag, entries in index.items()}


documents = [json.loads(json.dumps(document)) for document in make_documents(int(sys.argv[1]))]
for document in documents:
    document["words"] = len(set(document["body"].upper().split()))
index = index_by_tag(documents)
print(len(documents), len(index), sum(document["words"] for document in documents))
