/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-inform - the role that writes notices.
 *
 * Job: keeps the newest version of each incident, and drafts a notice of one when a person asks
 * for it on the console. A draft is given out once the ledger has its digest, and only if the
 * lint refuses nothing. Nothing is sent to anyone: people read, correct and release.
 * Input trust: facts through the ledger, whose text attackers wrote into logs; requests of
 * whoever may connect to the socket. Names of audiences and incidents in them are compared and
 * never used as a path or a format.
 * Powers: none but to accept on its socket.
 * If it dies: it starts with nothing, reads the incidents again; whoever waited asks again.
 */
#include "base/file.h"
#include "base/heap.h"
#include "guard/station.h"
#include "inform/desk.h"

enum {
    BATCH_CAP_BYTES = 48 << 20, /* an incident, two notices, the lint's tables */
    CREDIT_EVERY = 16,
    PIECE_BYTES = 60000,
    MAX_WAITING = 8, /* drafts that the ledger has not confirmed yet */
    MAX_SETTING_BYTES = 200,
    DEFAULT_NEXT_UPDATE_H = 24,
    MAX_NEXT_UPDATE_H = 8760,
};

/* A draft whose fact is on its way. */
struct waiting {
    bool used;
    uint64_t connection;
    struct desk_answer answer;
};

struct role_state {
    struct station *s;
    struct shelf *shelf;
    struct arena *batch;
    struct buf institution[PHRASE_LANGUAGE_COUNT];
    struct buf contact;
    uint32_t next_update_h;
    struct waiting waiting[MAX_WAITING];
    bool ledger, caught_up;
    uint64_t next, credited;
};

static void set_text(struct buf *b, struct str value)
{
    buf_clear(b);
    buf_put(b, str_upto(value, MAX_SETTING_BYTES));
}

static void on_option(void *context, struct str name, struct str value)
{
    struct role_state *r = context;
    uint64_t hours = 0;
    if (str_eq(name, STR("inform.institution_en"))) {
        set_text(&r->institution[PHRASE_EN], value);
    } else if (str_eq(name, STR("inform.institution_fr"))) {
        set_text(&r->institution[PHRASE_FR], value);
    } else if (str_eq(name, STR("inform.contact"))) {
        set_text(&r->contact, value);
    } else if (str_eq(name, STR("inform.next_update_h")) && str_to_u64(value, &hours) &&
               hours >= 1 && hours <= MAX_NEXT_UPDATE_H) {
        r->next_update_h = (uint32_t)hours;
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("listen"))) {
        station_listen(r->s, fd); /* which owns it from here on */
        return;
    }
    file_auto_close(&fd);
}

static void answer(struct role_state *r, uint64_t connection, const struct desk_answer *a)
{
    struct str left = buf_str(&a->document);
    do {
        struct str piece = str_upto(left, PIECE_BYTES);
        left = str_from(left, piece.n);
        struct wire_message m = {.type = WIRE_ANSWER,
                                 .answer = {.status = (uint8_t)a->status,
                                            .last = left.n == 0,
                                            .piece = bytes_of(piece)}};
        if (!station_answer(r->s, connection, &m)) {
            return; /* that person left */
        }
    } while (left.n != 0);
}

static void say(struct role_state *r, uint64_t connection, const char *text)
{
    struct desk_answer a = {.status = DESK_WRONG};
    buf_puts(&a.document, text);
    answer(r, connection, &a);
    desk_answer_free(&a);
}

static void store(struct role_state *r, const struct desk_answer *a)
{
    struct wire_message m = {
        .type = WIRE_STORE_FACT,
        .store_fact = {.kind = FACT_NOTICE, .sync = 1, .json = buf_str(&a->fact)}};
    memcpy(m.store_fact.key, a->key, FACT_KEY_BYTES);
    (void)station_send(r->s, ROLE_LEDGER, &m); /* sent again when the ledger is back */
}

static struct waiting *free_place(struct role_state *r)
{
    for (size_t i = 0; i < MAX_WAITING; i++) {
        if (!r->waiting[i].used) {
            return &r->waiting[i];
        }
    }
    return NULL;
}

static void on_draft(struct role_state *r, uint64_t connection, const struct wire_draft *q)
{
    struct desk desk = {.shelf = r->shelf,
                        .now = clock_wall(),
                        .institution = {buf_str(&r->institution[PHRASE_EN]),
                                        buf_str(&r->institution[PHRASE_FR])},
                        .contact = buf_str(&r->contact),
                        .next_update_h = r->next_update_h};
    struct waiting *w = free_place(r);
    if (w == NULL || !r->ledger || !r->caught_up) {
        say(r, connection,
            r->ledger ? "incidents are still being read, or other drafts are under way: ask "
                        "again in a moment\n"
                      : "the ledger is away, and no draft is given out that it has not "
                        "recorded: ask again in a moment\n");
        return;
    }
    arena_reset(r->batch);
    w->answer = (struct desk_answer){0};
    desk_draft(&desk, q, r->batch, &w->answer);
    if (w->answer.status == DESK_WRONG) {
        answer(r, connection, &w->answer);
        desk_answer_free(&w->answer);
        return;
    }
    w->used = true;
    w->connection = connection;
    store(r, &w->answer);
}

static void on_stored(struct role_state *r, const struct wire_fact_stored *m)
{
    for (size_t i = 0; i < MAX_WAITING; i++) {
        struct waiting *w = &r->waiting[i];
        if (w->used && m->kind == FACT_NOTICE &&
            memcmp(w->answer.key, m->key, FACT_KEY_BYTES) == 0) {
            answer(r, w->connection, &w->answer);
            desk_answer_free(&w->answer);
            w->used = false;
        }
    }
}

static void give_credit(struct role_state *r)
{
    struct wire_message m = {.type = WIRE_FACT_CREDIT, .fact_credit = {.position = r->next}};
    if (r->next != r->credited && station_send(r->s, ROLE_LEDGER, &m)) {
        r->credited = r->next;
    }
}

static void on_fact(struct role_state *r, const struct wire_fact *f)
{
    arena_reset(r->batch);
    struct rc rc =
        f->kind == FACT_INCIDENT ? shelf_put(r->shelf, f->json, f->position, r->batch) : RC_OK;
    if (rc_failed(rc)) {
        /* the ledger only passes on; who wrote it is not here to be accused */
        AUTO_BUF line = {0};
        buf_printf(&line, "inform.incident position=%llu error=\"%s\"",
                   (unsigned long long)f->position, rc_text(rc));
        station_log(r->s, STATION_WARNING, buf_str(&line));
    }
    r->next = f->position + 1;
    if (r->next - r->credited >= CREDIT_EVERY) {
        give_credit(r);
    }
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    if (peer == ROLE_CONSOLE && m->type == WIRE_DRAFT) {
        on_draft(r, connection, &m->draft);
    } else if (peer == ROLE_LEDGER && m->type == WIRE_FACT) {
        on_fact(r, &m->fact);
    } else if (peer == ROLE_LEDGER && m->type == WIRE_FACT_STORED) {
        on_stored(r, &m->fact_stored);
    } else if (peer == ROLE_LEDGER && m->type == WIRE_CAUGHT_UP) {
        r->caught_up = true;
    } else {
        return rc_make(ERR_MALFORMED);
    }
    return RC_OK;
}

/* What the old ledger told and had not yet made durable may be told differently: start over. */
static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    if (peer != ROLE_LEDGER) {
        return;
    }
    shelf_clear(r->shelf);
    r->ledger = true;
    r->caught_up = false;
    r->next = r->credited = 0;
    struct wire_message m = {.type = WIRE_SUBSCRIBE,
                             .subscribe = {.kinds = FACT_BIT(FACT_INCIDENT)}};
    (void)station_send(r->s, ROLE_LEDGER, &m);
    for (size_t i = 0; i < MAX_WAITING; i++) {
        if (r->waiting[i].used) {
            store(r, &r->waiting[i].answer);
        }
    }
}

static void on_lost(void *context, enum role peer)
{
    struct role_state *r = context;
    r->ledger = r->ledger && peer != ROLE_LEDGER;
}

static void on_idle(void *context)
{
    give_credit(context);
}

int main(void)
{
    struct role_state r = {.shelf = shelf_open(),
                           .batch = arena_open(BATCH_CAP_BYTES),
                           .next_update_h = DEFAULT_NEXT_UPDATE_H};
    const struct station_handlers handlers = {.option = on_option,
                                              .file = on_file,
                                              .attached = on_attached,
                                              .lost = on_lost,
                                              .message = on_message,
                                              .idle = on_idle};
    int status = station_main(ROLE_INFORM, &handlers, &r, &r.s);
    for (size_t i = 0; i < MAX_WAITING; i++) {
        desk_answer_free(&r.waiting[i].answer);
    }
    buf_free(&r.institution[PHRASE_EN]);
    buf_free(&r.institution[PHRASE_FR]);
    buf_free(&r.contact);
    shelf_close(r.shelf);
    arena_close(r.batch);
    return status;
}
