/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/disk_io.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/heap.h"

#include <unistd.h>

static const char probe_name[] = "probe";

static struct rc write_probe(int folder)
{
    AUTO_FD fd = -1;
    AUTO_HEAP uint8_t *zeros = heap_zalloc(DISK_PROBE_BYTES, 1);
    TRY(folder_create(folder, probe_name, 0600, &fd));
    TRY(file_write_all(fd, (struct bytes){zeros, DISK_PROBE_BYTES}));
    return fsync(fd) == 0 ? RC_OK : rc_errno();
}

struct rc disk_io_probe(int folder)
{
    (void)unlinkat(folder, probe_name, 0); /* of a probe that a crash interrupted */
    struct rc rc = write_probe(folder);
    (void)unlinkat(folder, probe_name, 0);
    return rc;
}
