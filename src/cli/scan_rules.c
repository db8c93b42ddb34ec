/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_rules.h"

#include "base/escape.h"
#include "base/heap.h"
#include "detect/sigma/ruleset_io.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Where tocsin's own rules may be: beside the build folder, beside the installed bin/, where
 * the build said that they would be installed.
 */
static const char *const own_rules[] = {"../rules", "../share/tocsin/rules", TOCSIN_RULES_DIR};

void scan_rules_find(const char *const *places, size_t count, struct buf *out)
{
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program));
    struct str folder = {program, n > 0 ? (size_t)n : 0};
    while (folder.n > 0 && folder.p[folder.n - 1] != '/') {
        folder.n--;
    }
    for (size_t i = 0; i < count; i++) {
        buf_clear(out);
        if (places[i][0] != '/') {
            buf_put(out, folder);
        }
        buf_puts(out, places[i]);
        buf_putc(out, '\0');
        if (access(out->p, R_OK | X_OK) == 0) {
            return;
        }
    }
    buf_clear(out);
}

static bool load_own(struct scan_rules *r, struct buf *error)
{
    AUTO_BUF path = {0};
    scan_rules_find(own_rules, COUNT_OF(own_rules), &path);
    if (path.n == 0) {
        buf_puts(error, "tocsin's own rules are not installed; give a folder of rules with -r");
        return false;
    }
    /* without the "..", since findings name the files of their rules */
    char clean[PATH_MAX];
    struct str found = realpath(path.p, clean) != NULL ? str_of(clean) : str_of(path.p);
    char *copy = arena_cstr(r->texts, found);
    check(copy != NULL);
    r->origin = copy;
    ruleset_io_load(r->set, copy, &r->diag);
    return true;
}

bool scan_rules_load(const struct scan_rules_opts *opts, struct scan_rules *out,
                     struct buf *error)
{
    struct scan_rules *r = out;
    *r = (struct scan_rules){.texts = arena_open((size_t)64 << 20), .diag = diag_open()};
    struct ruleset_opts set_opts = {0};
    if (opts->placeholders != NULL &&
        rc_failed(ruleset_io_placeholders(opts->placeholders, r->texts, &r->diag, &set_opts))) {
        buf_puts(error, "the lists for |expand could not be read: ");
        escape_text(error, str_of(opts->placeholders));
        return false;
    }
    r->set = ruleset_open(&set_opts);
    r->fields = fields_open();
    if (opts->path_count == 0 && !load_own(r, error)) {
        return false;
    }
    for (size_t i = 0; i < opts->path_count; i++) {
        ruleset_io_load(r->set, opts->paths[i], &r->diag);
        r->origin = opts->path_count == 1 ? opts->paths[0] : "several folders";
    }
    ruleset_finish(r->set, &r->diag);
    r->rules = ruleset_rules(r->set, &r->count);
    const struct engine_opts engine_opts = {.fields = r->fields, .custom = opts->custom};
    struct rc rc = engine_compile(r->rules, r->count, &engine_opts, &r->diag, &r->engine);
    if (rc_failed(rc)) {
        buf_printf(error, "the rules could not be compiled: %s", rc_text(rc));
        return false;
    }
    if (engine_active_count(r->engine) == 0) {
        buf_puts(error, "there is no usable rule (tocsin rules check says why) in ");
        escape_text(error, str_of(r->origin));
        return false;
    }
    return true;
}

void scan_rules_close(struct scan_rules *r)
{
    engine_close(r->engine);
    fields_close(r->fields);
    ruleset_close(r->set);
    diag_close(&r->diag);
    arena_close(r->texts);
    *r = (struct scan_rules){0};
}
