/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/order.h"

#include "base/escape.h"
#include "cli/ask.h"
#include "cli/cmd.h"

#include <jansson.h>
#include <unistd.h>

bool order_target(struct str text, enum action_kind kind, struct wire_order *out)
{
    struct ipaddr a = {0};
    bool address = ipaddr_parse(text, &a);
    if (kind == ACTION_KIND_COUNT) {
        kind = address ? ACTION_BLOCK_ADDRESS : ACTION_SUSPEND_ACCOUNT;
    }
    if (address != (kind == ACTION_BLOCK_ADDRESS) || (!address && !action_account_ok(text))) {
        return false;
    }
    out->kind = (uint8_t)kind;
    out->address = a;
    out->account = address ? (struct str){0} : text;
    return true;
}

bool order_lease(struct str text, uint32_t *out_s)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint64_t n;
    if (text.n < 2 || !str_to_u64(str_upto(text, text.n - 1), &n)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (text.p[text.n - 1] == units[i].unit && n > 0 &&
            n <= ACTION_MAX_LEASE_S / units[i].seconds) {
            *out_s = (uint32_t)n * units[i].seconds;
            return true;
        }
    }
    return false;
}

static struct str text_of(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)}
                             : (struct str){"", 0};
}

static void put(struct buf *out, const json_t *o, const char *key)
{
    escape_text(out, text_of(o, key));
}

/* The first line says what was done or why it was not. */
static void put_headline(struct buf *out, const json_t *o, bool well)
{
    bool contain = str_eq(text_of(o, "order"), STR("contain"));
    put(out, o, "target");
    if (!str_eq(text_of(o, "verdict"), STR("allowed"))) {
        buf_puts(out, ": nothing was done: ");
        put(out, o, "detail");
        return;
    }
    buf_puts(out, contain ? ": " : ": released, ");
    put(out, o, "kind");
    buf_puts(out, well ? ", effective" : ", ");
    if (!well) {
        put(out, o, "outcome");
    }
    if (text_of(o, "until").n > 0 && !str_eq(text_of(o, "outcome"), STR("ineffective"))) {
        buf_puts(out, ", until ");
        put(out, o, "until");
    }
    buf_puts(out, "\n  ");
    put(out, o, "detail");
}

static void put_answer(struct buf *out, const json_t *o, bool well)
{
    if (text_of(o, "error").n > 0) {
        put(out, o, "error");
        buf_putc(out, '\n');
        return;
    }
    put_headline(out, o, well);
    buf_puts(out, "\n  action ");
    put(out, o, "action");
    if (str_eq(text_of(o, "verdict"), STR("shadow"))) {
        buf_puts(out, "\n  To have it done: mode = enforce in [contain] of tocsin.conf");
    } else if (text_of(o, "until").n > 0 && well) {
        buf_puts(out, "\n  It ends by itself; sooner with: tocsin release ");
        put(out, o, "target");
    }
    buf_putc(out, '\n');
}

int order_send(const char *run_folder, const struct wire_order *order, bool json,
               struct rc *out_rc)
{
    AUTO_BUF answer = {0};
    AUTO_BUF text = {0};
    uint8_t status = 1;
    json_error_t error;
    const struct wire_message question = {.type = WIRE_ORDER, .order = *order};
    struct rc rc = ask_socket(run_folder, "contain.sock", &question, &answer, &status);
    if (rc_failed(rc)) {
        *out_rc = rc;
        return -1;
    }
    json_t *o = json_loadb(answer.n == 0 ? "" : answer.p, answer.n, 0, &error);
    if (o == NULL) {
        *out_rc = rc_make(ERR_MALFORMED);
        return -1;
    }
    if (json) {
        escape_text(&text, buf_str(&answer));
        buf_putc(&text, '\n');
    } else {
        put_answer(&text, o, status == 0);
    }
    json_decref(o);
    int exit_status = status == 0 ? EXIT_RAN : EXIT_UNREAD;
    if (status != 0 && !json) {
        cmd_print(STDERR_FILENO, &text);
        return exit_status;
    }
    return cmd_output(&text, exit_status);
}
