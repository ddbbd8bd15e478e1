#include "live/protocol.h"
#include "ledger/layout.h"
#include <errno.h>
#include <stdlib.h>

/* ---- writing */

static void put_text(tide_buffer *body, const char *text) {
    tide_buffer_put_string(body, text ? text : "");
}

static void put_program(tide_buffer *body, const tide_live_message *message) {
    const tide_info *info = &message->info;
    tide_buffer_put_u32(body, message->ledger_fd);
    tide_buffer_put_u64(body, message->ledger_inode);
    tide_buffer_put_u64(body, message->start_ns);
    tide_buffer_put_u64(body, info->start_unix_ns);
    tide_buffer_put_u32(body, info->pid);
    tide_buffer_put_u32(body, info->page_bytes);
    tide_buffer_put_u32(body, info->shows_native);
    put_text(body, info->command);
    put_text(body, info->program);
    put_text(body, info->tool_version);
    put_text(body, info->host);
}

static void put_body(tide_buffer *body, const tide_live_message *message) {
    switch ((enum tide_live_kind)message->kind) {
    case TIDE_LIVE_HELLO:
        tide_buffer_put_u64(body, TIDE_LIVE_MAGIC);
        tide_buffer_put_u32(body, TIDE_LIVE_PROTOCOL);
        tide_buffer_put_u32(body, TIDE_LAYOUT_VERSION);
        tide_buffer_put_u32(body, message->tool_pid);
        put_text(body, message->info.command);
        break;
    case TIDE_LIVE_PROGRAM:
        put_program(body, message);
        break;
    case TIDE_LIVE_SAMPLE:
        tide_buffer_put_u64(body, message->sample.time_ns);
        tide_buffer_put_u64(body, message->sample.heap_bytes);
        tide_buffer_put_u64(body, message->sample.mapped_bytes);
        tide_buffer_put_u64(body, message->sample.rss_bytes);
        tide_buffer_put_u64(body, message->sample.pss_bytes);
        break;
    case TIDE_LIVE_END:
        tide_buffer_put_u32(body, message->end.kind);
        tide_buffer_put_u32(body, message->end.status);
        tide_buffer_put_u32(body, message->end.quick);
        break;
    case TIDE_LIVE_FULL:
        break;
    }
}

void tide_live_put(tide_buffer *buffer, const tide_live_message *message) {
    tide_buffer body = {0};
    put_body(&body, message);
    tide_buffer_put_u32(buffer, (uint32_t)body.count);
    tide_buffer_put_u32(buffer, message->kind);
    tide_buffer_put(buffer, body.at, body.count);
    tide_buffer_free(&body);
}

/* ---- reading */

static char *take_text(tide_cursor *body) {
    size_t length_bytes;
    const char *text = tide_cursor_string(body, &length_bytes);
    return text ? tide_xasprintf("%.*s", (int)length_bytes, text) : NULL;
}

static void take_program(tide_cursor *body, tide_live_message *ret) {
    ret->ledger_fd = tide_cursor_u32(body);
    ret->ledger_inode = tide_cursor_u64(body);
    ret->start_ns = tide_cursor_u64(body);
    ret->info.start_unix_ns = tide_cursor_u64(body);
    ret->info.pid = tide_cursor_u32(body);
    ret->info.page_bytes = tide_cursor_u32(body);
    ret->info.shows_native = tide_cursor_u32(body);
    ret->info.command = take_text(body);
    ret->info.program = take_text(body);
    ret->info.tool_version = take_text(body);
    ret->info.host = take_text(body);
}

static bool take_body(tide_cursor *body, tide_live_message *ret) {
    switch ((enum tide_live_kind)ret->kind) {
    case TIDE_LIVE_HELLO:
        if (tide_cursor_u64(body) != TIDE_LIVE_MAGIC)
            return false;
        ret->protocol = tide_cursor_u32(body);
        ret->layout = tide_cursor_u32(body);
        ret->tool_pid = tide_cursor_u32(body);
        ret->info.command = take_text(body);
        return !body->failed;
    case TIDE_LIVE_PROGRAM:
        take_program(body, ret);
        return !body->failed;
    case TIDE_LIVE_SAMPLE:
        ret->sample.time_ns = tide_cursor_u64(body);
        ret->sample.heap_bytes = tide_cursor_u64(body);
        ret->sample.mapped_bytes = tide_cursor_u64(body);
        ret->sample.rss_bytes = tide_cursor_u64(body);
        ret->sample.pss_bytes = tide_cursor_u64(body);
        return !body->failed;
    case TIDE_LIVE_END:
        ret->end.kind = tide_cursor_u32(body);
        ret->end.status = tide_cursor_u32(body);
        ret->end.quick = tide_cursor_u32(body) != 0;
        return !body->failed;
    case TIDE_LIVE_FULL:
        return true;
    default:
        return false;
    }
}

int tide_live_take(const uint8_t *bytes, size_t count, tide_live_message *ret) {
    if (count < TIDE_LIVE_HEAD_BYTES)
        return 0;
    tide_cursor head = {.at = bytes, .end = bytes + TIDE_LIVE_HEAD_BYTES};
    uint32_t body_bytes = tide_cursor_u32(&head);
    *ret = (tide_live_message){.kind = tide_cursor_u32(&head)};
    if (body_bytes > TIDE_LIVE_BODY_MAX)
        return -EBADMSG;
    if (count - TIDE_LIVE_HEAD_BYTES < body_bytes)
        return 0;
    tide_cursor body = {.at = head.end, .end = head.end + body_bytes};
    if (!take_body(&body, ret) || body.at != body.end) {
        tide_live_message_free(ret);
        return -EBADMSG;
    }
    return (int)(TIDE_LIVE_HEAD_BYTES + body_bytes);
}

void tide_live_message_free(tide_live_message *message) {
    free(message->info.command);
    free(message->info.program);
    free(message->info.tool_version);
    free(message->info.host);
    message->info = (tide_info){0};
}
