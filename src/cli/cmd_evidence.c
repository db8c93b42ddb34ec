/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_evidence.h"

#include "base/escape.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "cli/cmd.h"
#include "cli/opts.h"
#include "cli/style.h"
#include "ledger/store_io.h"
#include "ledger/verify_io.h"

#include <unistd.h>

enum option { OPTION_CHECKPOINT, OPTION_VKEY, OPTION_JSON, OPTION_HELP };

static const struct opt table[] = {
    [OPTION_CHECKPOINT] = {0, "checkpoint", "FILE",
                           "a signed checkpoint that you kept: the ledger must continue it"},
    [OPTION_VKEY] = {0, "vkey", "FILE", "the ledger's public key, as you were given it"},
    [OPTION_JSON] = {0, "json", NULL, "print one JSON object"},
    [OPTION_HELP] = {'h', "help", NULL, "this text"},
};

struct request {
    const char *ledger, *checkpoint, *vkey;
    bool json, help;
};

/* drawn: the share of the bytes that stands on the terminal, in percent; above 100: none */
struct checking {
    VEC(struct damage) damages;
    bool terminal;
    unsigned drawn;
};

static void put_help(struct buf *out)
{
    buf_puts(out, "tocsin evidence verify [OPTION]… [LEDGER]\n"
                  "Check a whole ledger: every hash, every number, the signature. LEDGER is a "
                  "folder,\nby default " CMD_EVIDENCE_LEDGER ".\n\n");
    opts_help(table, COUNT_OF(table), out);
    buf_puts(out, "\nExit status: 0 sound; 1 damaged, or not readable; 2 usage.\n");
}

static bool read_request(struct opts *o, struct request *q)
{
    for (;;) {
        int option = opts_next(o);
        if (option == OPTS_END) {
            return true;
        }
        switch (option) {
        case OPTS_PATH:
            if (q->ledger != NULL) {
                buf_puts(&o->error, "one ledger at a time");
                return false;
            }
            q->ledger = o->value;
            break;
        case OPTION_CHECKPOINT:
            q->checkpoint = o->value;
            break;
        case OPTION_VKEY:
            q->vkey = o->value;
            break;
        case OPTION_JSON:
            q->json = true;
            break;
        case OPTION_HELP:
            q->help = true;
            break;
        default:
            return false;
        }
    }
}

struct rc cmd_evidence_key(const char *path, struct note_key *out)
{
    AUTO_ARENA a = arena_open((size_t)64 << 10);
    struct str text;
    TRY(file_load(path, STORE_KEY_FILE_BYTES, a, &text));
    return note_key_parse(str_trim(text), out);
}

static void take_damage(void *context, const struct damage *damage)
{
    struct checking *c = context;
    vec_push(&c->damages, *damage);
}

static void draw(void *context, uint64_t done, uint64_t total)
{
    struct checking *c = context;
    uint64_t percent = total == 0 || done >= total ? 100 : done * 100 / total;
    if (!c->terminal || percent == c->drawn) {
        return;
    }
    AUTO_BUF line = {0};
    c->drawn = (unsigned)percent;
    buf_printf(&line, "\rchecking %u %%", c->drawn);
    cmd_print(STDERR_FILENO, &line);
}

static void clear(const struct checking *c)
{
    AUTO_BUF line = {0};
    buf_puts(&line, "\r\x1b[K");
    if (c->terminal && c->drawn <= 100) {
        cmd_print(STDERR_FILENO, &line);
    }
}

static void put_line(struct buf *out, const char *key, uint64_t v)
{
    buf_printf(out, "%-12s", key);
    style_number(out, v);
    buf_putc(out, '\n');
}

/* The checkpoint is signed when the log is quiet for a moment: what came since waits for it. */
static void put_signed(struct buf *out, const struct verify_report *report)
{
    buf_printf(out, "%-12s", "signed");
    style_number(out, report->signed_batches);
    if (report->batches > report->signed_batches) {
        buf_puts(out, "; ");
        style_number(out, report->batches - report->signed_batches);
        buf_puts(out, " newer, which the next checkpoint will sign");
    } else if (report->batches > 0) {
        buf_puts(out, " (all)");
    }
    buf_putc(out, '\n');
}

static void put_verdict(struct buf *out, const struct request *q,
                        const struct verify_report *report)
{
    if (report->damages > 0) {
        buf_puts(out, "DAMAGED: ");
        style_count(out, report->damages, "fault", "faults");
        buf_putc(out, '\n');
        return;
    }
    buf_puts(out, "sound: nothing that the checkpoint signs was changed, removed or added\n");
    if (q->vkey == NULL) {
        buf_puts(out, "The key is the ledger's own: compare it with the one you were given, or "
                      "use --vkey FILE.\n");
    }
}

static void put_text(struct buf *out, const struct request *q, const struct checking *c,
                     const struct verify_report *report)
{
    buf_printf(out, "%-12s", "ledger");
    escape_text(out, str_of(q->ledger));
    buf_printf(out, "\n%-12s", "key");
    if (report->key.name_n > 0) {
        AUTO_BUF key = {0};
        note_key_put(&report->key, &key);
        escape_text(out, buf_str(&key));
    } else {
        buf_puts(out, "none");
    }
    buf_putc(out, '\n');
    put_line(out, "segments", report->segments);
    put_line(out, "batches", report->batches);
    put_signed(out, report);
    put_line(out, "records", report->records);
    put_line(out, "facts", report->facts);
    if (report->tail_bytes > 0) {
        buf_puts(out,
                 "The end holds an append that is under way or was interrupted; nobody was "
                 "told that it is kept.\n");
    }
    for (size_t i = 0; i < c->damages.n; i++) {
        damage_text(&c->damages.p[i], out);
        buf_putc(out, '\n');
    }
    put_verdict(out, q, report);
}

static void put_damage_json(struct jsonw *w, const struct damage *damage)
{
    AUTO_BUF text = {0};
    damage_text(damage, &text);
    jsonw_object(w);
    jsonw_key_str(w, "kind", damage_name(damage->kind));
    jsonw_key_u64(w, "segment", damage->segment);
    jsonw_key_u64(w, "offset", damage->offset);
    jsonw_key_u64(w, "batch", damage->batch);
    jsonw_key_u64(w, "first", damage->first);
    jsonw_key_u64(w, "count", damage->count);
    jsonw_key_str(w, "text", buf_str(&text));
    jsonw_end_object(w);
}

static void put_json(struct buf *out, const struct request *q, const struct checking *c,
                     const struct verify_report *report)
{
    struct jsonw w = jsonw_to(out);
    AUTO_BUF key = {0};
    if (report->key.name_n > 0) {
        note_key_put(&report->key, &key);
    }
    jsonw_object(&w);
    jsonw_key_str(&w, "ledger", str_of(q->ledger));
    jsonw_key(&w, STR("sound"));
    jsonw_bool(&w, report->damages == 0);
    jsonw_key_str(&w, "key", buf_str(&key));
    jsonw_key(&w, STR("key_given"));
    jsonw_bool(&w, q->vkey != NULL);
    jsonw_key_u64(&w, "segments", report->segments);
    jsonw_key_u64(&w, "batches", report->batches);
    jsonw_key_u64(&w, "signed", report->signed_batches);
    jsonw_key_u64(&w, "records", report->records);
    jsonw_key_u64(&w, "facts", report->facts);
    jsonw_key_u64(&w, "tail_bytes", report->tail_bytes);
    jsonw_key_u64(&w, "faults", report->damages);
    jsonw_key(&w, STR("damages"));
    jsonw_array(&w);
    for (size_t i = 0; i < c->damages.n; i++) {
        put_damage_json(&w, &c->damages.p[i]);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_putc(out, '\n');
}

static int check_ledger(const struct request *q, const struct verify_opts *opts, int folder)
{
    struct checking *c = opts->context;
    struct verify_report report = {0};
    struct rc rc = verify_io_run(folder, opts, &report);
    clear(c);
    if (rc_failed(rc)) {
        cmd_complain("evidence verify", q->ledger, rc);
        return EXIT_UNREAD;
    }
    AUTO_BUF out = {0};
    if (q->json) {
        put_json(&out, q, c, &report);
    } else {
        put_text(&out, q, c, &report);
    }
    return cmd_output(&out, report.damages == 0 ? EXIT_RAN : EXIT_UNREAD);
}

static int verify(const struct request *q)
{
    AUTO_ARENA a = arena_open((size_t)1 << 20);
    AUTO_FD folder = -1;
    struct checking c = {.terminal = isatty(STDERR_FILENO) == 1, .drawn = 101};
    struct verify_opts opts = {.tell = take_damage, .progress = draw, .context = &c};
    struct note_key key;
    struct rc rc;
    if (q->vkey != NULL) {
        rc = cmd_evidence_key(q->vkey, &key);
        if (rc_failed(rc)) {
            cmd_complain("evidence verify", q->vkey, rc);
            return EXIT_UNREAD;
        }
        opts.key = &key;
    }
    if (q->checkpoint != NULL) {
        rc = file_load(q->checkpoint, NOTE_MAX_BYTES, a, &opts.checkpoint);
        if (rc_failed(rc) || opts.checkpoint.n == 0) {
            cmd_complain("evidence verify", q->checkpoint,
                         rc_failed(rc) ? rc : rc_make(ERR_SHORT));
            return EXIT_UNREAD;
        }
    }
    rc = folder_open(q->ledger, &folder);
    if (rc_failed(rc)) {
        cmd_complain("evidence verify", q->ledger, rc);
        return EXIT_UNREAD;
    }
    int status = check_ledger(q, &opts, folder);
    vec_free(&c.damages);
    return status;
}

int cmd_evidence_verify(int argc, char **argv)
{
    struct opts o = {
        .table = table, .count = COUNT_OF(table), .argc = argc - 1, .argv = argv + 1};
    struct request q = {0};
    int status;
    if (!read_request(&o, &q)) {
        status = cmd_usage("evidence verify", buf_str(&o.error));
    } else if (q.help) {
        AUTO_BUF help = {0};
        put_help(&help);
        status = cmd_output(&help, EXIT_RAN);
    } else {
        q.ledger = q.ledger == NULL ? CMD_EVIDENCE_LEDGER : q.ledger;
        status = verify(&q);
    }
    opts_free(&o);
    return status;
}
