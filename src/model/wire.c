/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/wire.h"

#include "base/cursor.h"
#include "base/unicode.h"

#define R(role) (UINT32_C(1) << ROLE_##role)
#define R_ALL   ((UINT32_C(1) << ROLE_COUNT) - 1 - R(CONSOLE))

struct row {
    struct str name, meaning;
    uint32_t from, to, cap;
};

static const struct row rows[WIRE_COUNT] = {
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    [WIRE_##identifier] = {STR_INIT(#name), STR_INIT(meaning), from, to, cap_bytes},
#include "model/wire.def"
};

struct str wire_name(enum wire_type type)
{
    check(type < WIRE_COUNT);
    return rows[type].name;
}

size_t wire_cap(enum wire_type type)
{
    return rows[type].cap;
}

/* HELLO goes between a person's console and the role that it connects to as well. */
bool wire_permitted(enum wire_type type, enum role from, enum role to)
{
    uint32_t more = type == WIRE_HELLO ? R(CONSOLE) : 0;
    return type > WIRE_NONE && type < WIRE_COUNT &&
           ((rows[type].from | more) >> from & 1) != 0 &&
           ((rows[type].to | more) >> to & 1) != 0;
}

bool wire_carries_fd(enum wire_type type)
{
    return type == WIRE_ATTACH || type == WIRE_FILE;
}

static void put_raw(struct buf *out, const uint8_t *p, size_t n)
{
    buf_put(out, (struct str){(const char *)p, n});
}

#define PUT_u8(v)        buf_le(out, v, 1)
#define PUT_u16(v)       buf_le(out, v, 2)
#define PUT_u32(v)       buf_le(out, v, 4)
#define PUT_u64(v)       buf_le(out, v, 8)
#define PUT_i64(v)       buf_le(out, (uint64_t)(v), 8)
#define PUT_id(v)        put_raw(out, v, WIRE_ID_BYTES)
#define PUT_digest(v)    put_raw(out, v, HASH_SHA256_BYTES)
#define PUT_signature(v) put_raw(out, v, WIRE_SIGNATURE_BYTES)
#define PUT_addr(v)      ipaddr_put(out, &(v))
#define PUT_bytes(v)     buf_lstr(out, str_bytes(v))
#define PUT_text(v)      buf_lstr(out, v)
#define PUT(type, name)  PUT_##type(m->name);

#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    static void put_##name(struct buf *out, const struct wire_##name *m)                       \
    {                                                                                          \
        FIELDS_##name(PUT)                                                                     \
    }
#include "model/wire.def"

void wire_encode(struct buf *out, const struct wire_message *m)
{
    size_t start = out->n;
    buf_le(out, m->type, 1);
    switch (m->type) {
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    case WIRE_##identifier:                                                                    \
        put_##name(out, &m->name);                                                             \
        break;
#include "model/wire.def"
    case WIRE_NONE:
    case WIRE_COUNT:
        check(false);
    }
    check(!out->full && out->n - start <= rows[m->type].cap);
}

static void take_raw(struct cursor *c, uint8_t *out, size_t n)
{
    struct bytes b = cursor_take(c, n);
    memset(out, 0, n);
    memcpy(out, b.p, b.n);
}

static void take_addr(struct cursor *c, struct ipaddr *out, bool *bad)
{
    uint8_t raw[IPADDR_WIRE_BYTES];
    take_raw(c, raw, sizeof(raw));
    *bad |= !ipaddr_get(raw, out);
}

static void take_bytes(struct cursor *c, struct bytes *out)
{
    uint32_t n = cursor_u32(c);
    *out = cursor_take(c, n);
}

static void take_text(struct cursor *c, struct str *out, bool *bad)
{
    *out = cursor_lstr(c);
    *bad |= !unicode_is_utf8(*out) || memchr(out->p, 0, out->n) != NULL;
}

#define TAKE_u8(v)        v = cursor_u8(c)
#define TAKE_u16(v)       v = cursor_u16(c)
#define TAKE_u32(v)       v = cursor_u32(c)
#define TAKE_u64(v)       v = cursor_u64(c)
#define TAKE_i64(v)       v = (int64_t)cursor_u64(c)
#define TAKE_id(v)        take_raw(c, v, WIRE_ID_BYTES)
#define TAKE_digest(v)    take_raw(c, v, HASH_SHA256_BYTES)
#define TAKE_signature(v) take_raw(c, v, WIRE_SIGNATURE_BYTES)
#define TAKE_addr(v)      take_addr(c, &(v), bad)
#define TAKE_bytes(v)     take_bytes(c, &(v))
#define TAKE_text(v)      take_text(c, &(v), bad)
#define TAKE(type, name)  TAKE_##type(m->name);

#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    static void take_##name(struct cursor *c, struct wire_##name *m, bool *bad)                \
    {                                                                                          \
        (void)bad;                                                                             \
        FIELDS_##name(TAKE)                                                                    \
    }
#include "model/wire.def"

struct rc wire_decode(struct bytes frame, enum role from, enum role to,
                      struct wire_message *out)
{
    struct cursor c = cursor_of(frame);
    uint8_t type = cursor_u8(&c);
    if (frame.n == 0 || !wire_permitted((enum wire_type)type, from, to)) {
        return rc_at(ERR_MALFORMED, 0);
    }
    if (frame.n > rows[type].cap) {
        return rc_at(ERR_TOO_LONG, rows[type].cap);
    }
    struct wire_message m = {.type = (enum wire_type)type};
    bool bad = false;
    switch (m.type) {
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    case WIRE_##identifier:                                                                    \
        take_##name(&c, &m.name, &bad);                                                        \
        break;
#include "model/wire.def"
    case WIRE_NONE:
    case WIRE_COUNT:
        return rc_at(ERR_MALFORMED, 0);
    }
    TRY(cursor_done(&c));
    if (cursor_left(&c) != 0) {
        return rc_at(ERR_TRAILING, cursor_offset(&c));
    }
    if (bad) {
        return rc_at(ERR_ENCODING, 0);
    }
    *out = m;
    return RC_OK;
}

void wire_list_put(struct buf *list, struct bytes item)
{
    buf_lstr(list, str_bytes(item));
}

bool wire_list_next(struct bytes *list, struct bytes *out)
{
    struct cursor c = cursor_of(*list);
    uint32_t n = cursor_u32(&c);
    struct bytes item = cursor_take(&c, n);
    if (list->n == 0 || c.fault) {
        return false;
    }
    *out = item;
    *list = (struct bytes){c.at, cursor_left(&c)};
    return true;
}
