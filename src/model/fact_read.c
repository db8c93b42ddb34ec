/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/fact_read.h"

#include "base/hash.h"

#include <jansson.h>

void fact_read_fail(struct fact_read *r, enum err fault)
{
    r->fault = r->fault == ERR_NONE ? fault : r->fault;
}

struct rc fact_read_done(const struct fact_read *r)
{
    return rc_make(r->fault);
}

void fact_read_close(struct fact_read *r)
{
    json_decref(r->root);
    r->root = NULL;
}

/* Else jansson opens /dev/urandom when it makes its first table: a confined process may not.
 * Only the first call counts. */
void fact_read_seed(void)
{
    json_object_seed((size_t)hash_random_seed() | 1);
}

struct rc fact_read_open(struct fact_read *r, struct str json, struct arena *a,
                         enum fact_kind kind, struct fact_head *out)
{
    *r = (struct fact_read){.a = a};
    if (json.n > FACT_CAP_BYTES) {
        return rc_at(ERR_MALFORMED, FACT_CAP_BYTES);
    }
    fact_read_seed();
    json_error_t error;
    r->root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (r->root == NULL) {
        return rc_at(ERR_SYNTAX, error.position > 0 ? (size_t)error.position : 0);
    }
    enum fact_kind is;
    if (!fact_parse_name(fact_read_text(r, r->root, "fact"), &is) || is != kind ||
        !str_eq(fact_read_text(r, r->root, "by"), role_name(fact_writer(kind)))) {
        fact_read_fail(r, ERR_MALFORMED);
    }
    struct fact_head head = {.kind = kind};
    fact_read_hex(r, r->root, "key", head.key, FACT_KEY_BYTES);
    head.at = fact_read_time(r, r->root, "at");
    TRY(fact_read_done(r));
    *out = head;
    return RC_OK;
}

static struct str copy_text(struct fact_read *r, const json_t *v)
{
    struct str s = {"", 0};
    if (!json_is_string(v)) {
        fact_read_fail(r, ERR_MALFORMED);
        return s;
    }
    struct str in = {json_string_value(v), json_string_length(v)};
    if (rc_failed(arena_copy(r->a, in, &s))) {
        fact_read_fail(r, ERR_ARENA_FULL);
    }
    return s;
}

struct str fact_read_text(struct fact_read *r, const struct json_t *o, const char *key)
{
    return copy_text(r, json_object_get(o, key));
}

uint64_t fact_read_u64(struct fact_read *r, const struct json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_integer(v) || json_integer_value(v) < 0) {
        fact_read_fail(r, ERR_MALFORMED);
        return 0;
    }
    return (uint64_t)json_integer_value(v);
}

bool fact_read_bool(struct fact_read *r, const struct json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_boolean(v)) {
        fact_read_fail(r, ERR_MALFORMED);
    }
    return json_is_true(v);
}

struct walltime fact_read_time(struct fact_read *r, const struct json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    struct walltime t = {.us = WALLTIME_NONE};
    if (json_is_null(v)) {
        return t;
    }
    struct str s = {json_string_value(v), json_string_length(v)};
    struct walltime parsed;
    if (!json_is_string(v) || !walltime_parse(s, &parsed) || !fact_has_time(parsed)) {
        fact_read_fail(r, ERR_MALFORMED);
        return t;
    }
    return parsed;
}

void fact_read_hex(struct fact_read *r, const struct json_t *o, const char *key, uint8_t *out,
                   size_t n)
{
    const json_t *v = json_object_get(o, key);
    const char *s = json_string_value(v);
    bool good = s != NULL && json_string_length(v) == 2 * n;
    memset(out, 0, n);
    for (size_t i = 0; good && i < n; i++) {
        int high = str_hex_digit(s[2 * i]);
        int low = str_hex_digit(s[2 * i + 1]);
        good = high >= 0 && low >= 0;
        out[i] = (uint8_t)(good ? high << 4 | low : 0);
    }
    if (!good) {
        memset(out, 0, n);
        fact_read_fail(r, ERR_MALFORMED);
    }
}

bool fact_read_has(const struct json_t *o, const char *key)
{
    return json_object_get(o, key) != NULL;
}

const struct json_t *fact_read_object(struct fact_read *r, const struct json_t *o,
                                      const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_object(v)) {
        fact_read_fail(r, ERR_MALFORMED);
        return NULL;
    }
    return v;
}

const struct json_t *fact_read_list(struct fact_read *r, const struct json_t *o,
                                    const char *key, uint32_t max, uint32_t *out_count)
{
    const json_t *v = json_object_get(o, key);
    *out_count = 0;
    if (!json_is_array(v) || json_array_size(v) > max) {
        fact_read_fail(r, ERR_MALFORMED);
        return NULL;
    }
    *out_count = (uint32_t)json_array_size(v);
    return v;
}

const struct json_t *fact_read_item(struct fact_read *r, const struct json_t *list, uint32_t i)
{
    const json_t *v = json_array_get(list, i);
    if (!json_is_object(v)) {
        fact_read_fail(r, ERR_MALFORMED);
        return NULL;
    }
    return v;
}

struct str fact_read_item_text(struct fact_read *r, const struct json_t *list, uint32_t i)
{
    return copy_text(r, json_array_get(list, i));
}

void *fact_read_room(struct fact_read *r, uint32_t count, size_t size)
{
    void *p = arena_zalloc(r->a, count, size);
    if (p == NULL) {
        fact_read_fail(r, ERR_ARENA_FULL);
    }
    return p;
}
