/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/finding.h"

#include "base/cursor.h"
#include "base/unicode.h"

enum {
    DIGITS_MAX = 9,
    BELOW_MAX = 999,
    LENGTH_BYTES = 4,
    /* rule, time (8 + 2 + 1), record, two digests, trust, three counts */
    HEAD_BYTES = 4 + 11 + 8 + 2 * HASH_SHA256_BYTES + 1 + 3 * 2,
    MATCHED_BYTES = 2 * LENGTH_BYTES + FINDING_MAX_NAME_BYTES + FINDING_MAX_VALUE_BYTES,
    ENTITY_BYTES = 2 + 2 * LENGTH_BYTES + FINDING_MAX_VALUE_BYTES + FINDING_MAX_ROLE_BYTES,
};

_Static_assert(HEAD_BYTES + LENGTH_BYTES + FINDING_MAX_VALUE_BYTES +
                       (FINDING_MAX_MATCHED + FINDING_MAX_KEYS) * MATCHED_BYTES +
                       FINDING_MAX_ENTITIES * ENTITY_BYTES <=
                   FINDING_CAP_BYTES,
               "a finding at its caps fits a frame");

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: what RFC 3339 can write. */
static const int64_t first_us = -62167219200000000;
static const int64_t last_us = 253402300799999999;

static const struct str kinds[ENTITY_KIND_COUNT] = {
    [ENTITY_HOST] = STR_INIT("host"),       [ENTITY_ACCOUNT] = STR_INIT("account"),
    [ENTITY_ADDRESS] = STR_INIT("address"), [ENTITY_DOMAIN] = STR_INIT("domain"),
    [ENTITY_HASH] = STR_INIT("hash"),       [ENTITY_PROCESS] = STR_INIT("process"),
    [ENTITY_FILE] = STR_INIT("file"),       [ENTITY_SERVICE] = STR_INIT("service"),
    [ENTITY_EVENT] = STR_INIT("event"),
};

struct str finding_kind_name(enum entity_kind kind)
{
    check(kind < ENTITY_KIND_COUNT);
    return kinds[kind];
}

void finding_id(struct str rule_id, const uint8_t digest[static HASH_SHA256_BYTES],
                uint64_t ordinal, uint8_t out[static FINDING_ID_BYTES])
{
    AUTO_BUF b = {0};
    buf_put(&b, rule_id);
    buf_put(&b, (struct str){(const char *)digest, HASH_SHA256_BYTES});
    buf_le(&b, ordinal, 8);
    uint8_t full[HASH_SHA256_BYTES];
    hash_sha256(bytes_of(buf_str(&b)), full);
    memcpy(out, full, FINDING_ID_BYTES);
}

/* Length and text of s, repaired, at most cap bytes. */
static void put_text(struct buf *out, struct str s, size_t cap)
{
    static const struct str ellipsis = STR_INIT("\xE2\x80\xA6");
    char room[FINDING_MAX_VALUE_BYTES];
    check(cap <= sizeof(room));
    size_t n = 0, fits = 0; /* fits: the longest start that leaves room for the ellipsis */
    bool cut = false;
    while (s.n > 0 && !cut) {
        unsigned used;
        char point[UNICODE_MAX_UTF8_BYTES];
        unsigned bytes = unicode_encode(unicode_decode(s, &used), point);
        s = str_from(s, used);
        cut = n + bytes > cap;
        if (!cut) {
            memcpy(room + n, point, bytes);
            n += bytes;
            fits = n + ellipsis.n <= cap ? n : fits;
        }
    }
    if (cut) {
        memcpy(room + fits, ellipsis.p, ellipsis.n);
        n = fits + ellipsis.n;
    }
    buf_lstr(out, (struct str){room, n});
}

static void put_time(struct buf *out, struct walltime t)
{
    if (t.us < first_us || t.us > last_us || t.below > BELOW_MAX || t.digits > DIGITS_MAX) {
        t = (struct walltime){.us = WALLTIME_NONE};
    }
    buf_le(out, (uint64_t)t.us, 8);
    buf_le(out, t.below, 2);
    buf_le(out, t.digits, 1);
}

static void put_pairs(struct buf *out, const struct matched *list, uint32_t count,
                      uint32_t most)
{
    count = count < most ? count : most;
    buf_le(out, count, 2);
    for (uint32_t i = 0; i < count; i++) {
        put_text(out, list[i].field, FINDING_MAX_NAME_BYTES);
        put_text(out, list[i].value, FINDING_MAX_VALUE_BYTES);
    }
}

void finding_encode(struct buf *out, const struct finding *f)
{
    uint32_t entities = f->entity_count;
    entities = entities < FINDING_MAX_ENTITIES ? entities : FINDING_MAX_ENTITIES;
    buf_le(out, f->rule, 4);
    put_time(out, f->time);
    buf_le(out, f->record, 8);
    buf_put(out, (struct str){(const char *)f->record_digest, HASH_SHA256_BYTES});
    buf_put(out, (struct str){(const char *)f->identity, HASH_SHA256_BYTES});
    buf_le(out, f->trust, 1);
    put_text(out, f->host, FINDING_MAX_VALUE_BYTES);
    put_pairs(out, f->matched, f->matched_count, FINDING_MAX_MATCHED);
    put_pairs(out, f->keys, f->key_count, FINDING_MAX_KEYS);
    buf_le(out, entities, 2);
    for (uint32_t i = 0; i < entities; i++) {
        buf_le(out, f->entities[i].kind, 1);
        buf_le(out, f->entities[i].trust, 1);
        put_text(out, f->entities[i].value, FINDING_MAX_VALUE_BYTES);
        put_text(out, f->entities[i].role, FINDING_MAX_ROLE_BYTES);
    }
}

static struct rc take_text(struct cursor *c, size_t cap, struct str *out)
{
    struct str s = cursor_lstr(c);
    TRY(cursor_done(c));
    if (s.n > cap) {
        return rc_at(ERR_TOO_LONG, cursor_offset(c));
    }
    if (!unicode_is_utf8(s)) {
        return rc_at(ERR_ENCODING, cursor_offset(c));
    }
    *out = s;
    return RC_OK;
}

static struct rc take_time(struct cursor *c, struct walltime *out)
{
    struct walltime t = {0};
    t.us = (int64_t)cursor_u64(c);
    t.below = cursor_u16(c);
    t.digits = cursor_u8(c);
    TRY(cursor_done(c));
    bool in_range = t.us >= first_us && t.us <= last_us;
    bool none = t.us == WALLTIME_NONE && t.below == 0 && t.digits == 0;
    if ((!in_range && !none) || t.below > BELOW_MAX || t.digits > DIGITS_MAX) {
        return rc_at(ERR_MALFORMED, cursor_offset(c));
    }
    *out = t;
    return RC_OK;
}

static struct rc take_count(struct cursor *c, uint32_t max, uint32_t *out)
{
    uint32_t n = cursor_u16(c);
    TRY(cursor_done(c));
    if (n > max) {
        return rc_at(ERR_TOO_MANY, cursor_offset(c));
    }
    *out = n;
    return RC_OK;
}

static struct rc take_pairs(struct cursor *c, struct arena *a, uint32_t count,
                            const struct matched **out)
{
    struct matched *list = arena_zalloc(a, count, sizeof(*list));
    if (list == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < count; i++) {
        TRY(take_text(c, FINDING_MAX_NAME_BYTES, &list[i].field));
        TRY(take_text(c, FINDING_MAX_VALUE_BYTES, &list[i].value));
    }
    *out = list;
    return RC_OK;
}

/* Roles are words of ours: lower-case ASCII letters, digits ("sha256") and hyphens. */
static bool is_role(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] < 'a' || s.p[i] > 'z') && !str_is_digit(s.p[i]) && s.p[i] != '-') {
            return false;
        }
    }
    return true;
}

static struct rc take_entities(struct cursor *c, struct arena *a, struct finding *f)
{
    TRY(take_count(c, FINDING_MAX_ENTITIES, &f->entity_count));
    struct entity *list = arena_zalloc(a, f->entity_count, sizeof(*list));
    if (list == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < f->entity_count; i++) {
        uint8_t kind = cursor_u8(c);
        uint8_t trust = cursor_u8(c);
        TRY(take_text(c, FINDING_MAX_VALUE_BYTES, &list[i].value));
        TRY(take_text(c, FINDING_MAX_ROLE_BYTES, &list[i].role));
        if (kind >= ENTITY_KIND_COUNT || trust >= TRUST_COUNT || !is_role(list[i].role)) {
            return rc_at(ERR_MALFORMED, cursor_offset(c));
        }
        list[i].kind = (enum entity_kind)kind;
        list[i].trust = (enum trust)trust;
    }
    f->entities = list;
    return RC_OK;
}

struct rc finding_decode(struct bytes frame, uint32_t rule_count, struct arena *a,
                         struct finding *out)
{
    struct cursor c = cursor_of(frame);
    struct finding f = {0};
    if (frame.n > FINDING_CAP_BYTES) {
        return rc_make(ERR_TOO_LONG);
    }
    f.rule = cursor_u32(&c);
    TRY(take_time(&c, &f.time));
    f.record = cursor_u64(&c);
    struct bytes digest = cursor_take(&c, HASH_SHA256_BYTES);
    struct bytes identity = cursor_take(&c, HASH_SHA256_BYTES);
    uint8_t trust = cursor_u8(&c);
    TRY(cursor_done(&c));
    if (f.rule >= rule_count || trust >= TRUST_COUNT) {
        return rc_at(ERR_MALFORMED, 0);
    }
    f.trust = (enum trust)trust;
    memcpy(f.record_digest, digest.p, HASH_SHA256_BYTES);
    memcpy(f.identity, identity.p, HASH_SHA256_BYTES);
    TRY(take_text(&c, FINDING_MAX_VALUE_BYTES, &f.host));
    TRY(take_count(&c, FINDING_MAX_MATCHED, &f.matched_count));
    TRY(take_pairs(&c, a, f.matched_count, &f.matched));
    TRY(take_count(&c, FINDING_MAX_KEYS, &f.key_count));
    TRY(take_pairs(&c, a, f.key_count, &f.keys));
    TRY(take_entities(&c, a, &f));
    if (cursor_left(&c) != 0) {
        return rc_at(ERR_TRAILING, cursor_offset(&c));
    }
    *out = f;
    return RC_OK;
}
