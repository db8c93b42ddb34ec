/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/desk.h"

#include "base/escape.h"
#include "inform/html.h"
#include "inform/markdown.h"

void desk_answer_free(struct desk_answer *a)
{
    buf_free(&a->document);
    buf_free(&a->fact);
}

static void wrong(struct desk_answer *out, const char *before, struct str foreign,
                  const char *after)
{
    out->status = DESK_WRONG;
    buf_clear(&out->document);
    buf_puts(&out->document, before);
    escape_columns(&out->document, foreign, 64);
    buf_puts(&out->document, after);
    buf_putc(&out->document, '\n');
}

static bool read_request(const struct wire_draft *q, struct notice_opts *o,
                         enum notice_format *format, struct desk_answer *out)
{
    if (!notice_audience_parse(q->audience, &o->audience)) {
        wrong(out, "there is no audience \"", q->audience,
              "\": say public, members or internal");
        return false;
    }
    if (!phrase_language_parse(q->language, &o->language)) {
        wrong(out, "there is no text in the language \"", q->language, "\": say en or fr");
        return false;
    }
    if (!notice_format_parse(q->format, format)) {
        wrong(out, "there is no format \"", q->format, "\": say markdown or html");
        return false;
    }
    return true;
}

static bool find(const struct shelf *shelf, struct str what, struct str *json,
                 uint64_t *position, struct desk_answer *out)
{
    switch (shelf_find(shelf, what, json, position)) {
    case SHELF_FOUND:
        return true;
    case SHELF_NONE:
        wrong(out, "there is no incident \"", what,
              "\": tocsin incident list has them; a name, or four digits of an id or more");
        return false;
    case SHELF_SEVERAL:
        wrong(out, "several incidents begin with \"", what, "\": give more digits of the id");
        return false;
    }
    return false;
}

struct work {
    struct incident incident;
    struct notice notice, other; /* the one asked for, and in the other language */
    struct lint_result lint;
    struct buf document;
};

static struct rc inspect(const struct work *w, const struct notice_opts *o,
                         enum notice_format format, struct arena *batch,
                         struct lint_result *out)
{
    struct lint_opts l = {.audience = o->audience,
                          .format = format,
                          .incident = &w->incident,
                          .contact = o->contact,
                          .now = o->now};
    memcpy(l.institution, o->institution, sizeof(l.institution));
    return lint_run(buf_str(&w->document), &l, batch, out);
}

static struct rc compose(struct work *w, struct str json, const struct notice_opts *o,
                         enum notice_format format, struct arena *batch)
{
    struct notice_opts other = *o;
    other.language = o->language == PHRASE_EN ? PHRASE_FR : PHRASE_EN;
    TRY(incident_decode(json, batch, &w->incident));
    TRY(notice_make(&w->incident, o, batch, &w->notice));
    TRY(notice_make(&w->incident, &other, batch, &w->other));
    if (format == NOTICE_HTML) {
        html_write(&w->document, &w->notice);
    } else {
        markdown_write(&w->document, &w->notice);
    }
    return inspect(w, o, format, batch, &w->lint);
}

static void put_refusals(struct desk_answer *out, const struct work *w, bool agree)
{
    out->status = DESK_REFUSED;
    buf_clear(&out->document);
    lint_print(&out->document, STR("draft"), &w->lint);
    if (!agree) {
        buf_puts(&out->document, "draft: [languages] English and French do not say the same "
                                 "assertions: this is a fault of tocsin, report it\n");
    }
}

void desk_draft(const struct desk *d, const struct wire_draft *request, struct arena *batch,
                struct desk_answer *out)
{
    struct notice_opts o = {
        .contact = d->contact, .now = d->now, .next_update_h = d->next_update_h};
    enum notice_format format;
    struct str json;
    struct notice_fact f = {.at = d->now};
    memcpy(o.institution, d->institution, sizeof(o.institution));
    if (!read_request(request, &o, &format, out) ||
        !find(d->shelf, request->incident, &json, &f.position, out)) {
        return;
    }
    struct work w = {.document = {0}};
    struct rc rc = compose(&w, json, &o, format, batch);
    if (rc_failed(rc)) {
        wrong(out, "the notice could not be written: the incident ", str_of(rc_text(rc)), "");
        buf_free(&w.document);
        return;
    }
    f.incident = &w.incident;
    f.notice = &w.notice;
    f.format = format;
    f.document = buf_str(&w.document);
    f.lint = &w.lint;
    notice_fact_encode(&out->fact, &f, out->key);
    bool agree = notice_agree(&w.notice, &w.other);
    if (w.lint.all != 0 || !agree || w.notice.dropped != 0) {
        put_refusals(out, &w, agree);
    } else {
        out->status = DESK_WELL;
        buf_put(&out->document, buf_str(&w.document));
    }
    buf_free(&w.document);
}
