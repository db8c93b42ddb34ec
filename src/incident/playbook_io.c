/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/playbook_io.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/heap.h"

#include <errno.h>

enum { FILE_NAME_BYTES = 128 };

struct names {
    char list[PLAYBOOK_IO_MAX_FILES][FILE_NAME_BYTES];
    size_t count;
};

/* Into its place. */
static void add_name(void *context, struct str name)
{
    struct names *n = context;
    bool page = str_ends(name, STR(".yml")) || str_ends(name, STR(".yaml"));
    if (!page || n->count == PLAYBOOK_IO_MAX_FILES || name.n >= FILE_NAME_BYTES) {
        return;
    }
    size_t at = n->count++;
    while (at > 0 && str_compare(name, str_of(n->list[at - 1])) < 0) {
        memcpy(n->list[at], n->list[at - 1], FILE_NAME_BYTES);
        at--;
    }
    memcpy(n->list[at], name.p, name.n);
    n->list[at][name.n] = '\0';
}

static struct rc read_folder(struct playbooks *p, int folder, struct diag *diag)
{
    AUTO_HEAP struct names *names = heap_zalloc(1, sizeof(*names));
    struct rc worst = RC_OK;
    TRY(folder_each(folder, add_name, names));
    for (size_t i = 0; i < names->count; i++) {
        AUTO_BUF text = {0};
        struct rc rc = folder_load(folder, names->list[i], PLAYBOOK_CAP_BYTES, &text);
        rc =
            rc_failed(rc) ? rc : playbook_load(p, str_of(names->list[i]), buf_str(&text), diag);
        worst = rc_failed(rc) ? rc : worst;
    }
    return worst;
}

struct rc playbook_io_read(struct playbooks *p, struct str name, int fd, struct diag *diag)
{
    AUTO_BUF text = {0};
    for (;;) {
        char room[4096];
        size_t n = 0;
        struct rc rc = file_read(fd, room, sizeof(room), &n);
        if (rc.code == ERR_SYSTEM && rc.sys == EISDIR) {
            return read_folder(p, fd, diag);
        }
        TRY(rc);
        buf_put(&text, (struct str){room, n});
        if (n == 0 || text.n > PLAYBOOK_CAP_BYTES) {
            return playbook_load(p, name, buf_str(&text), diag);
        }
    }
}
