/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/entity.h"

#include <arpa/inet.h>

enum {
    /* 1,024 pairs: more than a record of any known source has; bounds the work. */
    LOOKED_MAX = 1024,
    /* 128 before the cut to FINDING_MAX_ENTITIES: so that files do not crowd out accounts. */
    FOUND_MAX = 128,
    /* Enough of a longer value for FINDING_MAX_VALUE_BYTES of text, six bytes an escape. */
    VALUE_BYTES_MAX = 6 * FINDING_MAX_VALUE_BYTES,
    ADDRESS_TEXT_BYTES = INET6_ADDRSTRLEN,
};

static const struct row {
    struct str name;
    enum entity_kind kind;
    struct str role, domain;
} rows[] = {
#define ENTITY_FIELD(name, kind, role, domain)                                                 \
    {STR_INIT(name), ENTITY_##kind, STR_INIT(role), STR_INIT(domain)},
#include "detect/entity.def"
#undef ENTITY_FIELD
};

struct search {
    const struct event *event;
    const struct view *view;
    struct arena *arena;
    enum trust trust; /* of the field at hand */
    struct entity found[FOUND_MAX];
    uint32_t count;
};

static const struct row *row_of(struct str name)
{
    size_t low = 0, high = COUNT_OF(rows);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_compare(name, rows[mid].name);
        if (order == 0) {
            return &rows[mid];
        }
        if (order < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return NULL;
}

/* Does the view replace or remove this pair of the record? */
static bool is_overlaid(const struct view *v, const struct field *f)
{
    if (v == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < v->hidden_count; i++) {
        if (f->id != FIELD_NONE && v->hidden[i] == f->id) {
            return true;
        }
    }
    for (uint32_t i = 0; i < v->count; i++) {
        if (str_eq(v->fields[i].name, f->name)) {
            return true;
        }
    }
    return false;
}

/* What loggers write when there is nothing to say. */
static bool is_placeholder(struct str s)
{
    return s.n == 0 || str_eq(s, STR("-")) || str_eq_nocase(s, STR("n/a")) ||
           str_eq_nocase(s, STR("null")) || str_eq(s, STR("?")) || str_eq(s, STR("(null)")) ||
           str_eq_nocase(s, STR("unset"));
}

static struct rc text_of(struct value v, struct arena *a, struct str *out)
{
    v.n = v.n < VALUE_BYTES_MAX ? v.n : VALUE_BYTES_MAX;
    struct str s;
    TRY(value_text(v, a, &s));
    *out = str_trim(s);
    return RC_OK;
}

/* Paths may differ by case alone on some systems; the others never do. */
static bool is_same(const struct entity *a, const struct entity *b)
{
    bool exact = a->kind == ENTITY_PROCESS || a->kind == ENTITY_FILE;
    return a->kind == b->kind && str_eq(a->role, b->role) &&
           (exact ? str_eq(a->value, b->value) : str_eq_nocase(a->value, b->value));
}

/* What two places say is believed as far as the better of the two. */
static void add(struct search *s, enum entity_kind kind, struct str value, struct str role)
{
    struct entity e = {.kind = kind, .value = value, .role = role, .trust = s->trust};
    if (is_placeholder(value) || s->count == FOUND_MAX) {
        return;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        if (is_same(&s->found[i], &e)) {
            bool better = e.trust > s->found[i].trust;
            s->found[i].trust = better ? e.trust : s->found[i].trust;
            return;
        }
    }
    s->found[s->count++] = e;
}

enum name_shape { NAME_NOT, NAME_LABEL, NAME_DOTTED };

/* Letters, digits, dots, hyphens, underscores, and what is not ASCII (IDN as typed). */
static enum name_shape name_shape(struct str s)
{
    bool dot = false, letter = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_letter = str_is_alpha(c) || (unsigned char)c >= 0x80;
        dot |= c == '.';
        letter |= is_letter;
        if (!is_letter && !str_is_digit(c) && c != '.' && c != '-' && c != '_') {
            return NAME_NOT;
        }
    }
    return !letter ? NAME_NOT : dot ? NAME_DOTTED : NAME_LABEL;
}

/* "192.0.2.1:443", "[2001:db8::1]:443", "example.org:80" without the port. */
static struct str without_port(struct str s)
{
    size_t at = s.n;
    while (at > 0 && str_is_digit(s.p[at - 1])) {
        at--;
    }
    if (at < 2 || at == s.n || s.p[at - 1] != ':') {
        return s;
    }
    struct str rest = str_upto(s, at - 1);
    bool bracketed = rest.p[0] == '[' && rest.p[rest.n - 1] == ']';
    return bracketed || str_find_char(rest, ':') == SIZE_MAX ? rest : s;
}

enum address { ADDRESS_NOT, ADDRESS_LOCAL, ADDRESS_REAL };

static enum address parse_v4(const char *text, char out[static ADDRESS_TEXT_BYTES])
{
    uint8_t raw[4];
    if (inet_pton(AF_INET, text, raw) != 1) {
        return ADDRESS_NOT;
    }
    bool local = raw[0] == 127 || (raw[0] | raw[1] | raw[2] | raw[3]) == 0;
    check(inet_ntop(AF_INET, raw, out, ADDRESS_TEXT_BYTES) != NULL);
    return local ? ADDRESS_LOCAL : ADDRESS_REAL;
}

/*
 * IPv4 or IPv6, with or without brackets and scope, into its canonical text; an IPv4 address
 * mapped into IPv6 is the IPv4 address. Loopback and "any" are LOCAL.
 */
static enum address parse_address(struct str s, char out[static ADDRESS_TEXT_BYTES])
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    static const uint8_t zero[15] = {0};
    char text[ADDRESS_TEXT_BYTES];
    uint8_t raw[16];
    if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']') {
        s = (struct str){s.p + 1, s.n - 2};
    }
    s = str_upto(s, str_find_char(s, '%'));
    if (s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL) {
        return ADDRESS_NOT;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (inet_pton(AF_INET6, text, raw) != 1) {
        return parse_v4(text, out);
    }
    if (memcmp(raw, mapped, sizeof(mapped)) == 0) {
        check(inet_ntop(AF_INET, raw + sizeof(mapped), text, sizeof(text)) != NULL);
        return parse_v4(text, out);
    }
    check(inet_ntop(AF_INET6, raw, out, ADDRESS_TEXT_BYTES) != NULL);
    bool local = memcmp(raw, zero, sizeof(zero)) == 0 && raw[15] <= 1;
    return local ? ADDRESS_LOCAL : ADDRESS_REAL;
}

/* An address field may hold a name ("ec2.amazonaws.com"), a name field an address or a bare
 * host. */
static struct rc add_place(struct search *s, const struct row *row, struct str text)
{
    char canonical[ADDRESS_TEXT_BYTES];
    text = without_port(text);
    enum address address = parse_address(text, canonical);
    if (address == ADDRESS_REAL) {
        struct str own;
        TRY(arena_copy(s->arena, str_of(canonical), &own));
        add(s, ENTITY_ADDRESS, own, row->role);
    }
    if (address == ADDRESS_NOT) {
        text = text.n > 1 && text.p[text.n - 1] == '.' ? str_upto(text, text.n - 1) : text;
        enum name_shape shape = name_shape(text);
        if (shape == NAME_DOTTED) {
            add(s, ENTITY_DOMAIN, text, row->role);
        } else if (shape == NAME_LABEL && row->kind == ENTITY_DOMAIN) {
            add(s, ENTITY_HOST, text, row->role);
        }
    }
    return RC_OK;
}

static const struct hash_kind {
    struct str name;
    size_t digits;
} hash_kinds[] = {{STR_INIT("md5"), 32},
                  {STR_INIT("sha1"), 40},
                  {STR_INIT("sha256"), 64},
                  {STR_INIT("imphash"), 32}};

/* Sysmon writes zeros for a file without imports. */
static bool is_digest(struct str s, size_t digits)
{
    bool any = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = str_lower(s.p[i]);
        if (!str_is_digit(c) && (c < 'a' || c > 'f')) {
            return false;
        }
        any |= c != '0';
    }
    return any && s.n == digits;
}

static struct rc add_hash(struct search *s, struct str algorithm, struct str text)
{
    for (size_t k = 0; k < COUNT_OF(hash_kinds); k++) {
        if (!str_eq_nocase(algorithm, hash_kinds[k].name) ||
            !is_digest(text, hash_kinds[k].digits)) {
            continue;
        }
        char *lower = arena_text(s->arena, text.n);
        if (lower == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        for (size_t i = 0; i < text.n; i++) {
            lower[i] = str_lower(text.p[i]);
        }
        add(s, ENTITY_HASH, (struct str){lower, text.n}, hash_kinds[k].name);
    }
    return RC_OK;
}

/* "SHA1=…,MD5=…": Sysmon's Hashes. */
static struct rc add_hashes(struct search *s, const struct row *row, struct str text)
{
    if (row->role.n != 0) {
        return add_hash(s, row->role, text);
    }
    while (text.n > 0) {
        size_t end = str_find_char(text, ',');
        struct str part = str_trim(str_upto(text, end));
        size_t equals = str_find_char(part, '=');
        /* without an equals sign it is no known algorithm, and adds nothing */
        TRY(add_hash(s, str_upto(part, equals), str_from(part, equals + (equals < part.n))));
        text = end == SIZE_MAX ? STR("") : str_from(text, end + 1);
    }
    return RC_OK;
}

/* The first pair of that name in this reading. */
static const struct field *find(const struct search *s, struct str name)
{
    for (uint32_t i = 0; s->view != NULL && i < s->view->count; i++) {
        if (str_eq(s->view->fields[i].name, name)) {
            return &s->view->fields[i];
        }
    }
    for (uint32_t i = 0; i < s->event->count && i < LOOKED_MAX; i++) {
        const struct field *f = &s->event->fields[i];
        if (str_eq(f->name, name)) {
            return is_overlaid(s->view, f) ? NULL : f;
        }
    }
    return NULL;
}

static struct rc add_account(struct search *s, const struct row *row, struct str text)
{
    struct str domain = STR("");
    bool whole = str_find_char(text, '\\') != SIZE_MAX || str_find_char(text, '@') != SIZE_MAX;
    const struct field *f = row->domain.n == 0 || whole ? NULL : find(s, row->domain);
    if (f != NULL && value_is_scalar(f->value)) {
        TRY(text_of(f->value, s->arena, &domain));
    }
    if (is_placeholder(text) || is_placeholder(domain)) {
        add(s, ENTITY_ACCOUNT, text, row->role);
        return RC_OK;
    }
    char *joined = arena_text(s->arena, domain.n + 1 + text.n);
    if (joined == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    memcpy(joined, domain.p, domain.n);
    joined[domain.n] = '\\';
    memcpy(joined + domain.n + 1, text.p, text.n);
    add(s, ENTITY_ACCOUNT, (struct str){joined, domain.n + 1 + text.n}, row->role);
    return RC_OK;
}

/* As far as its record, if the text around it cannot move it; else it is the attacker's. */
static enum trust trust_of(const struct event *e, const struct field *f)
{
    bool anchored = (f->flags & FIELD_ANCHORED) != 0;
    return anchored || e->trust < TRUST_ATTACKER ? e->trust : TRUST_ATTACKER;
}

/*
 * In a record of auditd `name` is a path, and `hostname` the other end of a log-on; elsewhere
 * these names say other things, and `auid` and `laddr` nothing. Of an account the name says
 * more than the number; (uid_t)-1 is nobody. `laddr` is the far end in SOCKADDR alone.
 */
static bool is_out_of_place(const struct search *s, const struct field *f, struct str text)
{
    bool audit = s->event->logsource == LOGSOURCE_LINUX_AUDITD;
    if (str_eq(f->name, STR("auid"))) {
        return !audit || str_eq(text, STR("4294967295")) || find(s, STR("AUID")) != NULL;
    }
    if (str_eq(f->name, STR("name")) || str_eq(f->name, STR("audit_id"))) {
        return !audit;
    }
    if (str_eq(f->name, STR("laddr"))) {
        return !audit || find(s, STR("saddr")) == NULL;
    }
    return audit && str_eq(f->name, STR("hostname"));
}

static struct rc add_field(struct search *s, const struct field *f)
{
    const struct row *row = row_of(f->name);
    struct str text;
    if (row == NULL || !value_is_scalar(f->value)) {
        return RC_OK;
    }
    TRY(text_of(f->value, s->arena, &text));
    if (is_out_of_place(s, f, text)) {
        return RC_OK;
    }
    s->trust = trust_of(s->event, f);
    switch (row->kind) {
    case ENTITY_ACCOUNT:
        return add_account(s, row, text);
    case ENTITY_ADDRESS:
    case ENTITY_DOMAIN:
        return add_place(s, row, text);
    case ENTITY_HASH:
        return add_hashes(s, row, text);
    case ENTITY_HOST:
    case ENTITY_PROCESS:
    case ENTITY_FILE:
    case ENTITY_SERVICE:
    case ENTITY_EVENT:
        add(s, row->kind, text, row->role);
        return RC_OK;
    case ENTITY_KIND_COUNT:
        break;
    }
    return RC_OK;
}

/* By kind; what was found first stays first. */
static struct rc deliver(const struct search *s, struct entity **out, uint32_t *out_count)
{
    uint32_t n = s->count < FINDING_MAX_ENTITIES ? s->count : FINDING_MAX_ENTITIES, at = 0;
    struct entity *list = arena_zalloc(s->arena, n, sizeof(*list));
    if (list == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (unsigned kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        for (uint32_t i = 0; i < s->count && at < n; i++) {
            if (s->found[i].kind == (enum entity_kind)kind) {
                list[at++] = s->found[i];
            }
        }
    }
    *out = list;
    *out_count = n;
    return RC_OK;
}

struct rc entity_extract(const struct event *e, const struct view *view, struct arena *a,
                         struct entity **out, uint32_t *out_count)
{
    struct search s = {.event = e, .view = view, .arena = a, .trust = e->trust};
    add(&s, ENTITY_HOST, e->host, STR("subject"));
    for (uint32_t i = 0; view != NULL && i < view->count && i < LOOKED_MAX; i++) {
        TRY(add_field(&s, &view->fields[i]));
    }
    for (uint32_t i = 0; i < e->count && i < LOOKED_MAX; i++) {
        const struct field *f = &e->fields[i];
        if ((f->flags & FIELD_ENVELOPE) != 0 || is_overlaid(view, f)) {
            continue;
        }
        TRY(add_field(&s, f));
    }
    return deliver(&s, out, out_count);
}
