/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_alias.h"

/* The spelling that Windows and Sysmon write, and what other feeds and rules say for it. */
static const struct {
    enum field_id canonical;
    struct str variant;
} pairs[NORMAL_ALIAS_PAIRS] = {
    {FIELD_COMPUTER, STR_INIT("ComputerName")},
    {FIELD_CHANNEL, STR_INIT("EventLog")},
    {FIELD_TARGET_FILENAME, STR_INIT("TargetFileName")},
    {FIELD_COMMAND_LINE, STR_INIT("Commandline")},
    {FIELD_SAM_ACCOUNT_NAME, STR_INIT("SAMAccountName")},
};

static const struct {
    struct str lower, upper;
} hashes[NORMAL_ALIAS_HASHES] = {
    {STR_INIT("md5"), STR_INIT("MD5")},
    {STR_INIT("sha1"), STR_INIT("SHA1")},
    {STR_INIT("sha256"), STR_INIT("SHA256")},
    {STR_INIT("imphash"), STR_INIT("IMPHASH")},
};

void normal_alias_open(struct normal_alias *a, const struct fields *names)
{
    *a = (struct normal_alias){0};
    for (size_t i = 0; i < NORMAL_ALIAS_PAIRS; i++) {
        a->variant[i] = fields_find(names, pairs[i].variant);
    }
    for (size_t i = 0; i < NORMAL_ALIAS_HASHES; i++) {
        a->hash[i][0] = fields_find(names, hashes[i].lower);
        a->hash[i][1] = fields_find(names, hashes[i].upper);
        a->any_hash |= a->hash[i][0] != FIELD_NONE || a->hash[i][1] != FIELD_NONE;
    }
}

static const struct field *find_variant(const struct event *e, struct str name)
{
    for (uint32_t i = 0; i < e->count; i++) {
        if (str_eq(e->fields[i].name, name)) {
            return &e->fields[i];
        }
    }
    return NULL;
}

static void add_variants(const struct normal_alias *a, struct normal_event *x)
{
    for (size_t i = 0; i < NORMAL_ALIAS_PAIRS; i++) {
        const struct field *canonical = x->known[pairs[i].canonical];
        if (canonical != NULL && a->variant[i] == FIELD_NONE) {
            continue;
        }
        const struct field *variant = find_variant(x->e, pairs[i].variant);
        if (canonical != NULL && variant == NULL) {
            normal_event_add(x, a->variant[i], canonical->value);
        } else if (canonical == NULL && variant != NULL) {
            normal_event_add(x, (uint16_t)pairs[i].canonical, variant->value);
            x->known[pairs[i].canonical] = variant;
        }
    }
}

static void add_hash(const struct normal_alias *a, struct normal_event *x, struct str part)
{
    size_t equals = str_find_char(part, '=');
    struct str name = str_trim(str_upto(part, equals));
    for (size_t i = 0; i < NORMAL_ALIAS_HASHES && equals != SIZE_MAX; i++) {
        for (size_t j = 0; j < 2 && str_eq_nocase(name, hashes[i].lower); j++) {
            if (a->hash[i][j] != FIELD_NONE) {
                normal_event_add(x, a->hash[i][j],
                                 value_text_of(str_trim(str_from(part, equals + 1))));
            }
        }
    }
}

struct rc normal_alias_add(const struct normal_alias *a, struct normal_event *x)
{
    add_variants(a, x);
    if (!a->any_hash) {
        return RC_OK;
    }
    enum field_id id = normal_event_has(x, FIELD_HASHES) ? FIELD_HASHES : FIELD_HASH;
    struct str rest;
    TRY(normal_event_text(x, id, &rest));
    while (rest.n != 0) {
        size_t comma = str_find_char(rest, ',');
        add_hash(a, x, str_upto(rest, comma));
        rest = comma == SIZE_MAX ? STR("") : str_from(rest, comma + 1);
    }
    return RC_OK;
}

struct rc normal_alias_event_type(struct normal_event *x, struct str *out)
{
    TRY(normal_event_text(x, FIELD_EVENT_TYPE, out));
    /* Relays that have an EventType of their own write INFO or AUDIT_SUCCESS into it. */
    if (out->n != 0 && !str_eq(*out, STR("INFO"))) {
        return RC_OK;
    }
    static const struct str label = STR_INIT("EventType: ");
    struct str message;
    TRY(normal_event_text(x, FIELD_MESSAGE, &message));
    size_t at = str_find(message, label);
    if (at == SIZE_MAX) {
        return RC_OK;
    }
    struct str rest = str_from(message, at + label.n);
    size_t n = 0;
    while (n < rest.n && str_is_alpha(rest.p[n])) {
        n++;
    }
    *out = str_upto(rest, n);
    normal_event_add(x, FIELD_EVENT_TYPE, value_text_of(*out));
    return RC_OK;
}
