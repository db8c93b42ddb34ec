/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/account_journal.h"

#define ENDING ".suspended"

static const struct str phases[] = {
    [ACCOUNT_INTENDED] = STR_INIT("intended"),
    [ACCOUNT_APPLIED] = STR_INIT("applied"),
    [ACCOUNT_RELEASED] = STR_INIT("released"),
};

void account_journal_file(struct buf *out, struct str account)
{
    buf_put(out, account);
    buf_puts(out, ENDING);
}

bool account_journal_account(struct str file, struct str *out)
{
    struct str name = str_upto(file, file.n - (file.n < STR(ENDING).n ? 0 : STR(ENDING).n));
    if (!str_ends(file, STR(ENDING)) || !action_account_ok(name)) {
        return false;
    }
    *out = name;
    return true;
}

void account_journal_encode(struct buf *out, const struct account_journal *j)
{
    buf_puts(out, "tocsin suspension 1\naccount ");
    buf_put(out, j->account);
    buf_puts(out, "\nuid ");
    buf_u64(out, j->uid);
    buf_puts(out, "\naction ");
    buf_hex(out, (struct bytes){j->action, sizeof(j->action)});
    buf_puts(out, "\nsince_us ");
    buf_u64(out, (uint64_t)j->since.us);
    buf_puts(out, "\nuntil_us ");
    buf_u64(out, (uint64_t)j->until.us);
    buf_puts(out, "\nphase ");
    buf_put(out, phases[j->phase]);
    buf_puts(out, "\npassword ");
    buf_put(out, j->before.password);
    buf_puts(out, "\nexpire ");
    buf_put(out, j->before.expire);
    buf_puts(out, "\nend\n");
}

struct reader {
    struct str left;
    uint32_t line; /* number of the last one read */
    bool fault;
};

/* The rest of the next line, which must begin so. */
static struct str take(struct reader *r, struct str start)
{
    size_t end = str_find_char(r->left, '\n');
    struct str line = str_upto(r->left, end);
    if (r->fault || end == SIZE_MAX || !str_starts(line, start)) {
        r->line += r->fault ? 0 : 1;
        r->fault = true;
        return (struct str){0};
    }
    r->line++;
    r->left = str_from(r->left, end + 1);
    return str_from(line, start.n);
}

static uint64_t take_number(struct reader *r, struct str start, uint64_t most)
{
    uint64_t v = 0;
    struct str s = take(r, start);
    r->fault |= !str_to_u64(s, &v) || v > most;
    return v;
}

/* A field of shadow: no colon, which would begin another one; no newline by nature. */
static struct str take_field(struct reader *r, struct str start)
{
    struct str s = take(r, start);
    r->fault |= str_find_char(s, ':') != SIZE_MAX;
    return s;
}

static void take_id(struct reader *r, uint8_t out[static ACTION_ID_BYTES])
{
    struct str s = take(r, STR("action "));
    r->fault |= s.n != 2 * (size_t)ACTION_ID_BYTES;
    for (size_t i = 0; !r->fault && i < ACTION_ID_BYTES; i++) {
        int high = str_hex_digit(s.p[2 * i]);
        int low = str_hex_digit(s.p[2 * i + 1]);
        r->fault = high < 0 || low < 0;
        out[i] = r->fault ? 0 : (uint8_t)(high << 4 | low);
    }
}

static enum account_phase take_phase(struct reader *r)
{
    struct str s = take(r, STR("phase "));
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        if (str_eq(s, phases[i])) {
            return (enum account_phase)i;
        }
    }
    r->fault = true;
    return ACCOUNT_INTENDED;
}

struct rc account_journal_decode(struct str text, struct account_journal *out)
{
    struct reader r = {.left = text};
    struct account_journal j = {0};
    r.fault |= take(&r, STR("tocsin suspension 1")).n != 0;
    j.account = take(&r, STR("account "));
    r.fault |= !action_account_ok(j.account);
    j.uid = (uint32_t)take_number(&r, STR("uid "), UINT32_MAX - 1);
    r.fault |= j.uid < ACCOUNT_FIRST_UID || j.uid == ACCOUNT_NOBODY_UID;
    take_id(&r, j.action);
    j.since.us = (int64_t)take_number(&r, STR("since_us "), INT64_MAX);
    j.until.us = (int64_t)take_number(&r, STR("until_us "), INT64_MAX);
    j.phase = take_phase(&r);
    j.before.password = take_field(&r, STR("password "));
    j.before.expire = take_field(&r, STR("expire "));
    r.fault |= take(&r, STR("end")).n != 0;
    if (r.fault) {
        return rc_at(ERR_MALFORMED, r.line);
    }
    if (r.left.n != 0) {
        return rc_at(ERR_TRAILING, r.line);
    }
    *out = j;
    return RC_OK;
}
