/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSONTestSuite through both parsers. json_flatten may refuse what json_check accepts for two
 * reasons only: a duplicate key, and nesting past JSON_MAX_DEPTH.
 */
#include "test.h"

#include "base/file.h"
#include "decode/json.h"

#include <dirent.h>
#include <stdio.h>

static const char corpus[] = "../shared/corpora/json-conformance/";

enum { MAX_FILE_BYTES = 1 << 20, ARENA_BYTES = 16 << 20 };

static bool stricter(struct rc flat)
{
    return flat.code == ERR_DUPLICATE || flat.code == ERR_DEPTH;
}

/* 1 when the parsers or the suite disagree about the file. */
static int check_file(const char *folder, const char *name)
{
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    AUTO_BUF path = {0};
    buf_puts(&path, corpus);
    buf_puts(&path, folder);
    buf_puts(&path, name);
    buf_putc(&path, '\0');
    struct str text;
    struct rc rc = file_load(path.p, MAX_FILE_BYTES, a, &text);
    if (rc_failed(rc)) {
        printf("%s: %s\n", name, rc_text(rc));
        return 1;
    }
    struct json_pairs pairs = {0};
    struct rc checked = json_check(text);
    struct rc flat = json_flatten(text, a, &pairs);
    bool valid = !rc_failed(checked);
    bool agree = valid ? !rc_failed(flat) || stricter(flat) : rc_failed(flat);
    bool must = str_starts(str_of(name), STR("y_"));
    bool must_not = str_starts(str_of(name), STR("n_"));
    bool right = valid ? !must_not : !must;
    if (!agree || !right) {
        printf("%s: check %s at %u, flatten %s at %u\n", name, rc_name(checked), checked.at,
               rc_name(flat), flat.at);
    }
    return !agree || !right;
}

static int check_folder(const char *folder, int *files)
{
    AUTO_BUF path = {0};
    buf_puts(&path, corpus);
    buf_puts(&path, folder);
    buf_putc(&path, '\0');
    DIR *d = opendir(path.p);
    if (d == NULL) {
        return 0;
    }
    int wrong = 0;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (str_ends(str_of(e->d_name), STR(".json"))) {
            wrong += check_file(folder, e->d_name);
            (*files)++;
        }
    }
    closedir(d);
    return wrong;
}

int main(void)
{
    int files = 0;
    int wrong = check_folder("test_parsing/", &files) + check_folder("test_transform/", &files);
    if (files == 0) {
        printf("unit json_conformance: skipped, %s is absent\n", corpus);
        return 77;
    }
    printf("%d files, %d wrong\n", files, wrong);
    return wrong == 0 && files > 200 ? 0 : 1;
}
