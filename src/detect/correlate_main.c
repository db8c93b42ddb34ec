/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlate - the role.
 *
 * Job: takes what rules found (HITS from detect, in the order of the ledger), finds what
 * belongs together in time, and stores a fact for each finding.
 *
 * Input trust: detect reads hostile bytes, so whatever it sends may be the attacker's: findings
 * are decoded as strictly as a log line, and memory is bounded (doc/correlate.md).
 *
 * Powers: none. It was given the rules as a descriptor, which is read before confinement.
 *
 * If it dies: the next one asks detect to read the last timespans again. Facts that come out
 * of that a second time have the keys that they had, and the ledger stores a key once.
 */
#include "base/escape.h"
#include "base/file.h"
#include "detect/correlate/flow.h"
#include "detect/rules_io.h"
#include "guard/station.h"
#include "model/fact_read.h"

#include <unistd.h>

enum { TICK_MS = 1000, LOG_BYTES = 2000, TOLD_EVERY_S = 60 };

struct correlate {
    struct station *station;
    int rules_fd;
    struct ruleset *rules;
    struct diag diag;
    struct flow *flow;
    struct correlator_counts told;
    uint64_t told_ns;
};

static void say(struct correlate *c, enum station_level level, const struct buf *line)
{
    station_log(c->station, level, buf_str(line));
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct correlate *c = context;
    (void)number;
    if (str_eq(name, STR("rules")) && c->rules_fd < 0) {
        c->rules_fd = fd;
    } else {
        close(fd);
    }
}

static void send(void *context, enum role peer, const struct wire_message *m)
{
    struct correlate *c = context;
    (void)station_send(c->station, peer, m); /* away: flow sends it again when it is back */
}

/* Correlations that cannot fire are said, one line each. */
static void say_unevaluated(struct correlate *c)
{
    size_t count;
    const struct correlation *all = ruleset_correlations(c->rules, &count);
    for (size_t i = 0; i < count; i++) {
        if (all[i].unevaluated == NULL) {
            continue;
        }
        AUTO_BUF line = BUF_WITH_CAP(LOG_BYTES);
        buf_puts(&line, "correlate.unevaluated rule=\"");
        escape_columns(&line, all[i].title, 80);
        buf_printf(&line, "\" why=\"%s\"", all[i].unevaluated);
        say(c, STATION_WARNING, &line);
    }
}

static struct rc prepare(void *context)
{
    struct correlate *c = context;
    uint8_t digest[HASH_SHA256_BYTES];
    /* OpenSSL opens its configuration at the first hash, jansson /dev/urandom at the first
     * table: neither can be opened later. */
    hash_sha256((struct bytes){0}, digest);
    fact_read_seed();
    c->diag = diag_open();
    c->rules = ruleset_open(&(struct ruleset_opts){0});
    if (c->rules_fd >= 0) {
        TRY(rules_io_read(c->rules_fd, c->rules, &c->diag));
        close(c->rules_fd);
    } else {
        ruleset_finish(c->rules, &c->diag);
    }
    c->flow = flow_open(&(struct flow_opts){.rules = c->rules, .context = c, .send = send});
    struct ruleset_counts counts = ruleset_counts(c->rules);
    AUTO_BUF line = BUF_WITH_CAP(LOG_BYTES);
    buf_printf(&line, "correlate.rules rules=%zu correlations=%zu evaluated=%zu rejected=%zu",
               counts.rules, counts.correlations, counts.correlations - counts.unevaluated,
               counts.rejected);
    say(c, STATION_INFO, &line);
    say_unevaluated(c);
    return RC_OK;
}

static void wake(struct correlate *c)
{
    struct instant at = clock_now();
    at.ns += (uint64_t)TICK_MS * 1000000;
    station_wake(c->station, at);
}

static void on_attached(void *context, enum role peer)
{
    struct correlate *c = context;
    flow_attached(c->flow, peer, clock_now());
    wake(c);
}

static void on_lost(void *context, enum role peer)
{
    struct correlate *c = context;
    flow_lost(c->flow, peer);
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct correlate *c = context;
    (void)connection;
    if (peer == ROLE_DETECT && m->type == WIRE_HITS) {
        return flow_hits(c->flow, &m->hits, clock_now());
    }
    if (peer == ROLE_LEDGER && m->type == WIRE_FACT_STORED) {
        return flow_stored(c->flow, &m->fact_stored);
    }
    return rc_make(ERR_MALFORMED);
}

/* What was forgotten at a bound is a hole in what correlation could see. */
static void say_losses(struct correlate *c, struct instant now)
{
    struct correlator_counts counts = flow_counts(c->flow);
    bool more = counts.evicted_events != c->told.evicted_events ||
                counts.evicted_groups != c->told.evicted_groups ||
                counts.lost != c->told.lost || counts.timeless != c->told.timeless;
    if (!more || now.ns - c->told_ns < (uint64_t)TOLD_EVERY_S * 1000000000) {
        return;
    }
    AUTO_BUF line = BUF_WITH_CAP(LOG_BYTES);
    buf_printf(
        &line, "correlate.forgot events=%llu groups=%llu findings=%llu without_time=%llu",
        (unsigned long long)counts.evicted_events, (unsigned long long)counts.evicted_groups,
        (unsigned long long)counts.lost, (unsigned long long)counts.timeless);
    say(c, STATION_WARNING, &line);
    c->told = counts;
    c->told_ns = now.ns;
}

static void on_timer(void *context)
{
    struct correlate *c = context;
    struct instant now = clock_now();
    flow_tick(c->flow, now, clock_wall());
    say_losses(c, now);
    wake(c);
}

int main(void)
{
    struct correlate c = {.rules_fd = -1};
    static const struct station_handlers handlers = {
        .file = on_file,
        .prepare = prepare,
        .attached = on_attached,
        .lost = on_lost,
        .message = on_message,
        .timer = on_timer,
    };
    int status = station_main(ROLE_CORRELATE, &handlers, &c, &c.station);
    flow_close(c.flow);
    ruleset_close(c.rules);
    if (c.rules != NULL) {
        diag_close(&c.diag);
    }
    return status;
}
