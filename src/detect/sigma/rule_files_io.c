/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/rule_files_io.h"

#include "base/file.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* A folder being walked, so that a link back to it is noticed. */
struct folder {
    dev_t device;
    ino_t inode;
};

struct walk {
    void (*add)(void *context, struct str path, struct str text);
    void *context;
    struct diag *diag;
    struct arena *names; /* of the walk */
    struct folder folders[RULE_FILES_IO_MAX_DEPTH];
    size_t depth;
    size_t files;
};

struct names VEC_OF(const char *);

PRINTF_LIKE(3, 4)
static void report(struct diag *diag, const char *path, const char *fmt, ...)
{
    char text[DIAG_MAX_TEXT_BYTES];
    struct diag_place at = {.path = str_of("rules")};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    rc_ignore(arena_copy(diag->arena, str_of(path), &at.path), "the message then has no path");
    diag_add(diag, DIAG_ERROR, at, "%s", text);
}

static void load_file(struct walk *w, const char *path)
{
    if (w->files++ >= RULE_FILES_IO_MAX_FILES) {
        if (w->files == RULE_FILES_IO_MAX_FILES + 1) {
            report(w->diag, path,
                   "more than %d rule files: this one and all after it are not "
                   "read",
                   RULE_FILES_IO_MAX_FILES);
        }
        return;
    }
    AUTO_ARENA a = arena_open(2 * (size_t)RULE_FILES_IO_MAX_FILE_BYTES);
    struct str text;
    struct rc rc = file_load(path, RULE_FILES_IO_MAX_FILE_BYTES, a, &text);
    if (rc.code == ERR_TOO_LONG) {
        report(w->diag, path, "longer than %d MiB: no rule file is; not read",
               RULE_FILES_IO_MAX_FILE_BYTES >> 20);
    } else if (rc_failed(rc)) {
        report(w->diag, path, "cannot be read: %s", rc_text(rc));
    } else {
        w->add(w->context, str_of(path), text);
    }
}

static int compare_names(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

/* The entries of a folder as paths, sorted. Hidden ones (.git, .github) hold no rules. */
static struct rc list(struct walk *w, const char *path, struct names *out)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return rc_errno();
    }
    struct rc rc = RC_OK;
    const struct dirent *entry;
    bool slash = str_ends(str_of(path), STR("/"));
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    while (!rc_failed(rc) && (errno = 0, entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        AUTO_BUF name = {0};
        buf_puts(&name, path);
        buf_puts(&name, slash ? "" : "/");
        buf_puts(&name, entry->d_name);
        const char *copy = arena_cstr(w->names, buf_str(&name));
        if (copy == NULL) {
            rc = rc_make(ERR_TOO_MANY);
        } else {
            vec_push(out, copy);
        }
    }
    if (!rc_failed(rc) && errno != 0) {
        rc = rc_errno();
    }
    closedir(dir);
    if (out->n != 0) {
        qsort(out->p, out->n, sizeof(*out->p), compare_names);
    }
    return rc;
}

static bool is_rule_name(const char *path)
{
    struct str s = str_of(path);
    size_t dot = s.n;
    while (dot > 0 && s.p[dot - 1] != '.') {
        dot--;
    }
    struct str ending = str_from(s, dot);
    return dot > 0 && (str_eq_nocase(ending, STR("yml")) || str_eq_nocase(ending, STR("yaml")));
}

static bool is_open(const struct walk *w, const struct stat *st)
{
    for (size_t i = 0; i < w->depth; i++) {
        if (w->folders[i].device == st->st_dev && w->folders[i].inode == st->st_ino) {
            return true;
        }
    }
    return false;
}

static void load_folder(struct walk *w, const char *path, const struct stat *st);

/* named: by the user, who then wants to hear of whatever it is. */
static void load_entry(struct walk *w, const char *path, bool named)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        if (named || is_rule_name(path)) {
            report(w->diag, path, "cannot be read: %s", rc_text(rc_errno()));
        }
    } else if (S_ISDIR(st.st_mode)) {
        load_folder(w, path, &st);
    } else if (!named && !is_rule_name(path)) {
        return; /* a README or a script beside the rules */
    } else if (S_ISREG(st.st_mode)) {
        load_file(w, path);
    } else {
        report(w->diag, path, "is neither a file nor a folder: not read");
    }
}

static void load_folder(struct walk *w, const char *path, const struct stat *st)
{
    struct names names = {0};
    if (is_open(w, st)) {
        report(w->diag, path, "leads back to a folder that it is in: not entered");
        return;
    }
    if (w->depth == RULE_FILES_IO_MAX_DEPTH) {
        report(w->diag, path, "is nested deeper than %d folders: not entered",
               RULE_FILES_IO_MAX_DEPTH);
        return;
    }
    w->folders[w->depth++] = (struct folder){st->st_dev, st->st_ino};
    struct rc rc = list(w, path, &names);
    if (rc_failed(rc)) {
        report(w->diag, path, "cannot be listed to its end: %s", rc_text(rc));
    }
    for (size_t i = 0; i < names.n; i++) {
        load_entry(w, names.p[i], false);
    }
    w->depth--;
    vec_free(&names);
}

void rule_files_io_read(const char *path, const struct rule_files_io_opts *opts,
                        struct diag *diag)
{
    struct walk w = {.add = opts->add,
                     .context = opts->context,
                     .diag = diag,
                     .names = arena_open((size_t)256 << 20)};
    size_t errors = diag->errors;
    load_entry(&w, path, true);
    if (w.files == 0 && diag->errors == errors) {
        report(diag, path, "holds no rules: they are files named *.yml or *.yaml");
    }
    arena_close(w.names);
}
