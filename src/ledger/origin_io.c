/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/origin_io.h"

#include "base/folder.h"
#include "ledger/note.h"
#include "ledger/store_io.h"

#include <errno.h>
#include <unistd.h>

enum { HOST_NAME_BYTES = 64 }; /* Linux has no longer one */

static void put_host(struct buf *out)
{
    char host[HOST_NAME_BYTES + 1] = {0};
    bool there = gethostname(host, HOST_NAME_BYTES) == 0 && note_name_valid(str_of(host));
    buf_puts(out, there ? host : "localhost");
    buf_puts(out, "/tocsin");
}

struct rc origin_io_find(int folder, struct buf *out)
{
    AUTO_BUF text = {0};
    struct note_key key;
    struct rc rc = folder_load(folder, "vkey", STORE_KEY_FILE_BYTES, &text);
    if (rc.code == ERR_SYSTEM && rc.sys == ENOENT) {
        put_host(out);
        return RC_OK;
    }
    TRY(rc);
    TRY(note_key_parse(str_trim(buf_str(&text)), &key));
    buf_put(out, note_key_name(&key));
    return RC_OK;
}
