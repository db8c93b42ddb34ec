/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "effect/register.h"

#include "base/heap.h"
#include "base/unicode.h"

enum {
    COLUMN_ID,
    COLUMN_NAME_EN,
    COLUMN_NAME_FR,
    COLUMN_CLASS,
    COLUMN_PATH,
    COLUMN_HOST,
    COLUMN_MANDATE,
    COLUMN_OWNER,
    COLUMN_SERVICE,
    COLUMN_COUNT
};
static const char header[] = "id,name_en,name_fr,class,path,host,mandate,owner,service";

struct assets {
    struct arena *arena;
    struct asset *list; /* REGISTER_MAX_ASSETS */
    size_t count;
};

struct reader {
    struct str text, path;
    size_t at;
    uint32_t line;
    struct diag *diag;
    struct arena *arena;
};

struct assets *register_open(void)
{
    struct assets *r = heap_zalloc(1, sizeof(*r));
    r->arena = arena_open((size_t)4 * REGISTER_CAP_BYTES);
    r->list = heap_zalloc(REGISTER_MAX_ASSETS, sizeof(*r->list));
    return r;
}

void register_close(struct assets *r)
{
    if (r != NULL) {
        arena_close(r->arena);
        heap_free(r->list);
        heap_free(r);
    }
}

size_t register_count(const struct assets *r)
{
    return r->count;
}

const struct asset *register_at(const struct assets *r, size_t i)
{
    check(i < r->count);
    return &r->list[i];
}

static struct rc fault(struct reader *r, uint32_t column, const char *what)
{
    diag_add(r->diag, DIAG_ERROR, (struct diag_place){r->path, r->line, column}, "%s", what);
    return rc_make(ERR_REJECTED);
}

static bool at_end_of_cell(const struct reader *r)
{
    return r->at >= r->text.n || r->text.p[r->at] == ',' || r->text.p[r->at] == '\n' ||
           (r->text.p[r->at] == '\r' && r->at + 1 < r->text.n && r->text.p[r->at + 1] == '\n');
}

/* "…": a doubled quote is one; no line may end inside. */
static struct rc quoted(struct reader *r, struct buf *out)
{
    for (r->at++; r->at < r->text.n; r->at++) {
        char c = r->text.p[r->at];
        bool doubled = c == '"' && r->at + 1 < r->text.n && r->text.p[r->at + 1] == '"';
        if (c == '"' && !doubled) {
            r->at++;
            return at_end_of_cell(r)
                       ? RC_OK
                       : fault(r, 0,
                               "a closing quote is followed by a comma or the line's end");
        }
        if (c == '\n') {
            break;
        }
        r->at += doubled;
        buf_putc(out, c);
    }
    return fault(r, 0, "a quote is opened and not closed in this line");
}

static struct rc check_cell(struct reader *r, uint32_t column, struct str s)
{
    bool good = s.n <= REGISTER_MAX_CELL_BYTES && unicode_is_utf8(s);
    for (size_t i = 0; i < s.n && good; i++) {
        good = (unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7F;
    }
    return good ? RC_OK : fault(r, column, "a cell is UTF-8 text of at most 240 bytes");
}

static struct rc cell(struct reader *r, uint32_t column, struct str *out)
{
    AUTO_BUF text = {0};
    if (r->at < r->text.n && r->text.p[r->at] == '"') {
        TRY(quoted(r, &text));
    } else {
        size_t from = r->at;
        while (!at_end_of_cell(r)) {
            if (r->text.p[r->at] == '"') {
                return fault(r, column, "a cell that holds a quote begins with one");
            }
            r->at++;
        }
        buf_put(&text, (struct str){r->text.p + from, r->at - from});
    }
    struct str s = str_trim(buf_str(&text));
    TRY(check_cell(r, column, s));
    return arena_copy(r->arena, s, out);
}

static void end_line(struct reader *r)
{
    if (r->at < r->text.n && r->text.p[r->at] == '\r') {
        r->at++;
    }
    r->at++; /* '\n', or past the end */
    r->line++;
}

static struct rc line(struct reader *r, struct str cells[static COLUMN_COUNT])
{
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        TRY(cell(r, c + 1, &cells[c]));
        bool more = r->at < r->text.n && r->text.p[r->at] == ',';
        if (more != (c + 1 < COLUMN_COUNT)) {
            return fault(r, c + 1, "a line has nine cells, as the first line names them");
        }
        r->at += more;
    }
    return RC_OK;
}

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!str_is_alpha(s.p[i]) && !str_is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' &&
            s.p[i] != '.') {
            return false;
        }
    }
    return s.n > 0;
}

static bool climbs(struct str path)
{
    return str_find(path, STR("/../")) != SIZE_MAX || str_ends(path, STR("/.."));
}

static struct rc take(struct reader *r, struct assets *to, struct str *cells)
{
    struct asset a = {.id = cells[COLUMN_ID],
                      .name_en = cells[COLUMN_NAME_EN],
                      .name_fr = cells[COLUMN_NAME_FR],
                      .class = cells[COLUMN_CLASS],
                      .path = cells[COLUMN_PATH],
                      .host = cells[COLUMN_HOST],
                      .mandate = str_eq(cells[COLUMN_MANDATE], STR("yes")),
                      .owner = cells[COLUMN_OWNER],
                      .service = cells[COLUMN_SERVICE]};
    if (!is_word(a.id) || !is_word(a.class)) {
        return fault(r, COLUMN_ID + 1,
                     "id and class are words: letters, digits, '-', '_', '.'");
    }
    for (size_t i = 0; i < to->count; i++) {
        if (str_eq(to->list[i].id, a.id)) {
            return fault(r, COLUMN_ID + 1, "this id stands in a line above: ids differ");
        }
    }
    if (a.name_en.n == 0) {
        return fault(r, COLUMN_NAME_EN + 1, "an asset has a name");
    }
    if (!a.mandate && !str_eq(cells[COLUMN_MANDATE], STR("no"))) {
        return fault(r, COLUMN_MANDATE + 1, "mandate is yes or no");
    }
    if ((a.path.n == 0 && a.host.n == 0) ||
        (a.path.n > 0 && (a.path.p[0] != '/' || climbs(a.path)))) {
        return fault(r, COLUMN_PATH + 1, "an asset has a path from / without '..', or a host");
    }
    while (a.path.n > 1 && a.path.p[a.path.n - 1] == '/') {
        a.path.n--;
    }
    if (to->count == REGISTER_MAX_ASSETS) {
        return fault(r, 0, "more than 4,096 assets: put some together");
    }
    to->list[to->count++] = a;
    return RC_OK;
}

static struct rc read_all(struct reader *r, struct assets *to)
{
    struct str first = str_upto(r->text, str_find_char(r->text, '\n'));
    if (!str_eq(str_trim(first), str_of(header))) {
        return fault(r, 1,
                     "the first line is: id,name_en,name_fr,class,path,host,mandate,"
                     "owner,service");
    }
    r->at = first.n;
    end_line(r);
    while (r->at < r->text.n) {
        struct str cells[COLUMN_COUNT];
        if (!at_end_of_cell(r) || r->text.p[r->at] == ',') {
            TRY(line(r, cells));
            TRY(take(r, to, cells));
        }
        end_line(r);
    }
    return RC_OK;
}

struct rc register_load(struct assets *to, struct str path, struct str text, struct diag *diag)
{
    if (text.n > REGISTER_CAP_BYTES) {
        return rc_at(ERR_TOO_LONG, REGISTER_CAP_BYTES);
    }
    static const struct str mark = STR_INIT("\xEF\xBB\xBF"); /* spreadsheets write it */
    struct reader r = {.text = str_from(text, str_starts(text, mark) ? mark.n : 0),
                       .path = path,
                       .line = 1,
                       .diag = diag,
                       .arena = to->arena};
    to->count = 0;
    struct rc rc = read_all(&r, to);
    to->count = rc_failed(rc) ? 0 : to->count;
    return rc;
}

static bool is_host(struct str want, struct str host)
{
    size_t dot = str_find_char(host, '.');
    /* auditd writes no name of its machine: then it may be this one, and is taken to be */
    return want.n == 0 || host.n == 0 || str_eq_nocase(want, host) ||
           str_eq_nocase(want, str_upto(host, dot));
}

bool register_holds(const struct asset *a, struct str file, struct str host)
{
    bool root = a->path.n == 1;
    return a->path.n > 0 && is_host(a->host, host) && str_starts(file, a->path) &&
           (root || file.n == a->path.n || file.p[a->path.n] == '/') && !climbs(file);
}
