/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/fact.h"

#include "base/hash.h"

static const struct row {
    struct str name;
    enum role writer;
} rows[FACT_KIND_COUNT] = {
#define FACT(identifier, name, writer, meaning)                                                \
    [FACT_##identifier] = {STR_INIT(name), ROLE_##writer},
#include "model/fact.def"
#undef FACT
};

struct str fact_name(enum fact_kind kind)
{
    check(kind < FACT_KIND_COUNT);
    return rows[kind].name;
}

enum role fact_writer(enum fact_kind kind)
{
    check(kind < FACT_KIND_COUNT);
    return rows[kind].writer;
}

bool fact_parse_name(struct str s, enum fact_kind *out)
{
    for (size_t i = 0; i < FACT_KIND_COUNT; i++) {
        if (str_eq(s, rows[i].name)) {
            *out = (enum fact_kind)i;
            return true;
        }
    }
    return false;
}

void fact_key(enum fact_kind kind, const struct str *parts, size_t count,
              uint8_t out[static FACT_KEY_BYTES])
{
    AUTO_BUF b = {0};
    buf_lstr(&b, fact_name(kind));
    for (size_t i = 0; i < count; i++) {
        buf_lstr(&b, parts[i]);
    }
    uint8_t full[HASH_SHA256_BYTES];
    hash_sha256(bytes_of(buf_str(&b)), full);
    memcpy(out, full, FACT_KEY_BYTES);
}

void fact_put_time(struct jsonw *w, struct walltime t)
{
    if (!fact_has_time(t)) {
        jsonw_null(w);
        return;
    }
    AUTO_BUF text = {0};
    walltime_format(&text, t);
    jsonw_str(w, buf_str(&text));
}

void fact_put_hex(struct jsonw *w, struct bytes b)
{
    AUTO_BUF text = {0};
    buf_hex(&text, b);
    jsonw_str(w, buf_str(&text));
}

void fact_begin(struct jsonw *w, enum fact_kind kind, const uint8_t key[static FACT_KEY_BYTES],
                struct walltime at)
{
    jsonw_object(w);
    jsonw_key_str(w, "fact", fact_name(kind));
    jsonw_key(w, STR("key"));
    fact_put_hex(w, (struct bytes){key, FACT_KEY_BYTES});
    jsonw_key(w, STR("at"));
    fact_put_time(w, at);
    jsonw_key_str(w, "by", role_name(fact_writer(kind)));
}

void fact_end(struct jsonw *w)
{
    jsonw_end_object(w);
}

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: what RFC 3339 can write. */
bool fact_has_time(struct walltime t)
{
    return t.us >= -62167219200000000 && t.us <= 253402300799999999;
}
