/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_route - from Windows channel and EventID, or from a syslog program, to the log source.
 */
#ifndef DECODE_NORMAL_ROUTE_H
#define DECODE_NORMAL_ROUTE_H

#include "base/map.h"
#include "decode/normal_event.h"

struct normal_route {
    struct map channels; /* lower case; values are enum logsource_id */
    struct map programs;
    struct arena *names;
};

void normal_route_open(struct normal_route *r);
void normal_route_close(struct normal_route *r);

/* WINDOWS for a channel that no row names. Case is ignored. */
enum logsource_id normal_route_channel(const struct normal_route *r, struct str channel);
/* What a single event of that service is; the service itself when no row says more. */
enum logsource_id normal_route_event(enum logsource_id service, uint64_t event_id);
/* LINUX_SYSLOG for a program that no row names. Case is ignored. */
enum logsource_id normal_route_program(const struct normal_route *r, struct str program);

/*
 * Service and EventID of an event, by Channel, else by provider. *out_event_id is UINT64_MAX
 * when it has none.
 */
MUST_USE struct rc normal_route_windows(const struct normal_route *r,
                                        const struct normal_event *x,
                                        enum logsource_id *out_service, uint64_t *out_event_id);

#endif
