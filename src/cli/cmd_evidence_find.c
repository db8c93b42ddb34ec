/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd_evidence_find.h"

#include "decode/json.h"

/* The JSON of one fact with its paths. */
enum { FACT_ARENA_BYTES = 64 << 20 };

struct search {
    struct str prefix;   /* of an id, lower case; empty: look for no finding */
    uint64_t wanted;     /* position */
    bool is_position;    /* the word can be one */
    bool position_there; /* and the ledger has it */
    char found_id[CMD_EVIDENCE_FIND_ID];
    uint64_t found;
    size_t ids; /* different ids that begin so */
};

void cmd_evidence_find_why(const struct reader *reader, struct rc rc, struct buf *error)
{
    struct damage damage = reader_io_damage(reader);
    buf_puts(error, "the ledger cannot be read: ");
    if (rc.code == ERR_REJECTED) {
        damage_text(&damage, error);
    } else {
        buf_puts(error, rc_text(rc));
    }
}

static bool is_text(const struct value *v)
{
    return v->type == VALUE_TEXT;
}

static struct str text_of(const struct value *v)
{
    return (struct str){(const char *)v->p, v->n};
}

/* The id of a fact that is a finding; false for any other. Borrows from fact. */
static bool finding_id(struct str fact, struct arena *a, struct str *out)
{
    struct json_pairs pairs = {0};
    bool finding = false, id = false;
    if (str_find(fact, STR("\"finding\"")) == SIZE_MAX ||
        rc_failed(json_flatten(fact, a, &pairs))) {
        return false;
    }
    for (size_t i = 0; i < pairs.n; i++) {
        const struct json_pair *pair = &pairs.p[i];
        if (pair->literal || !is_text(&pair->value)) {
            continue;
        }
        if (str_eq(pair->path, STR("fact"))) {
            finding = str_eq(text_of(&pair->value), STR("finding"));
        } else if (str_eq(pair->path, STR("id"))) {
            *out = text_of(&pair->value);
            id = out->n == CMD_EVIDENCE_FIND_ID;
        }
    }
    return finding && id;
}

static void look_at_fact(struct search *s, const struct reader_entry *entry, struct arena *a)
{
    struct str id;
    if (!finding_id(str_bytes(entry->entry.bytes), a, &id) || !str_starts(id, s->prefix)) {
        return;
    }
    if (s->ids == 0 || memcmp(s->found_id, id.p, id.n) != 0) {
        s->ids++;
        memcpy(s->found_id, id.p, id.n);
        s->found = entry->position;
    }
}

static bool search_all(int folder, struct search *s, struct buf *error)
{
    struct reader *reader = reader_io_open_folder(folder, 0);
    AUTO_ARENA a = arena_open(FACT_ARENA_BYTES);
    struct reader_entry entry;
    struct rc rc;
    bool more = true;
    for (;;) {
        rc = reader_io_next(reader, &entry, &more);
        if (rc_failed(rc) || !more) {
            break;
        }
        s->position_there |= entry.position == s->wanted;
        if (s->prefix.n > 0 && entry.header->kind == BATCH_FACTS) {
            look_at_fact(s, &entry, a);
            arena_reset(a);
        }
    }
    if (rc_failed(rc)) {
        cmd_evidence_find_why(reader, rc, error);
    }
    reader_io_close(reader);
    return !rc_failed(rc);
}

/* Lower-case hexadecimal of an id, in out; empty when the word is none. */
static struct str id_prefix(struct str word, char out[static CMD_EVIDENCE_FIND_ID])
{
    if (word.n < CMD_EVIDENCE_FIND_PREFIX || word.n > CMD_EVIDENCE_FIND_ID) {
        return STR("");
    }
    for (size_t i = 0; i < word.n; i++) {
        if (str_hex_digit(word.p[i]) < 0) {
            return STR("");
        }
        out[i] = str_lower(word.p[i]);
    }
    return (struct str){out, word.n};
}

bool cmd_evidence_find(int folder, struct str word, uint64_t *out_position, struct buf *error)
{
    char digits[CMD_EVIDENCE_FIND_ID];
    struct search s = {.prefix = id_prefix(word, digits), .wanted = UINT64_MAX};
    s.is_position = word.n < CMD_EVIDENCE_FIND_ID && str_to_u64(word, &s.wanted);
    if (s.prefix.n == 0 && !s.is_position) {
        buf_puts(error, "a finding is 6 to 32 hexadecimal digits, a position a number");
        return false;
    }
    if (!search_all(folder, &s, error)) {
        return false;
    }
    if (s.ids + (s.is_position && s.position_there ? 1 : 0) > 1) {
        buf_puts(error,
                 "more than one finding, or a finding and a position, are named so: write "
                 "more digits of the finding's id");
        return false;
    }
    if (s.ids == 0 && !(s.is_position && s.position_there)) {
        buf_puts(error, s.is_position ? "the ledger has no entry at that position"
                                      : "the ledger has no finding whose id begins so");
        return false;
    }
    *out_position = s.ids == 1 ? s.found : s.wanted;
    return true;
}

bool cmd_evidence_find_entry(int folder, uint64_t position, struct buf *out,
                             struct batch_header *out_header, struct buf *error)
{
    struct reader *reader = reader_io_open_folder(folder, position);
    struct reader_entry entry;
    bool more = false;
    struct rc rc = reader_io_next(reader, &entry, &more);
    if (rc_failed(rc)) {
        cmd_evidence_find_why(reader, rc, error);
    } else if (!more) {
        buf_puts(error, "the ledger has no entry at that position");
    } else {
        buf_put(out, str_bytes(entry.entry.bytes));
        *out_header = *entry.header;
    }
    reader_io_close(reader);
    return !rc_failed(rc) && more;
}

void cmd_evidence_find_records(struct str fact, struct cmd_evidence_positions *out)
{
    AUTO_ARENA a = arena_open(FACT_ARENA_BYTES);
    struct json_pairs pairs = {0};
    struct str id;
    if (!finding_id(fact, a, &id) || rc_failed(json_flatten(fact, a, &pairs))) {
        return;
    }
    for (size_t i = 0; i < pairs.n && out->n < CMD_EVIDENCE_FIND_RECORDS; i++) {
        const struct json_pair *pair = &pairs.p[i];
        uint64_t position;
        if (!pair->literal && pair->value.type == VALUE_NUMBER &&
            str_eq(pair->path, STR("records.position")) &&
            str_to_u64(text_of(&pair->value), &position)) {
            vec_push(out, position);
        }
    }
}
