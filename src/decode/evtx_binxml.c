/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/evtx_binxml.h"

struct cursor evtx_binxml_cursor(struct bytes chunk, size_t from, size_t to)
{
    check(from <= to && to <= chunk.n);
    return (struct cursor){.start = chunk.p, .at = chunk.p + from, .end = chunk.p + to};
}

/* The name at *c: next offset, hash, count of UTF-16 units, the units, a NUL. */
static struct rc name_at(struct cursor *c, struct bytes *out)
{
    (void)cursor_take(c, 6);
    uint16_t units = cursor_u16(c);
    if (units > EVTX_MAX_NAME_UNITS) {
        return rc_at(ERR_TOO_LONG, cursor_offset(c));
    }
    struct bytes text = cursor_take(c, 2 * (size_t)units);
    (void)cursor_take(c, 2);
    TRY(cursor_done(c));
    *out = text;
    return RC_OK;
}

struct rc evtx_binxml_name(struct bytes chunk, struct cursor *c, struct evtx_name *out)
{
    uint32_t at = cursor_u32(c);
    TRY(cursor_done(c));
    out->in_place = at == cursor_offset(c);
    if (out->in_place) {
        return name_at(c, &out->utf16);
    }
    if (at >= chunk.n) {
        return rc_at(ERR_SHORT, cursor_offset(c));
    }
    struct cursor elsewhere = evtx_binxml_cursor(chunk, at, chunk.n);
    return name_at(&elsewhere, &out->utf16);
}

struct rc evtx_binxml_instance(struct cursor *c, struct evtx_instance *out)
{
    struct evtx_instance got = {0};
    (void)cursor_u8(c);
    got.id = cursor_u32(c);
    got.definition = cursor_u32(c);
    if (got.definition == cursor_offset(c)) {
        (void)cursor_take(c, EVTX_DEFINITION_HEAD_BYTES - 4);
        uint32_t size = cursor_u32(c);
        (void)cursor_take(c, size);
    }
    uint32_t count = cursor_u32(c);
    if (count > cursor_left(c) / EVTX_SPEC_BYTES) {
        return rc_at(ERR_SHORT, cursor_offset(c));
    }
    got.specs = cursor_take(c, (size_t)count * EVTX_SPEC_BYTES);
    size_t total = 0;
    for (size_t i = 0; i < got.specs.n; i += EVTX_SPEC_BYTES) {
        total += got.specs.p[i] | (size_t)got.specs.p[i + 1] << 8;
    }
    got.data = cursor_take(c, total);
    TRY(cursor_done(c));
    *out = got;
    return RC_OK;
}

struct rc evtx_binxml_definition(struct bytes chunk, uint32_t at, uint32_t id,
                                 struct evtx_definition *out)
{
    if (at >= chunk.n) {
        return rc_at(ERR_SHORT, chunk.n);
    }
    struct cursor c = evtx_binxml_cursor(chunk, at, chunk.n);
    (void)cursor_u32(&c);
    struct bytes guid = cursor_take(&c, EVTX_GUID_BYTES);
    uint32_t size = cursor_u32(&c);
    struct bytes body = cursor_take(&c, size);
    TRY(cursor_done(&c));
    struct cursor head = cursor_of(guid);
    if (cursor_u32(&head) != id) {
        return rc_at(ERR_MALFORMED, at);
    }
    out->guid = guid.p;
    out->from = (uint32_t)(body.p - chunk.p);
    out->to = out->from + (uint32_t)body.n;
    return RC_OK;
}
