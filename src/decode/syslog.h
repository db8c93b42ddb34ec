/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syslog - one line of syslog, in the dialects that files and relays hold.
 * src: RFC 3164; RFC 5424; rsyslog's ForwardFormat and TraditionalFileFormat; ChromeOS; vsftpd;
 * auditd; TAI64N stamps of daemontools
 */
#ifndef DECODE_SYSLOG_H
#define DECODE_SYSLOG_H

#include "base/walltime.h"
#include "model/fields.h"

enum {
    SYSLOG_MAX_PARAMS = 64, /* structured data; further ones are skipped */
};

struct syslog_param {
    struct str id, name, value; /* value with its backslashes */
};

/* All text borrows from the line; empty where the line does not say. */
struct syslog {
    const char *dialect; /* "rfc3164", "rfc5424", "rfc3339", "chromeos", "vsftpd", "auditd",
                            "tai64n", "journal" */
    struct walltime time;
    int facility, severity; /* -1 when the line does not say */
    struct str hostname, program, pid, message;
    struct syslog_param params[SYSLOG_MAX_PARAMS];
    uint32_t param_count;
};

/*
 * latest_s: seconds since 1970 that no line is much later than, which gives times without a
 * year theirs; 0 leaves them unknown. False: no syslog.
 */
MUST_USE bool syslog_parse(struct str line, int64_t latest_s, struct syslog *out);

/* "authpriv", "crit"; empty when out of range. */
struct str syslog_facility_name(int facility);
struct str syslog_severity_name(int severity);

/* Ids of the names of the fields, FIELD_NONE where no rule uses one. */
struct syslog_ids {
    uint16_t hostname, program, appname, pid, facility, severity, message;
};
void syslog_ids(const struct fields *names, struct syslog_ids *out);

#endif
