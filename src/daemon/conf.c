/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/conf.h"

#include "base/unicode.h"

enum type { TYPE_TEXT, TYPE_PATH, TYPE_COUNT, TYPE_LIST, TYPE_CHOICE };

static const struct conf_row rows[CONF_KEY_COUNT] = {
#define CONF(identifier, section, key, type, default_, min, max, role, option, meaning)        \
    {STR_INIT(section),                                                                        \
     STR_INIT(key),                                                                            \
     STR_INIT(#type),                                                                          \
     STR_INIT(default_),                                                                       \
     STR_INIT(option),                                                                         \
     STR_INIT(meaning),                                                                        \
     min,                                                                                      \
     max,                                                                                      \
     ROLE_##role},
#include "model/conf.def"
#undef CONF
};

static const enum type types[CONF_KEY_COUNT] = {
#define CONF(identifier, section, key, type, default_, min, max, role, option, meaning)        \
    TYPE_##type,
#include "model/conf.def"
#undef CONF
};

const struct conf_row *conf_row(enum conf_key key)
{
    return &rows[key];
}

struct parse {
    struct arena *arena;
    struct diag *diag;
    struct diag_place at;
    struct str section; /* empty: none yet, or one that is unknown and was reported */
    struct conf *out;
};

static bool is_section(struct str name)
{
    for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
        if (str_eq(rows[i].section, name)) {
            return true;
        }
    }
    return false;
}

static void take_section(struct parse *p, struct str line)
{
    struct str name = str_trim(str_upto(str_from(line, 1), line.n - 2));
    p->section = name;
    if (line.p[line.n - 1] != ']' || !is_section(name)) {
        p->section = (struct str){0};
        diag_add(p->diag, DIAG_ERROR, p->at, "there is no section %.*s; see tocsin.conf(5)",
                 (int)line.n, line.p);
    }
}

/* The first word of a CHOICE's default is the default. */
static struct str first_choice(struct str words)
{
    return str_upto(words, str_find_char(words, '|'));
}

static bool is_choice(struct str words, struct str value)
{
    while (words.n > 0) {
        struct str word = first_choice(words);
        if (str_eq(word, value)) {
            return true;
        }
        words = str_from(words, word.n + 1);
    }
    return false;
}

/* Is the value one that the row allows? The message says which are. */
static bool judge(struct parse *p, enum conf_key key, struct str value)
{
    const struct conf_row *r = &rows[key];
    uint64_t number = value.n;
    const char *unit = "bytes";
    if (types[key] == TYPE_CHOICE && !is_choice(r->fallback, value)) {
        diag_add(p->diag, DIAG_ERROR, p->at, "%.*s is one of %.*s, not '%.*s'", (int)r->key.n,
                 r->key.p, (int)r->fallback.n, r->fallback.p, (int)value.n, value.p);
        return false;
    }
    if (types[key] == TYPE_COUNT) {
        unit = "as a number";
        if (!str_to_u64(value, &number)) {
            diag_add(p->diag, DIAG_ERROR, p->at, "%.*s is a whole number, not '%.*s'",
                     (int)r->key.n, r->key.p, (int)value.n, value.p);
            return false;
        }
    }
    if (number < r->min || number > r->max) {
        diag_add(p->diag, DIAG_ERROR, p->at, "%.*s is from %llu to %llu %s", (int)r->key.n,
                 r->key.p, (unsigned long long)r->min, (unsigned long long)r->max, unit);
        return false;
    }
    bool absolute = value.n == 0 || value.p[0] == '/' || str_eq(value, STR("no"));
    if (types[key] == TYPE_PATH && !absolute) {
        diag_add(p->diag, DIAG_ERROR, p->at, "%.*s is a path from the root: write /…/%.*s",
                 (int)r->key.n, r->key.p, (int)value.n, value.p);
        return false;
    }
    return true;
}

static struct rc keep(struct parse *p, enum conf_key key, struct str value)
{
    size_t count = p->out->keys[key].count;
    size_t room = types[key] == TYPE_LIST ? CONF_LIST_VALUES : 1;
    if (count == room) {
        diag_add(p->diag, DIAG_ERROR, p->at, "%.*s is given %s", (int)rows[key].key.n,
                 rows[key].key.p, room == 1 ? "twice" : "more than 1000 times");
        return RC_OK;
    }
    if (count == 0) {
        p->out->keys[key].values = arena_zalloc(p->arena, room, sizeof(struct conf_value));
        if (p->out->keys[key].values == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
    }
    p->out->keys[key].values[count] = (struct conf_value){value, p->at.line};
    p->out->keys[key].count++;
    return RC_OK;
}

static struct rc take_pair(struct parse *p, struct str line)
{
    size_t equals = str_find_char(line, '=');
    struct str key = str_trim(str_upto(line, equals));
    if (equals == SIZE_MAX || key.n == 0) {
        diag_add(p->diag, DIAG_ERROR, p->at, "'%.*s' is neither [section] nor key = value",
                 (int)line.n, line.p);
        return RC_OK;
    }
    struct str value = str_trim(str_from(line, equals + 1));
    for (enum conf_key k = 0; k < CONF_KEY_COUNT; k++) {
        if (str_eq(rows[k].section, p->section) && str_eq(rows[k].key, key)) {
            return judge(p, k, value) ? keep(p, k, value) : RC_OK;
        }
    }
    if (p->section.n > 0) {
        diag_add(p->diag, DIAG_ERROR, p->at,
                 "there is no key %.*s in [%.*s]; see "
                 "tocsin.conf(5)",
                 (int)key.n, key.p, (int)p->section.n, p->section.p);
    } else if (p->diag->errors == 0) {
        diag_add(p->diag, DIAG_ERROR, p->at, "%.*s stands before the first [section]",
                 (int)key.n, key.p);
    }
    return RC_OK;
}

static struct rc take_line(struct parse *p, struct str line)
{
    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#') {
        return RC_OK;
    }
    if (!unicode_is_utf8(line) || memchr(line.p, 0, line.n) != NULL) {
        diag_add(p->diag, DIAG_ERROR, p->at, "this line is not text in UTF-8");
        return RC_OK;
    }
    if (line.p[0] == '[') {
        take_section(p, line);
        return RC_OK;
    }
    return take_pair(p, line);
}

struct rc conf_parse(struct str text, struct str path, struct arena *a, struct diag *d,
                     struct conf *out)
{
    struct conf conf = {0};
    struct parse p = {.arena = a, .diag = d, .at = {.path = path, .column = 1}, .out = &conf};
    size_t errors = d->errors;
    if (text.n > CONF_FILE_BYTES) {
        diag_add(d, DIAG_ERROR, p.at, "this file is longer than 1 MiB: no configuration is");
        return rc_make(ERR_REJECTED);
    }
    while (text.n > 0) {
        struct str line = str_upto(text, str_find_char(text, '\n'));
        p.at.line++;
        TRY(take_line(&p, line));
        text = str_from(text, line.n + 1);
    }
    if (d->errors != errors) {
        return rc_make(ERR_REJECTED);
    }
    *out = conf;
    return RC_OK;
}

struct str conf_text(const struct conf *c, enum conf_key key)
{
    if (c->keys[key].count > 0) {
        return c->keys[key].values[0].text;
    }
    return types[key] == TYPE_CHOICE ? first_choice(rows[key].fallback) : rows[key].fallback;
}

uint64_t conf_count(const struct conf *c, enum conf_key key)
{
    uint64_t n = 0;
    check(types[key] == TYPE_COUNT && str_to_u64(conf_text(c, key), &n));
    return n;
}

const struct conf_value *conf_list(const struct conf *c, enum conf_key key, size_t *out_count)
{
    check(types[key] == TYPE_LIST);
    *out_count = c->keys[key].count;
    return c->keys[key].values;
}

static void put_row(struct buf *out, enum conf_key k)
{
    static const char *const names[] = {[TYPE_TEXT] = "text",
                                        [TYPE_PATH] = "path",
                                        [TYPE_COUNT] = "number",
                                        [TYPE_LIST] = "value",
                                        [TYPE_CHOICE] = "word"};
    const struct conf_row *r = &rows[k];
    buf_printf(out, ".It Ic %.*s No = Ar %s\n", (int)r->key.n, r->key.p, names[types[k]]);
    buf_putc(out, str_lower(r->meaning.p[0]) == r->meaning.p[0] ? (char)(r->meaning.p[0] & ~32)
                                                                : r->meaning.p[0]);
    buf_put(out, str_from(r->meaning, 1));
    buf_puts(out, ".\n");
    if (types[k] == TYPE_LIST) {
        buf_puts(out, "The key may be repeated.\n");
    } else if (types[k] == TYPE_CHOICE) {
        struct str first = first_choice(r->fallback);
        buf_printf(out, "Without it: %.*s.\n", (int)first.n, first.p);
    } else if (r->fallback.n > 0) {
        buf_printf(out, "Without it: %.*s.\n", (int)r->fallback.n, r->fallback.p);
    }
    if (types[k] == TYPE_COUNT) {
        buf_printf(out, "From %llu to %llu.\n", (unsigned long long)r->min,
                   (unsigned long long)r->max);
    }
}

void conf_manual(struct buf *out)
{
    struct str section = {0};
    for (enum conf_key k = 0; k < CONF_KEY_COUNT; k++) {
        if (!str_eq(section, rows[k].section)) {
            buf_puts(out, section.n > 0 ? ".El\n" : "");
            section = rows[k].section;
            buf_printf(out, ".Ss [%.*s]\n.Bl -tag -width Ds\n", (int)section.n, section.p);
        }
        put_row(out, k);
    }
    buf_puts(out, ".El\n");
}
