/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conf - tocsin.conf: `key = value` by `[section]`. The text is parsed here; what a path leads
 * to is for others to see.
 * src: model/conf.def
 */
#ifndef DAEMON_CONF_H
#define DAEMON_CONF_H

#include "base/diag.h"
#include "model/role.h"

enum conf_key {
#define CONF(identifier, section, key, type, default_, min, max, role, option, meaning)        \
    CONF_##identifier,
#include "model/conf.def"
#undef CONF
    CONF_KEY_COUNT
};

enum {
    CONF_FILE_BYTES = 1 << 20,
    CONF_LIST_VALUES = 1000, /* of one key */
};

struct conf_value {
    struct str text;
    uint32_t line;
};

/* Texts borrow from what was parsed and from the table. */
struct conf {
    struct {
        struct conf_value *values; /* owned by the arena */
        size_t count;
    } keys[CONF_KEY_COUNT];
};

/*
 * conf_parse - read the text of a file; what it does not say has its default.
 *
 * text  borrowed as long as *out lives; path the same, in messages
 * d     each fault with its line: unknown section or key, a value out of bounds, a key twice
 * fails REJECTED, with messages in d; ARENA_FULL
 */
MUST_USE struct rc conf_parse(struct str text, struct str path, struct arena *a, struct diag *d,
                              struct conf *out);

/* The value, or the default; empty for a LIST without values. */
struct str conf_text(const struct conf *c, enum conf_key key);
uint64_t conf_count(const struct conf *c, enum conf_key key);
/* The values of a LIST. */
const struct conf_value *conf_list(const struct conf *c, enum conf_key key, size_t *out_count);

/* What a row says: for the sending of options and for the manual. */
struct conf_row {
    struct str section, key, type, fallback, option, meaning;
    uint64_t min, max;
    enum role role;
};
const struct conf_row *conf_row(enum conf_key key);
/* The whole table as mdoc(7), for tocsin.conf(5). */
void conf_manual(struct buf *out);

#endif
