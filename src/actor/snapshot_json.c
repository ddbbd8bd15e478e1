/* actor/snapshot_json: a snapshot for scripts. Members: docs/actors.md. */
#include <errno.h>
#include <inttypes.h>
#include <tidemark/actor.h>

static void put_number(FILE *out, const char *key, uint64_t value) {
    fprintf(out, "\"%s\": %" PRIu64 ", ", key, value);
}

static void put_last(FILE *out, const char *key, uint64_t value) {
    fprintf(out, "\"%s\": %" PRIu64, key, value);
}

/* A type's name, which its program has written: as it is, but for what would end it. */
static void put_name(FILE *out, const char *name) {
    fputs("\"type\": \"", out);
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || *name == '"' || *name == '\\')
            fprintf(out, "\\u%04x", *name);
        else
            putc(*name, out);
    fputs("\", ", out);
}

static void put_figures(FILE *out, const char *name, tide_figures figures) {
    fprintf(out, "\"%s\": {", name);
    put_number(out, "used_bytes", figures.used_bytes);
    put_last(out, "allocated_bytes", figures.allocated_bytes);
    fputs("}, ", out);
}

/* Null where it was not counted. */
static void put_mailbox(FILE *out, tide_figures mailbox, uint64_t message_count) {
    if (tide_actors_counts_messages()) {
        put_figures(out, "mailbox", mailbox);
        put_number(out, "mailbox_messages", message_count);
    } else {
        fputs("\"mailbox\": null, \"mailbox_messages\": null, ", out);
    }
}

static void put_total(FILE *out, const tide_actors_total *total) {
    fputs("\"total\": {", out);
    put_figures(out, "actors", total->actors);
    put_figures(out, "schedulers", total->schedulers);
    put_figures(out, "timers", total->timers);
    put_figures(out, "sum", total->sum);
    put_number(out, "actor_count", total->actor_count);
    put_number(out, "mailbox_messages", total->mailbox_messages);
    put_number(out, "reserved_bytes", total->reserved_bytes);
    put_number(out, "cached_bytes", total->cached_bytes);
    put_number(out, "resident_bytes", total->resident_bytes);
    put_number(out, "process_rss_bytes", total->process_rss_bytes);
    put_last(out, "unaccounted_bytes", total->unaccounted_bytes);
    fputs("}", out);
}

static void put_scheduler(FILE *out, const tide_sched_figures *scheduler) {
    put_number(out, "scheduler", scheduler->scheduler);
    fprintf(out, "\"is_foreign\": %s, ", scheduler->is_foreign ? "true" : "false");
    put_figures(out, "structure", scheduler->structure);
    put_figures(out, "created", scheduler->created);
    put_number(out, "created_count", scheduler->created_count);
    put_last(out, "cached_bytes", scheduler->cached_bytes);
}

static void put_type(FILE *out, const tide_type_figures *type) {
    put_name(out, type->type->name);
    put_number(out, "actor_count", type->actor_count);
    put_figures(out, "structure", type->structure);
    put_figures(out, "heap", type->heap);
    put_mailbox(out, type->mailbox, type->mailbox_messages);
    put_figures(out, "total", type->total);
    put_last(out, "largest_allocated_bytes", type->largest_allocated_bytes);
}

static void put_actor(FILE *out, const tide_actor_figures *actor) {
    put_number(out, "actor", actor->actor.id);
    put_name(out, actor->type->name);
    put_number(out, "scheduler", actor->scheduler);
    put_figures(out, "structure", actor->structure);
    put_figures(out, "heap", actor->heap);
    put_mailbox(out, actor->mailbox, actor->mailbox_messages);
    put_figures(out, "total", actor->total);
    put_last(out, "peak_allocated_bytes", actor->peak_allocated_bytes);
}

/* A list, one member a line. */
#define PUT_LIST(out, name, list, count, put)   \
    do {                                        \
        fputs(",\n\"" name "\": [", out);       \
        for (size_t i = 0; i < (count); i++) {  \
            fputs(i ? ",\n  {" : "\n  {", out); \
            put(out, &(list)[i]);               \
            fputs("}", out);                    \
        }                                       \
        fputs("]", out);                        \
    } while (0)

int tide_snapshot_write_json(const tide_snapshot *snapshot, FILE *out) {
    fputs("{\"schema\": \"tidemark-actors-1\",\n", out);
    put_total(out, &snapshot->total);
    PUT_LIST(out, "schedulers", snapshot->scheds, snapshot->sched_count, put_scheduler);
    PUT_LIST(out, "types", snapshot->types, snapshot->type_count, put_type);
    PUT_LIST(out, "actors", snapshot->actors, snapshot->actor_count, put_actor);
    fputs("}\n", out);
    return ferror(out) ? -EIO : 0;
}
