/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/opts.h"

#include "base/escape.h"

static int fail(struct opts *o, struct str word, const char *what)
{
    buf_clear(&o->error);
    escape_text(&o->error, word);
    buf_puts(&o->error, what);
    return OPTS_BAD;
}

static int take_value(struct opts *o, size_t i, struct str word, const char *attached)
{
    const struct opt *option = &o->table[i];
    o->value = attached;
    if (option->argument == NULL) {
        return attached == NULL ? (int)i : fail(o, word, " takes no value");
    }
    if (attached == NULL) {
        if (o->argc == 0) {
            fail(o, word, " needs a value: ");
            buf_puts(&o->error, option->argument);
            return OPTS_BAD;
        }
        o->value = *o->argv;
        o->argv++;
        o->argc--;
    }
    return (int)i;
}

static int long_option(struct opts *o, const char *word)
{
    struct str name = str_of(word + 2);
    size_t equals = str_find_char(name, '=');
    name = str_upto(name, equals);
    const char *attached = word[2 + name.n] == '=' ? word + 2 + name.n + 1 : NULL;
    struct str shown = {word, 2 + name.n};
    for (size_t i = 0; i < o->count; i++) {
        if (str_eq(str_of(o->table[i].name), name)) {
            return take_value(o, i, shown, attached);
        }
    }
    return fail(o, shown, " is no option here");
}

static int short_option(struct opts *o, const char *word)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->table[i].letter == word[1]) {
            return take_value(o, i, (struct str){word, 2}, word[2] == '\0' ? NULL : word + 2);
        }
    }
    return fail(o, str_of(word), " is no option here");
}

int opts_next(struct opts *o)
{
    while (o->argc > 0) {
        const char *word = *o->argv;
        o->argv++;
        o->argc--;
        if (o->only_paths || word[0] != '-' || word[1] == '\0') {
            o->value = word;
            return OPTS_PATH;
        }
        if (word[1] != '-') {
            return short_option(o, word);
        }
        if (word[2] != '\0') {
            return long_option(o, word);
        }
        o->only_paths = true;
    }
    return OPTS_END;
}

void opts_free(struct opts *o)
{
    buf_free(&o->error);
}

int opts_bad_value(struct opts *o, size_t option, const char *wanted)
{
    buf_clear(&o->error);
    buf_printf(&o->error, "--%s does not take \"", o->table[option].name);
    escape_text(&o->error, str_of(o->value));
    buf_printf(&o->error, "\"; it takes %s", wanted);
    return OPTS_BAD;
}

static size_t spelled_bytes(const struct opt *option)
{
    size_t argument = option->argument == NULL ? 0 : strlen(option->argument) + 1;
    return strlen(option->name) + argument;
}

void opts_help(const struct opt *table, size_t count, struct buf *out)
{
    size_t widest = 0;
    for (size_t i = 0; i < count; i++) {
        widest = spelled_bytes(&table[i]) > widest ? spelled_bytes(&table[i]) : widest;
    }
    for (size_t i = 0; i < count; i++) {
        const struct opt *option = &table[i];
        buf_puts(out, "  ");
        if (option->letter != 0) {
            buf_printf(out, "-%c, ", option->letter);
        } else {
            buf_puts(out, "    ");
        }
        buf_printf(out, "--%s", option->name);
        if (option->argument != NULL) {
            buf_printf(out, " %s", option->argument);
        }
        buf_fill(out, ' ', widest - spelled_bytes(option) + 2);
        buf_puts(out, option->help);
        buf_putc(out, '\n');
    }
}
