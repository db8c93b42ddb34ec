/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-detect - the role that finds rules in records.
 *
 * Job: decodes each record that the ledger sends, runs the rules over it, and sends what fired
 * to correlate. Input trust: records are hostile to the last byte; here they are parsed. The
 * rules are the administrator's. Powers: none. If it dies: it holds nothing; the ledger sends
 * again what was not dealt with, and passes over a record that kills it twice.
 */
#include "base/file.h"
#include "decode/normal.h"
#include "detect/found.h"
#include "detect/intake.h"
#include "detect/rules_io.h"
#include "guard/station.h"
#include "model/record.h"

enum {
    BATCH_BYTES = 64 << 20, /* what one record may take, decoded */
    FINDINGS_BYTES = 64000, /* in one HITS: with its head it fits a frame */
    NAME_BYTES = 64,        /* of a source, as the ledger has it */
    LOG_MAX_BYTES = 400,
    LOG_MAX_LINES = 20,
};
static const uint64_t note_ns = 60000000000; /* between two lines about records */

/* What went wrong with records since it was last said. */
struct trouble {
    uint64_t count, position; /* the last one */
    struct rc rc;
    uint64_t said_ns;
};

struct role_state {
    struct station *s;
    int rules_fd;
    struct ruleset *set;
    struct fields *fields;
    struct engine *engine;
    struct detector *detector;
    struct normal *normal;
    struct arena *batch, *scratch; /* of one record; of one finding */
    struct intake intake;
    struct buf findings;
    uint32_t finding_count;
    struct trouble trouble;
};

static void say(struct role_state *r, enum station_level level, const char *event,
                struct str text)
{
    AUTO_BUF line = {0};
    buf_printf(&line, "%s text=\"", event);
    buf_put(&line, str_upto(text, LOG_MAX_BYTES));
    buf_putc(&line, '"');
    station_log(r->s, level, buf_str(&line));
}

static void say_diag(struct role_state *r, const struct diag *d)
{
    for (size_t i = 0; i < d->count && i < LOG_MAX_LINES; i++) {
        AUTO_BUF text = {0};
        diag_print(&text, &d->messages[i]);
        say(r, STATION_WARNING, "detect.rule", str_trim(buf_str(&text)));
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("rules")) && r->rules_fd < 0) {
        r->rules_fd = fd; /* new rules come with a new process */
        return;
    }
    file_auto_close(&fd);
}

static struct rc compile(struct role_state *r, struct diag *diag)
{
    const struct ruleset_opts set_opts = {0};
    r->set = ruleset_open(&set_opts);
    r->fields = fields_open();
    TRY(rules_io_read(r->rules_fd, r->set, diag));
    size_t count;
    const struct rule *rules = ruleset_rules(r->set, &count);
    const struct engine_opts opts = {.fields = r->fields};
    TRY(engine_compile(rules, count, &opts, diag, &r->engine));
    AUTO_BUF line = {0};
    buf_printf(&line, "detect.rules active=%zu of=%zu rejected=%zu",
               engine_active_count(r->engine), count, ruleset_counts(r->set).rejected);
    station_log(r->s, STATION_INFO, buf_str(&line));
    return RC_OK;
}

static struct rc prepare(void *context)
{
    struct role_state *r = context;
    uint8_t digest[HASH_SHA256_BYTES];
    hash_sha256((struct bytes){0}, digest); /* its library opens a file at first use */
    if (r->rules_fd < 0) {
        say(r, STATION_ERROR, "detect.rules", STR("no rules were passed"));
        return rc_make(ERR_MALFORMED);
    }
    struct diag diag = diag_open();
    struct rc rc = compile(r, &diag);
    say_diag(r, &diag);
    diag_close(&diag);
    TRY(rc);
    r->detector = detector_open(r->engine);
    r->normal = normal_open(r->fields);
    r->batch = arena_open(BATCH_BYTES);
    r->scratch = arena_open(BATCH_BYTES);
    return RC_OK;
}

static void say_trouble(struct role_state *r)
{
    struct trouble *t = &r->trouble;
    uint64_t now = clock_now().ns;
    if (t->count == 0) {
        return;
    }
    if (t->said_ns != 0 && now - t->said_ns < note_ns) {
        station_wake(r->s, (struct instant){t->said_ns + note_ns});
        return;
    }
    AUTO_BUF line = {0};
    buf_printf(
        &line,
        "detect.record count=%llu last=%llu why=%s text=\"records that could not be "
        "decoded as what they seem to be: %s; tocsin evidence show %llu prints the last\"",
        (unsigned long long)t->count, (unsigned long long)t->position, rc_name(t->rc),
        rc_text(t->rc), (unsigned long long)t->position);
    station_log(r->s, STATION_WARNING, buf_str(&line));
    *t = (struct trouble){.said_ns = now};
}

static void trouble(struct role_state *r, uint64_t position, struct rc rc)
{
    r->trouble.count++;
    r->trouble.position = position;
    r->trouble.rc = rc;
}

static void send_hits(struct role_state *r, const struct wire_records *m, uint64_t next)
{
    struct wire_message hits = {.type = WIRE_HITS,
                                .hits = {.next = next,
                                         .source = m->source,
                                         .name = m->name,
                                         .received_us = m->received_us,
                                         .replay = m->replay != 0 && r->intake.replaying,
                                         .count = r->finding_count,
                                         .findings = bytes_of(buf_str(&r->findings))}};
    station_send(r->s, ROLE_CORRELATE, &hits);
    buf_clear(&r->findings);
    r->finding_count = 0;
}

static struct rc decode_json(struct role_state *r, struct str text, struct event *out)
{
    struct json_pairs pairs = {0};
    TRY(json_flatten(text, r->batch, &pairs));
    return normal_json(r->normal, &pairs, LOGSOURCE_UNKNOWN, r->batch, out);
}

static struct rc decode(struct role_state *r, const struct wire_records *m, struct bytes record,
                        struct event *out)
{
    struct str text = str_bytes(record), start = str_trim(text);
    if (m->kind == RECORD_JOURNAL || (start.n > 0 && start.p[0] == '{')) {
        TRY(decode_json(r, text, out));
    } else {
        TRY(normal_line(r->normal, text, m->received_us / 1000000, r->batch, out));
    }
    out->record = record;
    return RC_OK;
}

static void add_finding(struct role_state *r, const struct wire_records *m, uint64_t position,
                        const struct finding *f)
{
    size_t before = r->findings.n;
    found_put(&r->findings, position, f);
    if (r->findings.n <= FINDINGS_BYTES) {
        r->finding_count++;
        return;
    }
    /* what came before it goes first */
    r->findings.n = before;
    send_hits(r, m, position);
    found_put(&r->findings, position, f);
    r->finding_count = 1;
}

static struct rc detect(struct role_state *r, const struct wire_records *m,
                        const struct event *e)
{
    const struct hit *hits = NULL;
    size_t count = 0, rule_count;
    struct finding shared;
    const struct rule *rules = ruleset_rules(r->set, &rule_count);
    TRY(detector_run(r->detector, e, &hits, &count));
    if (count > 0) {
        found_begin(e, (enum trust)m->trust, &shared);
    }
    for (size_t i = 0; i < count; i++) {
        struct finding f = shared;
        arena_reset(r->scratch);
        TRY(found_make(&rules[hits[i].rule], e, &hits[i], r->scratch, &f));
        add_finding(r, m, e->number, &f);
    }
    return RC_OK;
}

/* What goes wrong with one record is said; the next is none the worse for it. */
static struct rc deal(struct role_state *r, const struct wire_records *m, struct bytes record,
                      uint64_t position)
{
    struct event e;
    arena_reset(r->batch);
    TRY(decode(r, m, record, &e));
    e.number = position;
    return detect(r, m, &e);
}

static void credit(struct role_state *r, uint64_t next)
{
    struct wire_message m = {.type = WIRE_RECORDS_DONE, .records_done = {.next = next}};
    station_send(r->s, ROLE_LEDGER, &m);
}

static struct rc check_records(const struct wire_records *m)
{
    struct bytes list = m->records, record;
    if (m->trust >= TRUST_COUNT || m->kind >= RECORD_KIND_COUNT || m->name.n > NAME_BYTES ||
        m->first > UINT64_MAX - m->count) {
        return rc_make(ERR_MALFORMED);
    }
    for (uint32_t i = 0; i < m->count; i++) {
        if (!wire_list_next(&list, &record)) {
            return rc_make(ERR_SHORT);
        }
    }
    return list.n == 0 ? RC_OK : rc_make(ERR_TRAILING);
}

static struct rc on_records(struct role_state *r, const struct wire_records *m)
{
    struct intake_frame frame = {m->first, m->first + m->count, {m->received_us}};
    enum intake_verdict verdict;
    uint32_t skip = 0;
    TRY(check_records(m));
    TRY(intake_take(&r->intake, &frame, &verdict, &skip));
    if (verdict == INTAKE_PASS) {
        credit(r, frame.next);
    }
    if (verdict != INTAKE_DEAL) {
        return RC_OK;
    }
    struct bytes list = m->records, record;
    for (uint32_t i = 0; i < m->count && wire_list_next(&list, &record); i++) {
        struct rc rc = i < skip ? RC_OK : deal(r, m, record, m->first + i);
        if (rc_failed(rc)) {
            trouble(r, m->first + i, rc);
        }
    }
    send_hits(r, m, frame.next); /* also without findings: correlate's time goes on */
    intake_dealt(&r->intake, &frame);
    say_trouble(r);
    return RC_OK;
}

static void ask(struct role_state *r, uint64_t window_s)
{
    struct wire_message m = {.type = WIRE_READ_RECORDS, .read_records = {.window_s = window_s}};
    if (window_s > 0) {
        station_send(r->s, ROLE_LEDGER, &m);
    }
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    if (peer == ROLE_LEDGER) {
        ask(r, intake_ledger_attached(&r->intake, clock_wall()));
    }
}

static void on_lost(void *context, enum role peer)
{
    struct role_state *r = context;
    if (peer == ROLE_LEDGER) {
        intake_ledger_lost(&r->intake);
    } else if (peer == ROLE_CORRELATE) {
        intake_correlate_lost(&r->intake);
    }
}

static void on_replay(struct role_state *r, uint64_t window_s)
{
    uint64_t window = intake_replay(&r->intake, window_s, clock_wall());
    ask(r, window);
    if (window > 0 && r->intake.seen_any) {
        credit(r, r->intake.seen + 1);
    }
}

static struct rc on_hits_done(struct role_state *r, uint64_t next)
{
    uint64_t done;
    TRY(intake_done(&r->intake, next, &done));
    if (done > 0) {
        credit(r, done);
    }
    return RC_OK;
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    (void)connection;
    if (peer == ROLE_LEDGER && m->type == WIRE_RECORDS) {
        return on_records(r, &m->records);
    }
    if (peer == ROLE_CORRELATE && m->type == WIRE_REPLAY) {
        on_replay(r, m->replay.window_s);
        return RC_OK;
    }
    if (peer == ROLE_CORRELATE && m->type == WIRE_HITS_DONE) {
        return on_hits_done(r, m->hits_done.next);
    }
    return rc_make(ERR_MALFORMED);
}

static void on_timer(void *context)
{
    say_trouble(context);
}

int main(void)
{
    static const struct station_handlers handlers = {.file = on_file,
                                                     .prepare = prepare,
                                                     .attached = on_attached,
                                                     .lost = on_lost,
                                                     .message = on_message,
                                                     .timer = on_timer};
    struct role_state r = {.rules_fd = -1};
    int status = station_main(ROLE_DETECT, &handlers, &r, &r.s);
    if (r.detector != NULL) {
        detector_close(r.detector);
        normal_close(r.normal);
        arena_close(r.batch);
        arena_close(r.scratch);
    }
    engine_close(r.engine);
    fields_close(r.fields);
    ruleset_close(r.set);
    file_auto_close(&r.rules_fd);
    buf_free(&r.findings);
    return status;
}
