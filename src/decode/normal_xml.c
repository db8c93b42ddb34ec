/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_xml.h"

#include "base/unicode.h"

/* Which part of an event an element stands in. */
enum part { PART_NONE, PART_SYSTEM, PART_DATA, PART_USER };

struct element {
    struct str tag;
    struct str name; /* the Name attribute of Data */
    size_t text_at;  /* after its start tag */
    bool has_child;
};

struct reader {
    struct str in;
    size_t at;
    struct arena *batch;
    struct normal_xml out;
    struct element open[NORMAL_XML_MAX_DEPTH];
    unsigned depth;
    enum part part;
};

static struct rc fail(const struct reader *r, enum err err)
{
    return rc_at(err, r->at);
}

static size_t put_reference(struct str name, char *out)
{
    static const struct {
        struct str name;
        char c;
    } named[] = {{STR_INIT("lt"), '<'},
                 {STR_INIT("gt"), '>'},
                 {STR_INIT("amp"), '&'},
                 {STR_INIT("quot"), '"'},
                 {STR_INIT("apos"), '\''}};
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        if (str_eq(named[i].name, name)) {
            *out = named[i].c;
            return 1;
        }
    }
    if (name.n < 2 || name.p[0] != '#') {
        return 0;
    }
    bool hex = str_lower(name.p[1]) == 'x';
    int base = hex ? 16 : 10;
    uint32_t point = 0;
    for (size_t i = hex ? 2 : 1; i < name.n; i++) {
        int digit = str_hex_digit(name.p[i]);
        if (digit < 0 || digit >= base || point > 0x10FFFF) {
            return 0;
        }
        point = point * (uint32_t)base + (uint32_t)digit;
    }
    return point > 0x10FFFF ? 0 : unicode_encode(point, out);
}

/* Text with its references replaced; "&#60;" is longer than what it stands for. */
static struct rc unescape(struct reader *r, struct str s, struct str *out)
{
    enum { MAX_REFERENCE_BYTES = 10 };
    *out = s;
    if (str_find_char(s, '&') == SIZE_MAX) {
        return RC_OK;
    }
    char *room = arena_text(r->batch, s.n);
    if (room == NULL) {
        return fail(r, ERR_ARENA_FULL);
    }
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        char c[UNICODE_MAX_UTF8_BYTES];
        struct str rest = str_upto(str_from(s, i + 1), MAX_REFERENCE_BYTES);
        size_t end = s.p[i] == '&' ? str_find_char(rest, ';') : SIZE_MAX;
        size_t bytes = end == SIZE_MAX ? 0 : put_reference(str_upto(rest, end), c);
        if (bytes == 0 || bytes > end + 2) {
            room[n++] = s.p[i++];
            continue;
        }
        memcpy(room + n, c, bytes);
        n += bytes;
        i += end + 2;
    }
    arena_shrink_text(r->batch, room, s.n, n);
    *out = (struct str){room, n};
    return RC_OK;
}

static struct rc add(struct reader *r, struct str name, struct str text)
{
    struct normal_xml *o = &r->out;
    if (o->count == NORMAL_XML_MAX_FIELDS) {
        return fail(r, ERR_TOO_MANY);
    }
    if (o->count == o->room) {
        uint32_t room = o->room == 0 ? 32 : o->room * 2;
        struct field *more = arena_alloc(r->batch, room * sizeof(*more));
        if (more == NULL) {
            return fail(r, ERR_ARENA_FULL);
        }
        if (o->count != 0) {
            memcpy(more, o->fields, o->count * sizeof(*more));
        }
        o->fields = more;
        o->room = room;
    }
    TRY(unescape(r, text, &text));
    o->fields[o->count++] = (struct field){.name = name, .value = value_text_of(text)};
    return RC_OK;
}

/* "Provider_Name" from tag Provider and attribute Name. */
static struct rc add_attribute(struct reader *r, struct str tag, struct str name,
                               struct str text)
{
    if (str_eq(name, STR("SystemTime"))) { /* the one attribute of TimeCreated */
        return add(r, tag, text);
    }
    char *room = arena_text(r->batch, tag.n + 1 + name.n);
    if (room == NULL) {
        return fail(r, ERR_ARENA_FULL);
    }
    memcpy(room, tag.p, tag.n);
    room[tag.n] = '_';
    memcpy(room + tag.n + 1, name.p, name.n);
    return add(r, (struct str){room, tag.n + 1 + name.n}, text);
}

static bool is_name(char c)
{
    return c != '>' && c != '/' && c != '=' && c != '<' && !str_is_space(c);
}

static struct str take_name(struct reader *r)
{
    size_t start = r->at;
    while (r->at < r->in.n && is_name(r->in.p[r->at])) {
        r->at++;
    }
    struct str name = str_upto(str_from(r->in, start), r->at - start);
    size_t colon = str_find_char(name, ':'); /* a namespace prefix */
    return colon == SIZE_MAX ? name : str_from(name, colon + 1);
}

static void skip_space(struct reader *r)
{
    while (r->at < r->in.n && str_is_space(r->in.p[r->at])) {
        r->at++;
    }
}

static bool take(struct reader *r, char c)
{
    bool is = r->at < r->in.n && r->in.p[r->at] == c;
    r->at += is;
    return is;
}

/* name="text" after white space; false at the end of the tag. */
static struct rc take_attribute(struct reader *r, struct str *name, struct str *text,
                                bool *out_more)
{
    skip_space(r);
    *name = take_name(r);
    *out_more = name->n != 0;
    if (name->n == 0) {
        return RC_OK;
    }
    skip_space(r);
    if (!take(r, '=')) {
        return fail(r, ERR_SYNTAX);
    }
    skip_space(r);
    char quote = r->at < r->in.n ? r->in.p[r->at] : 0;
    if (quote != '"' && quote != '\'') {
        return fail(r, ERR_SYNTAX);
    }
    r->at++;
    struct str rest = str_from(r->in, r->at);
    size_t end = str_find_char(rest, quote);
    if (end == SIZE_MAX) {
        return fail(r, ERR_SHORT);
    }
    *text = str_upto(rest, end);
    r->at += end + 1;
    return RC_OK;
}

static enum part part_of(struct str tag)
{
    return str_eq(tag, STR("System"))      ? PART_SYSTEM
           : str_eq(tag, STR("EventData")) ? PART_DATA
           : str_eq(tag, STR("UserData"))  ? PART_USER
                                           : PART_NONE;
}

/* The element has ended; text is what stood in it when it had no child. */
static struct rc close_element(struct reader *r, const struct element *e, struct str text)
{
    if (r->depth < 2) {
        return RC_OK;
    }
    bool named = e->name.n != 0 && r->part != PART_SYSTEM;
    if (r->part == PART_NONE || e->has_child || r->depth == 2) {
        return RC_OK;
    }
    /* <Security UserID="…"/> and its like hold attributes only. */
    if (r->part == PART_SYSTEM && text.n == 0) {
        return RC_OK;
    }
    return add(r, named ? e->name : e->tag, text);
}

static struct rc start_tag(struct reader *r)
{
    struct element e = {.tag = take_name(r)};
    if (e.tag.n == 0) {
        return fail(r, ERR_SYNTAX);
    }
    if (r->depth == NORMAL_XML_MAX_DEPTH) {
        return fail(r, ERR_DEPTH);
    }
    if (r->depth != 0) {
        r->open[r->depth - 1].has_child = true;
    }
    if (r->depth == 1) {
        r->part = part_of(e.tag);
    }
    bool more = true;
    while (more) {
        struct str name, text;
        TRY(take_attribute(r, &name, &text, &more));
        if (more && str_eq(name, STR("Name"))) {
            TRY(unescape(r, text, &e.name));
        }
        if (more && r->depth == 2 && r->part == PART_SYSTEM) {
            TRY(add_attribute(r, e.tag, name, text));
        }
    }
    bool empty = take(r, '/');
    if (!take(r, '>')) {
        return fail(r, r->at == r->in.n ? ERR_SHORT : ERR_SYNTAX);
    }
    e.text_at = r->at;
    r->open[r->depth++] = e;
    if (empty) {
        TRY(close_element(r, &e, STR("")));
        r->depth--;
    }
    return RC_OK;
}

static struct rc end_tag(struct reader *r, size_t tag_at)
{
    struct str tag = take_name(r);
    skip_space(r);
    if (!take(r, '>') || r->depth == 0 || !str_eq(tag, r->open[r->depth - 1].tag)) {
        return fail(r, ERR_SYNTAX);
    }
    const struct element *e = &r->open[r->depth - 1];
    struct str text = str_upto(str_from(r->in, e->text_at), tag_at - e->text_at);
    TRY(close_element(r, e, text));
    r->depth--;
    return RC_OK;
}

/* "<?xml …?>", "<!-- … -->": skipped. */
static struct rc skip_markup(struct reader *r)
{
    struct str rest = str_from(r->in, r->at);
    bool comment = str_starts(rest, STR("!--"));
    struct str end = comment ? STR("-->") : STR(">");
    size_t at = str_find(rest, end);
    if (at == SIZE_MAX) {
        return fail(r, ERR_SHORT);
    }
    r->at += at + end.n;
    return RC_OK;
}

bool normal_xml_sniff(struct str text)
{
    return str_starts(text, STR("<Event>")) || str_starts(text, STR("<Event ")) ||
           str_starts(text, STR("<?xml"));
}

struct rc normal_xml_parse(struct str text, struct arena *batch, struct normal_xml *out)
{
    struct reader r = {.in = text, .batch = batch};
    bool any = false;
    while (!any || r.depth != 0) {
        size_t less = str_find_char(str_from(r.in, r.at), '<');
        if (less == SIZE_MAX) {
            return fail(&r, ERR_SHORT);
        }
        size_t tag_at = r.at + less;
        r.at = tag_at + 1;
        char c = r.at < r.in.n ? r.in.p[r.at] : 0;
        if (c == '?' || c == '!') {
            TRY(skip_markup(&r));
        } else if (c == '/') {
            r.at++;
            TRY(end_tag(&r, tag_at));
        } else {
            any = true;
            TRY(start_tag(&r));
        }
    }
    *out = r.out;
    return RC_OK;
}
