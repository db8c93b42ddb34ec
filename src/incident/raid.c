/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/raid.h"

#include "base/hash.h"
#include "base/heap.h"
#include "incident/signal.h"

#include <math.h>

enum { HOURS_PER_DAY = 24, PROBES_MAX = 16 };
static const int64_t hour_us = INT64_C(3600) * 1000000;
static const int64_t day_us = INT64_C(86400) * 1000000;
/* A fifth more or less than the day before is no trend. */
static const uint64_t trend_percent = 20;

struct raids *raid_open(void)
{
    struct raids *r = heap_zalloc(1, sizeof(*r));
    r->seed = hash_random_seed();
    for (size_t i = 0; i < RAID_CLASS_COUNT; i++) {
        r->classes[i].sources = heap_zalloc(RAID_MAX_SOURCES, sizeof(struct raid_source));
    }
    return r;
}

void raid_close(struct raids *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < RAID_CLASS_COUNT; i++) {
        heap_free(r->classes[i].sources);
    }
    heap_free(r);
}

static double decayed(const struct raid_gauge *g, int64_t now_us)
{
    double days = now_us > g->gauge_us ? (double)(now_us - g->gauge_us) / (double)day_us : 0;
    return g->gauge * exp2(-days);
}

/* Hours that passed without a word are zero. */
static void turn(struct raid_gauge *g, int64_t hour)
{
    if (hour - g->hour >= RAID_HOURS) {
        memset(g->hours, 0, sizeof(g->hours));
    } else {
        for (int64_t h = g->hour + 1; h <= hour; h++) {
            g->hours[h % RAID_HOURS] = 0;
        }
    }
    g->hour = hour > g->hour ? hour : g->hour;
}

/* An address has a few places; the one that was quiet longest gives way. */
static void add_source(struct raid_gauge *g, uint64_t address, int64_t now_us)
{
    struct raid_source *oldest = NULL;
    for (uint64_t i = 0; i < PROBES_MAX; i++) {
        struct raid_source *s = &g->sources[(address + i) % RAID_MAX_SOURCES];
        if (s->address == address) {
            s->last_us = now_us > s->last_us ? now_us : s->last_us;
            return;
        }
        if (oldest == NULL || s->last_us < oldest->last_us) {
            oldest = s;
        }
    }
    *oldest = (struct raid_source){address, now_us};
}

static void add(struct raids *r, enum raid_class c, const struct finding_fact *f)
{
    /* when it came in: the time in a log can be anything, and the gauge never goes back */
    struct walltime t = walltime_known(f->received) ? f->received : f->last;
    if (!walltime_known(t) || t.us <= 0) {
        return;
    }
    struct raid_gauge *g = &r->classes[c];
    uint64_t attempts = f->event_count > 0 ? f->event_count : 1;
    g->gauge = decayed(g, t.us) + (double)attempts;
    g->gauge_us = t.us > g->gauge_us ? t.us : g->gauge_us;
    int64_t hour = t.us / hour_us;
    turn(g, hour);
    if (g->hour - hour < RAID_HOURS) {
        g->hours[hour % RAID_HOURS] += attempts;
    }
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        if (e->kind == ENTITY_ADDRESS && !str_eq(e->role, STR("destination"))) {
            add_source(g, hash_64(bytes_of(e->value), r->seed), t.us);
        }
    }
}

void raid_add(struct raids *r, const struct finding_fact *f)
{
    enum raid_class c = signal_raid_of(f);
    if (c != RAID_NONE) {
        add(r, c, f);
    }
}

static uint64_t attempts_between(const struct raid_gauge *g, int64_t from_hour, int64_t to_hour)
{
    uint64_t n = 0;
    for (int64_t h = from_hour; h < to_hour; h++) {
        if (h >= 0 && h <= g->hour && g->hour - h < RAID_HOURS) {
            n += g->hours[h % RAID_HOURS];
        }
    }
    return n;
}

uint64_t raid_day(const struct raids *r, enum raid_class c, struct walltime now)
{
    int64_t next = now.us / hour_us + 1;
    return walltime_known(now) && now.us > 0
               ? attempts_between(&r->classes[c], next - HOURS_PER_DAY, next)
               : 0;
}

struct raid_state raid_at(const struct raids *r, enum raid_class c, struct walltime now)
{
    const struct raid_gauge *g = &r->classes[c];
    struct raid_state s = {0};
    if (!walltime_known(now) || now.us <= 0) {
        return s;
    }
    int64_t next = now.us / hour_us + 1;
    s.gauge = (uint64_t)(decayed(g, now.us) + 0.5);
    s.day = attempts_between(g, next - HOURS_PER_DAY, next);
    s.day_before = attempts_between(g, next - RAID_HOURS, next - HOURS_PER_DAY);
    for (size_t i = 0; i < RAID_MAX_SOURCES; i++) {
        s.sources += g->sources[i].address != 0 && now.us - g->sources[i].last_us < day_us;
    }
    if (s.day * 100 > s.day_before * (100 + trend_percent)) {
        s.trend = RAID_RISING;
    } else if (s.day * (100 + trend_percent) < s.day_before * 100) {
        s.trend = RAID_FALLING;
    }
    return s;
}

struct str raid_trend_name(enum raid_trend t)
{
    static const struct str names[] = {
        [RAID_STEADY] = STR_INIT("steady"),
        [RAID_RISING] = STR_INIT("rising"),
        [RAID_FALLING] = STR_INIT("falling"),
    };
    check(t < COUNT_OF(names));
    return names[t];
}
