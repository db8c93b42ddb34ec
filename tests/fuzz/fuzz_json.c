/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two JSON parsers, which share no code above the level of a byte, against each other;
 * json_flatten with and without an index; and what it promises about its pairs.
 */
#include "base/arena.h"
#include "base/unicode.h"
#include "decode/json_flatten.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 8 << 20 };

static bool may_be_stricter(enum err err)
{
    return err == ERR_DUPLICATE || err == ERR_DEPTH || err == ERR_TOO_MANY ||
           err == ERR_ARENA_FULL;
}

static void check_pair(struct json_pair pair, struct str in)
{
    struct value v = pair.value;
    const char *p = (const char *)v.p;
    check(p >= in.p && p + v.n <= in.p + in.n);
    check(unicode_is_utf8(pair.path));
    if (v.type == VALUE_NUMBER) {
        check(value_number(v).kind != NUMBER_NONE);
    }
    bool slash = memchr(p, '\\', v.n) != NULL;
    check(v.type == VALUE_JSON_TEXT ? slash : !slash);
}

static bool same_pair(struct json_pair a, struct json_pair b)
{
    return str_eq(a.path, b.path) && a.literal == b.literal && a.value.type == b.value.type &&
           a.value.n == b.value.n && a.value.p == b.value.p;
}

/* With an index the result is the same, but for the reason why a text is refused. */
static void check_index(const struct json_simd *simd, struct str in)
{
    if (simd == NULL || in.n == 0) {
        return;
    }
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    struct json_pairs strict = {0}, pairs = {0};
    struct rc want = json_flatten_with(NULL, in, a, &strict);
    struct rc got = json_flatten_with(simd, in, a, &pairs);
    check(rc_failed(want) == rc_failed(got) || got.code == ERR_ARENA_FULL);
    check(rc_failed(got) || pairs.n == strict.n);
    for (size_t i = 0; i < pairs.n; i++) {
        check(same_pair(pairs.p[i], strict.p[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = str_bytes((struct bytes){data, size});
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    struct json_pairs pairs = {0};
    struct rc flat = json_flatten(in, a, &pairs);
    struct rc checked = json_check(in);
    if (rc_failed(checked)) {
        check(rc_failed(flat));
        check(checked.at <= size);
    } else {
        check(!rc_failed(flat) || may_be_stricter((enum err)flat.code));
        size_t end = 0;
        check(!rc_failed(json_value_end(in, &end)) && end <= size);
    }
    check(flat.at <= size);
    check_index(&json_simd_plain, in);
    check_index(json_simd_best(), in);
    for (size_t i = 0; i < pairs.n; i++) {
        check_pair(pairs.p[i], in);
        struct str text;
        check(!value_is_scalar(pairs.p[i].value) ||
              !rc_failed(value_text(pairs.p[i].value, a, &text)) ||
              arena_used(a) > ARENA_BYTES / 2);
    }
    return 0;
}
