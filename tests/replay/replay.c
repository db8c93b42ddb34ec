/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay - plays scenarios (.scn) through all pure stages on a fake clock.
 *
 * usage: replay ROOT-FOLDER FILE.scn…
 *
 * A scenario is lines of a command and its arguments; # begins a comment. In a fed line %T is
 * the time (RFC 3339), %A the stamp of an audit record, %N a number that grows with each line,
 * %X the separator 0x1d of enriched records. clock TIME · rules|playbooks|history|assets PATH ·
 * never ENTRY · source NAME T0…T4 · start enforce | shadow · witness ADDRESS · advance DURATION
 * (90s, 10m, 2h) feed SOURCE LINE · repeat COUNT DURATION SOURCE LINE · release TARGET expect
 * findings RULE COUNT · incidents COUNT · type RSIT · nth NUMBER · raid CLASS ATLEAST verdict
 * TARGET NAME · live TARGET yes|no · effect ASSET KIND STATUS · facts KIND COUNT root HEX ·
 * notice AUDIENCE en|fr FORMAT: it can be drafted, and the lint passes it TARGET is an address,
 * account:NAME, or session:NAME.
 */
#include "chain.h"

#include "base/file.h"
#include "base/heap.h"
#include "incident/signal.h"
#include "inform/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_WORDS = 5, FILE_CAP = 1 << 20 };

struct play {
    struct chain *chain;
    const char *path;
    uint32_t line, failed, expected;
    uint64_t number;
    struct walltime start;
};

static void fail(struct play *p, const char *why, const char *what, struct str got)
{
    p->failed++;
    printf("%s:%u: %s: %s; got %.*s\n", p->path, p->line, what, why, (int)got.n, got.p);
}

/* Up to most words; the last takes the rest of the line. */
static size_t split(struct str line, struct str *out, size_t most)
{
    size_t n = 0;
    line = str_trim(line);
    while (line.n > 0 && n < most) {
        size_t end = n + 1 == most ? line.n : str_find_char(line, ' ');
        out[n++] = str_upto(line, end);
        line = str_trim(str_from(line, end));
    }
    return n;
}

static bool number(struct str s, uint64_t *out)
{
    return str_to_u64(s, out);
}

static bool duration(struct str s, int64_t *out_us)
{
    uint64_t n;
    if (s.n < 2 || !str_to_u64(str_upto(s, s.n - 1), &n)) {
        return false;
    }
    char unit = s.p[s.n - 1];
    int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
    *out_us = (int64_t)n * seconds * 1000000;
    return seconds != 0;
}

static bool target(struct str s, struct action *out)
{
    static const struct {
        struct str prefix;
        enum action_kind kind;
    } kinds[] = {{STR_INIT("account:"), ACTION_SUSPEND_ACCOUNT},
                 {STR_INIT("session:"), ACTION_END_SESSION}};
    *out = (struct action){.kind = ACTION_BLOCK_ADDRESS};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (str_starts(s, kinds[i].prefix)) {
            out->kind = kinds[i].kind;
            out->account = str_from(s, kinds[i].prefix.n);
            return true;
        }
    }
    return ipaddr_parse(s, &out->address);
}

static void fill(struct play *p, struct str pattern, struct buf *out)
{
    struct walltime now = chain_now(p->chain);
    for (size_t i = 0; i < pattern.n; i++) {
        char next = i + 1 < pattern.n ? pattern.p[i + 1] : 0;
        if (pattern.p[i] != '%' || next == 0 || strchr("TANX", next) == NULL) {
            buf_putc(out, pattern.p[i]);
            continue;
        }
        i++;
        if (next == 'T') {
            now.digits = 6;
            walltime_format(out, now);
        } else if (next == 'A') {
            buf_printf(out, "%lld.%03lld", (long long)(now.us / 1000000),
                       (long long)(now.us / 1000 % 1000));
        } else if (next == 'N') {
            buf_u64(out, ++p->number);
        } else {
            buf_putc(out, 0x1d);
        }
    }
}

static bool feed(struct play *p, struct str source, struct str pattern)
{
    AUTO_BUF line = {0};
    fill(p, pattern, &line);
    return chain_feed(p->chain, source, buf_str(&line));
}

static void expect_number(struct play *p, const char *what, uint64_t want, uint64_t got)
{
    AUTO_BUF b = {0};
    buf_u64(&b, got);
    if (want != got) {
        fail(p, "is another number", what, buf_str(&b));
    }
}

static void expect_str(struct play *p, const char *what, struct str want, struct str got)
{
    if (!str_eq(want, got)) {
        fail(p, "is not so", what, got);
    }
}

static bool live(const struct chain *c, const struct action *a)
{
    return lease_holding(chain_leases(c), a) != NULL;
}

static bool has_effect(const struct incident *i, const struct str w[static 3])
{
    for (uint32_t k = 0; k < i->effect_count; k++) {
        const struct effect *e = &i->effects[k];
        if (str_eq(e->asset, w[0]) && str_eq(effect_kind_name(e->kind), w[1]) &&
            str_eq(effect_status_name(e->status), w[2])) {
            return true;
        }
    }
    return false;
}

static bool expect_incident(struct play *p, const struct str *w, size_t n)
{
    struct incident i;
    uint64_t value = 0;
    if (!chain_incident(p->chain, &i)) {
        fail(p, "there is no incident", "expect", STR("none"));
        return true;
    }
    if (str_eq(w[0], STR("type")) && n == 2) {
        expect_str(p, "type", w[1], i.type);
    } else if (str_eq(w[0], STR("nth")) && n == 2 && number(w[1], &value)) {
        expect_number(p, "nth", value, i.recurrence.nth);
    } else if (str_eq(w[0], STR("effect")) && n == 4) {
        if (!has_effect(&i, w + 1)) {
            fail(p, "there is no such effect", "effect", w[1]);
        }
    } else {
        return false;
    }
    return true;
}

static bool expect_target(struct play *p, const struct str *w)
{
    struct action a;
    if (!target(w[1], &a)) {
        return false;
    }
    if (str_eq(w[0], STR("live"))) {
        expect_str(p, "live", w[2], live(p->chain, &a) ? STR("yes") : STR("no"));
        return true;
    }
    enum verdict v = chain_verdict(p->chain, &a);
    expect_str(p, "verdict", w[2], v == VERDICT_COUNT ? STR("none") : verdict_name(v));
    return true;
}

static bool expect_raid(struct play *p, struct str name, struct str least)
{
    uint64_t want;
    for (int k = 0; k < RAID_CLASS_COUNT; k++) {
        if (str_eq(signal_raid_name((enum raid_class)k), name) && number(least, &want)) {
            struct raid_state s = raid_at(docket_raids(chain_docket(p->chain)),
                                          (enum raid_class)k, chain_now(p->chain));
            AUTO_BUF b = {0};
            buf_u64(&b, s.gauge);
            if (s.gauge < want) {
                fail(p, "the gauge is lower", "raid", buf_str(&b));
            }
            return true;
        }
    }
    return false;
}

static bool expect_root(struct play *p, struct str want)
{
    struct merkle_hash root;
    AUTO_BUF hex = {0};
    chain_root(p->chain, &root);
    buf_hex(&hex, (struct bytes){root.b, sizeof(root.b)});
    expect_str(p, "root", want, buf_str(&hex));
    return true;
}

static bool expect_notice(struct play *p, const struct str *w)
{
    AUTO_ARENA batch = arena_open((size_t)48 << 20);
    AUTO_BUF json = {0};
    struct incident i;
    struct desk_answer answer = {0};
    struct desk d = {.shelf = NULL,
                     .now = chain_now(p->chain),
                     .institution = {STR("The Court of Example"), STR("La Cour d’Exemple")},
                     .contact = STR("press@court.example"),
                     .next_update_h = 24};
    struct wire_draft q = {.audience = w[1], .language = w[2], .format = w[3]};
    if (!chain_incident(p->chain, &i)) {
        return false;
    }
    struct shelf *shelf = shelf_open();
    incident_encode(&json, &i, d.now);
    d.shelf = shelf;
    q.incident = i.name;
    bool put = !rc_failed(shelf_put(shelf, buf_str(&json), 1, batch));
    desk_draft(&d, &q, batch, &answer);
    if (!put || answer.status != DESK_WELL) {
        fail(p, "it is refused", "notice", buf_str(&answer.document));
    } else if (getenv("TOCSIN_SHOW") != NULL) {
        printf("%.*s", (int)answer.document.n, answer.document.p);
    }
    desk_answer_free(&answer);
    shelf_close(shelf);
    return true;
}

static bool expect(struct play *p, struct str rest)
{
    struct str w[MAX_WORDS];
    size_t n = split(rest, w, MAX_WORDS);
    uint64_t value;
    enum fact_kind kind;
    p->expected++;
    if (n == 3 && str_eq(w[0], STR("findings")) && number(w[2], &value)) {
        expect_number(p, "findings", value, chain_findings(p->chain, w[1]));
        return true;
    }
    if (n == 2 && str_eq(w[0], STR("incidents")) && number(w[1], &value)) {
        expect_number(p, "incidents", value, docket_count(chain_docket(p->chain)));
        return true;
    }
    if (n == 3 && str_eq(w[0], STR("facts")) && fact_parse_name(w[1], &kind) &&
        number(w[2], &value)) {
        expect_number(p, "facts", value, chain_facts(p->chain, kind));
        return true;
    }
    if (n == 3 && (str_eq(w[0], STR("verdict")) || str_eq(w[0], STR("live")))) {
        return expect_target(p, w);
    }
    if (n == 3 && str_eq(w[0], STR("raid"))) {
        return expect_raid(p, w[1], w[2]);
    }
    if (n == 2 && str_eq(w[0], STR("root"))) {
        return expect_root(p, w[1]);
    }
    if (n == 4 && str_eq(w[0], STR("notice"))) {
        return expect_notice(p, w);
    }
    return n > 0 && expect_incident(p, w, n);
}

static bool repeat(struct play *p, struct str rest)
{
    struct str w[4];
    uint64_t count;
    int64_t us;
    if (split(rest, w, 4) != 4 || !number(w[0], &count) || !duration(w[1], &us)) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!feed(p, w[2], w[3])) {
            return false;
        }
        chain_advance(p->chain, us);
    }
    return true;
}

static bool load(struct play *p, struct str what, struct str path)
{
    char name[4096];
    snprintf(name, sizeof(name), "%.*s", (int)path.n, path.p);
    return str_eq(what, STR("rules"))       ? chain_rules(p->chain, name)
           : str_eq(what, STR("playbooks")) ? chain_playbooks(p->chain, name)
           : str_eq(what, STR("history"))   ? chain_history(p->chain, name)
                                            : chain_assets(p->chain, name);
}

static bool act(struct play *p, struct str word, struct str rest)
{
    struct str w[2];
    struct action a;
    int64_t us;
    enum trust trust;
    if (str_eq(word, STR("start")) && rest.n == 0) {
        chain_start(p->chain);
    } else if (str_eq(word, STR("enforce")) || str_eq(word, STR("shadow"))) {
        chain_enforce(p->chain, str_eq(word, STR("enforce")));
    } else if (str_eq(word, STR("never"))) {
        return chain_never(p->chain, rest);
    } else if (str_eq(word, STR("source"))) {
        return split(rest, w, 2) == 2 && trust_parse(w[1], &trust) &&
               chain_source(p->chain, w[0], trust);
    } else if (str_eq(word, STR("witness"))) {
        if (!target(rest, &a)) {
            return false;
        }
        chain_witness(p->chain, &a.address);
    } else if (str_eq(word, STR("advance"))) {
        if (!duration(rest, &us)) {
            return false;
        }
        chain_advance(p->chain, us);
    } else if (str_eq(word, STR("release"))) {
        return target(rest, &a) && chain_release(p->chain, &a);
    } else if (str_eq(word, STR("feed"))) {
        return split(rest, w, 2) == 2 && feed(p, w[0], w[1]);
    } else if (str_eq(word, STR("repeat"))) {
        return repeat(p, rest);
    } else if (str_eq(word, STR("expect"))) {
        return expect(p, rest);
    } else {
        return load(p, word, rest);
    }
    return true;
}

static bool command(struct play *p, struct str line)
{
    struct str w[2];
    size_t n = split(line, w, 2);
    struct str rest = n == 2 ? w[1] : STR("");
    if (n == 0 || w[0].p[0] == '#') {
        return true;
    }
    if (str_eq(w[0], STR("clock"))) {
        struct walltime t;
        if (p->chain != NULL || !walltime_parse(rest, &t)) {
            return false;
        }
        p->chain = chain_open(t);
        return true;
    }
    return p->chain != NULL && act(p, w[0], rest);
}

/* Once through; the root over all records and facts. */
static bool play_once(const char *path, struct merkle_hash *out_root)
{
    AUTO_ARENA a = arena_open((size_t)FILE_CAP * 2);
    struct play p = {.path = path};
    struct str text;
    if (rc_failed(file_load(path, FILE_CAP, a, &text))) {
        printf("%s: cannot be read\n", path);
        return false;
    }
    while (text.n > 0) {
        size_t end = str_find_char(text, '\n');
        p.line++;
        if (!command(&p, str_upto(text, end))) {
            printf("%s:%u: this command is none, or failed\n", path, p.line);
            p.failed++;
            break;
        }
        text = str_from(text, end == SIZE_MAX ? text.n : end + 1);
    }
    bool good = p.failed == 0 && p.expected > 0 && p.chain != NULL;
    printf("%s %s: %u expectations\n", good ? "ok" : "FAILED", path, p.expected);
    if (p.chain != NULL) {
        chain_root(p.chain, out_root);
        chain_close(p.chain);
    }
    return good;
}

/* Twice: the same input gives the same facts, byte for byte. */
static bool play(const char *path)
{
    struct merkle_hash first, second;
    if (!play_once(path, &first) || !play_once(path, &second)) {
        return false;
    }
    if (!merkle_equal(&first, &second)) {
        printf("FAILED %s: the second time gave other facts than the first\n", path);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    bool good = argc > 2 && chdir(argv[1]) == 0;
    for (int i = 2; i < argc && good; i++) {
        good = play(argv[i]);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
