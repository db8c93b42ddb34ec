/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * access - one line of a web server's access log in the common or combined format.
 * src: Apache mod_log_config; nginx ngx_http_log_module
 */
#ifndef DECODE_ACCESS_H
#define DECODE_ACCESS_H

#include "base/walltime.h"

/* All text borrows from the line; empty where the line has "-". */
struct access {
    struct walltime time;
    struct str host; /* of the virtual host, when the line starts with it */
    struct str client, user, method, stem, query, uri, version;
    struct str status, bytes, referer, agent;
};

/* False: no access line. */
MUST_USE bool access_parse(struct str line, struct access *out);

#endif
