/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/correlator.h"

#include "detect/correlate/watch.h"

enum {
    LANE_ITEMS = 16384,        /* more than CORRELATION_MAX_COUNT */
    LANE_MIN_BYTES = 64 << 10, /* when there are very many lanes */
    SEEN_MAX = 65536,          /* identities whose equal ones are counted, in each age */
    TWINS_LOOKED = 64,         /* equal events looked at for one that lacks this source */
    ALERTS_LOOKED = 256,       /* findings of a correlation that a late twin may raise */
    SCRATCH_BYTES = 64 << 20,
};

static const int64_t us_per_s = 1000000;
static const int64_t slack_us = (int64_t)CORRELATOR_SLACK_S * 1000000;

struct correlator {
    struct correlator_opts opts;
    struct plan plan;
    struct tell tell;
    struct watch watch;
    struct ages *seen;
    struct arena *arena;
    int64_t watermark_us; /* of the last advance */
    uint64_t seed;
    struct correlator_counts counts; /* evictions: of states that were closed */
};

static void give(void *context, const struct finding_fact *f)
{
    struct correlator *c = context;
    c->counts.findings++;
    c->opts.sink.finding(c->opts.sink.context, f);
}

static void open_state(struct correlator *c)
{
    size_t bytes = c->opts.memory_bytes != 0 ? c->opts.memory_bytes : CORRELATOR_DEFAULT_BYTES;
    size_t share = bytes / c->plan.lanes;
    const struct pool_opts pool = {.lanes = c->plan.lanes,
                                   .lane_items = LANE_ITEMS,
                                   .lane_bytes =
                                       share > LANE_MIN_BYTES ? share : LANE_MIN_BYTES};
    c->tell.pool = pool_open(&pool);
    c->seen = ages_open(SEEN_MAX, c->seed);
    c->watch = (struct watch){
        .plan = &c->plan, .tell = &c->tell, .context = c, .give = give, .seed = c->seed};
    watch_open(&c->watch);
    c->watermark_us = INT64_MIN;
}

static void close_state(struct correlator *c)
{
    c->counts.evicted_groups += watch_evicted(&c->watch);
    c->counts.evicted_events += pool_evicted(c->tell.pool);
    c->counts.lost += c->watch.lost;
    watch_close(&c->watch);
    ages_close(c->seen);
    pool_close(c->tell.pool);
}

struct correlator *correlator_open(const struct correlator_opts *opts)
{
    struct correlator *c = heap_zalloc(1, sizeof(*c));
    c->opts = *opts;
    c->plan = plan_open(&c->opts);
    c->arena = arena_open(SCRATCH_BYTES);
    c->tell = (struct tell){.opts = &c->opts,
                            .rule_lanes = c->plan.rule_lanes,
                            .first_alert_lane = c->plan.first_alert_lane,
                            .arena = c->arena};
    c->seed = hash_random_seed();
    open_state(c);
    return c;
}

void correlator_close(struct correlator *c)
{
    if (c != NULL) {
        close_state(c);
        plan_close(&c->plan);
        arena_close(c->arena);
        heap_free(c);
    }
}

void correlator_reset(struct correlator *c)
{
    close_state(c);
    open_state(c);
}

int64_t correlator_longest_us(const struct correlator *c)
{
    return c->plan.longest_us;
}

struct correlator_counts correlator_counts(const struct correlator *c)
{
    struct correlator_counts counts = c->counts;
    counts.evicted_events += pool_evicted(c->tell.pool);
    counts.evicted_groups += watch_evicted(&c->watch);
    counts.lost += c->watch.lost;
    return counts;
}

/* The time that windows go by: a line must not move the clock ahead. */
static int64_t time_of(const struct correlator_input *in)
{
    struct walltime t = in->finding->time, received = in->received;
    if (!fact_has_time(received)) {
        return t.us;
    }
    bool ahead = t.us > received.us + CORRELATOR_AHEAD_S * us_per_s;
    return walltime_known(t) && !ahead ? t.us : received.us;
}

static bool lacks_source(const struct evidence_event *e, uint32_t source)
{
    for (uint32_t i = 0; i < e->source_count; i++) {
        if (e->sources[i] == source) {
            return false;
        }
    }
    return true;
}

static bool is_near(int64_t a, int64_t b)
{
    if (a == WALLTIME_NONE || b == WALLTIME_NONE) {
        return a == b;
    }
    return a - b <= slack_us && b - a <= slack_us;
}

/* The oldest event that says the same at about the same time, and that this source has not said
 * yet: it is the same event. */
static struct evidence_event *find_twin(const struct correlator *c, uint64_t newest,
                                        const struct correlator_input *in, uint64_t *out_item)
{
    const struct finding *f = in->finding;
    struct evidence_event *found = NULL;
    uint64_t item = newest;
    for (int looked = 0; looked < TWINS_LOOKED; looked++) {
        struct evidence_event *e = pool_get(c->tell.pool, c->plan.rule_lanes[f->rule], item);
        if (e == NULL || e->rule != f->rule ||
            memcmp(e->identity, f->identity, sizeof(e->identity)) != 0) {
            break;
        }
        if (is_near(e->time_us, time_of(in)) && lacks_source(e, in->source_id)) {
            found = e;
            *out_item = item;
        }
        item = e->previous;
    }
    return found;
}

static bool rests_on(const struct evidence_alert *a, const struct evidence_event *e,
                     uint64_t item)
{
    if (e->time_us < a->first_us || e->time_us > a->last_us) {
        return false;
    }
    for (uint32_t i = 0; i < a->leaf_count; i++) {
        if (a->leaves[i].rule == e->rule && a->leaves[i].item == item) {
            return true;
        }
    }
    return false;
}

/* Findings of a correlation that rest on the event deserve more trust now. */
static void raise_alerts(struct correlator *c, const struct evidence_event *e, uint64_t item,
                         uint32_t correlation)
{
    uint32_t lane = plan_alert_lane(&c->plan, correlation);
    uint64_t first;
    uint64_t end = pool_span(c->tell.pool, lane, &first);
    uint64_t from = end - first > ALERTS_LOOKED ? end - ALERTS_LOOKED : first;
    for (uint64_t n = from; n < end; n++) {
        struct evidence_alert *a = pool_get(c->tell.pool, lane, n);
        struct finding_fact f;
        if (!rests_on(a, e, item) || !tell_again(&c->tell, a, &f)) {
            continue;
        }
        a->told = f.trust;
        if (!c->opts.correlations[correlation].silent) {
            c->counts.raised++;
            give(c, &f);
        }
    }
}

static bool is_told(const struct correlator *c, uint32_t rule)
{
    return !c->opts.correlations_only && !c->opts.rules[rule].silent;
}

static void tell_rule(struct correlator *c, const struct evidence_event *e)
{
    struct finding_fact f;
    if (rc_failed(tell_event(&c->tell, e, &f))) {
        c->counts.lost++;
        return;
    }
    give(c, &f);
}

static void add_twin(struct correlator *c, struct evidence_event *e, uint64_t item,
                     const struct correlator_input *in)
{
    c->counts.twins++;
    if (!evidence_event_twin(e, in, (uint32_t)c->opts.rule_count, c->arena)) {
        return;
    }
    if (is_told(c, e->rule)) {
        c->counts.raised++;
        tell_rule(c, e);
    }
    for (size_t i = 0; i < c->opts.count; i++) {
        raise_alerts(c, e, item, (uint32_t)i);
    }
}

static void add_new(struct correlator *c, const struct correlator_input *in,
                    struct ages_value *seen)
{
    const struct finding *f = in->finding;
    size_t bytes;
    struct evidence_event *e = evidence_event_make(in, &bytes);
    const int64_t time_us = time_of(in);
    const uint64_t ordinal = seen->count;
    e->time_us = time_us;
    e->ordinal = ordinal;
    e->previous = ordinal == 0 ? (uint64_t)EVIDENCE_NO_EVENT : seen->last;
    uint64_t item = pool_add(c->tell.pool, c->plan.rule_lanes[f->rule], e, bytes, time_us);
    seen->count++;
    seen->last = item;
    if (is_told(c, f->rule)) {
        tell_rule(c, e);
    }
    if (time_us == WALLTIME_NONE) {
        c->counts.timeless++;
        return;
    }
    const struct watch_news n = {.of = {false, f->rule},
                                 .entry = {.time_us = time_us,
                                           .arrival = c->watch.arrival,
                                           .item = item,
                                           .record = evidence_record(f->identity) ^ ordinal,
                                           .count = 1},
                                 .fields = f->keys,
                                 .field_count = f->key_count};
    watch_event(&c->watch, &n);
}

void correlator_add(struct correlator *c, const struct correlator_input *in)
{
    const struct finding *f = in->finding;
    check(f->rule < c->opts.rule_count);
    if (!c->opts.rules[f->rule].correlated && !is_told(c, f->rule)) {
        return;
    }
    arena_reset(c->arena);
    c->counts.events++;
    c->watch.arrival++;
    uint8_t key[AGES_KEY_BYTES];
    memcpy(key, f->identity, AGES_KEY_BYTES - sizeof(f->rule));
    memcpy(key + AGES_KEY_BYTES - sizeof(f->rule), &f->rule, sizeof(f->rule));
    struct ages_value *seen = ages_at(c->seen, key);
    uint64_t item = 0;
    struct evidence_event *twin = seen->count == 0 ? NULL : find_twin(c, seen->last, in, &item);
    if (twin != NULL) {
        add_twin(c, twin, item, in);
    } else {
        add_new(c, in, seen);
    }
}

void correlator_advance(struct correlator *c, int64_t watermark_us)
{
    /* A second is finer than any timespan; callers need not think about how often. */
    bool soon = c->watermark_us != INT64_MIN && watermark_us != INT64_MAX &&
                watermark_us < c->watermark_us + us_per_s;
    if (soon || watermark_us == INT64_MIN) {
        return;
    }
    c->watermark_us = watermark_us;
    arena_reset(c->arena);
    watch_advance(&c->watch, watermark_us);
    for (uint32_t i = 0; watermark_us != INT64_MAX && i < c->plan.lanes; i++) {
        pool_expire(c->tell.pool, i, watermark_us - c->plan.keep_us[i]);
    }
}
