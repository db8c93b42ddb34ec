/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-query - the role that answers what people ask.
 *
 * Job: folds facts into a board and answers `tocsin status`, `incident`, `actions` from it.
 * Input trust: facts through the ledger, whose text attackers wrote; questions from whoever may
 * open the socket.
 * Powers: accepts on the query socket. It writes no fact and asks nobody for anything.
 * If it dies: people wait until it has read the facts again. Nothing else notices.
 */
#include "guard/station.h"
#include "incident/raid.h"
#include "incident/signal.h"
#include "query/answer.h"

enum {
    SCRATCH_CAP_BYTES = 4 << 20,
    PIECE_BYTES = 60000, /* with its head it fits a frame */
    CREDIT_EVERY = 16,
};

struct role_state {
    struct station *s;
    struct board *board;
    struct raids *raids;
    struct arena *scratch;
    uint64_t credited;
    int listen;
    bool caught_up;
};

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("listen"))) {
        r->listen = fd;
    }
}

static struct rc on_prepare(void *context)
{
    struct role_state *r = context;
    if (r->listen >= 0) {
        station_listen(r->s, r->listen);
    }
    return RC_OK;
}

static void reset(struct role_state *r)
{
    board_close(r->board);
    raid_close(r->raids);
    r->board = board_open();
    r->raids = raid_open();
    r->credited = 0;
    r->caught_up = false;
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    struct wire_message m = {.type = WIRE_SUBSCRIBE,
                             .subscribe = {.kinds = FACT_BIT(FACT_KIND_COUNT) - 1}};
    if (peer == ROLE_LEDGER) {
        reset(r);
        (void)station_send(r->s, ROLE_LEDGER, &m);
    }
}

static void give_credit(struct role_state *r)
{
    struct wire_message m = {.type = WIRE_FACT_CREDIT,
                             .fact_credit = {.position = r->board->next}};
    if (r->board->next != r->credited && station_send(r->s, ROLE_LEDGER, &m)) {
        r->credited = r->board->next;
    }
}

static void on_fact(struct role_state *r, const struct wire_fact *f)
{
    enum fact_kind kind = f->kind < FACT_KIND_COUNT ? (enum fact_kind)f->kind : FACT_KIND_COUNT;
    struct rc rc = board_fact(r->board, kind, f->position, f->json, r->scratch);
    struct finding_fact finding;
    if (!rc_failed(rc) && kind == FACT_FINDING) {
        rc = finding_fact_decode(f->json, r->scratch, &finding);
        if (!rc_failed(rc)) {
            raid_add(r->raids, &finding);
        }
    }
    if (rc_failed(rc)) {
        AUTO_BUF line = {0};
        buf_printf(&line, "query.fact position=%llu text=\"%s\"",
                   (unsigned long long)f->position, rc_text(rc));
        station_log(r->s, STATION_WARNING, buf_str(&line));
    }
    if (r->board->next - r->credited >= CREDIT_EVERY) {
        give_credit(r);
    }
}

static size_t list_raids(const struct role_state *r, struct walltime now,
                         struct answer_raid out[static RAID_CLASS_COUNT])
{
    size_t count = 0;
    for (int c = RAID_NONE + 1; c < RAID_CLASS_COUNT; c++) {
        struct raid_state s = raid_at(r->raids, (enum raid_class)c, now);
        if (s.gauge == 0 && s.day == 0 && s.day_before == 0) {
            continue;
        }
        out[count++] = (struct answer_raid){.class = signal_raid_name((enum raid_class)c),
                                            .trend = raid_trend_name(s.trend),
                                            .gauge = s.gauge,
                                            .day = s.day,
                                            .day_before = s.day_before,
                                            .sources = s.sources};
    }
    return count;
}

static void on_ask(struct role_state *r, uint64_t connection, const struct wire_ask *ask)
{
    struct answer_raid raids[RAID_CLASS_COUNT];
    struct answer_question q = {.what = ask->what,
                                .argument = ask->argument,
                                .now = clock_wall(),
                                .caught_up = r->caught_up,
                                .raids = raids};
    AUTO_BUF out = {0};
    q.raid_count = list_raids(r, q.now, raids);
    uint8_t status = answer_write(&out, r->board, &q);
    for (size_t at = 0; at < out.n; at += PIECE_BYTES) {
        size_t left = out.n - at;
        struct str piece = {out.p + at, left < PIECE_BYTES ? left : PIECE_BYTES};
        struct wire_message m = {.type = WIRE_ANSWER,
                                 .answer = {.status = status,
                                            .last = left <= PIECE_BYTES,
                                            .piece = bytes_of(piece)}};
        if (!station_answer(r->s, connection, &m)) {
            return; /* who asked has left */
        }
    }
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    if (peer == ROLE_CONSOLE && m->type == WIRE_ASK) {
        on_ask(r, connection, &m->ask);
    } else if (m->type == WIRE_FACT) {
        on_fact(r, &m->fact);
    } else if (m->type == WIRE_CAUGHT_UP) {
        r->caught_up = true;
    } else {
        return rc_make(ERR_MALFORMED);
    }
    return RC_OK;
}

static void on_idle(void *context)
{
    give_credit(context);
}

int main(void)
{
    struct role_state r = {.listen = -1, .scratch = arena_open(SCRATCH_CAP_BYTES)};
    const struct station_handlers handlers = {.file = on_file,
                                              .prepare = on_prepare,
                                              .attached = on_attached,
                                              .message = on_message,
                                              .idle = on_idle};
    reset(&r);
    int status = station_main(ROLE_QUERY, &handlers, &r, &r.s);
    board_close(r.board);
    raid_close(r.raids);
    arena_close(r.scratch);
    return status;
}
