/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/ruleset_io.h"

#include "base/file.h"
#include "detect/sigma/loader.h"
#include "detect/sigma/placeholder.h"
#include "detect/sigma/rule_files_io.h"

struct target {
    struct ruleset *set;
    struct diag *diag;
};

static void add(void *context, struct str path, struct str text)
{
    struct target *target = context;
    ruleset_add(target->set, path, text, target->diag);
}

void ruleset_io_load(struct ruleset *s, const char *path, struct diag *diag)
{
    struct target target = {s, diag};
    struct rule_files_io_opts opts = {add, &target};
    rule_files_io_read(path, &opts, diag);
}

struct rc ruleset_io_placeholders(const char *path, struct arena *a, struct diag *diag,
                                  struct ruleset_opts *out)
{
    AUTO_ARENA scratch = arena_open((size_t)64 << 20);
    struct loader l = {.keep = a,
                       .scratch = scratch,
                       .diag = diag,
                       .opts = out,
                       .path = str_of(path),
                       .work = LOADER_MAX_WORK};
    struct str text;
    struct rc rc = file_load(path, RULE_FILES_IO_MAX_FILE_BYTES, scratch, &text);
    if (rc_failed(rc)) {
        return loader_reject(&l, NULL, "cannot be read: %s", rc_text(rc));
    }
    return placeholder_read(&l, text, out);
}
