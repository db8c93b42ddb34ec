/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/page.h"

#include "base/unicode.h"

static const struct node *fault_of_document(struct page *p, const struct document_fault *f)
{
    diag_add(p->diag, DIAG_ERROR, (struct diag_place){p->path, f->line, f->column}, "%s",
             f->text);
    p->bad = true;
    return NULL;
}

const struct node *page_next(struct page *p, struct page_reader *r)
{
    for (;;) {
        if (r->list != NULL && r->at < r->list->count) {
            return r->list->items[r->at++];
        }
        r->list = NULL;
        struct document_fault fault = {0};
        const struct node *root = NULL;
        if (rc_failed(document_next(&r->documents, p->arena, &fault, &root))) {
            return fault_of_document(p, &fault);
        }
        if (root == NULL || root->kind != NODE_LIST) {
            return root;
        }
        r->list = root;
        r->at = 0;
    }
}

void page_fault(struct page *p, const struct node *at, const char *what)
{
    diag_add(p->diag, DIAG_ERROR, (struct diag_place){p->path, at->line, at->column}, "%s",
             what);
    p->bad = true;
}

void page_only(struct page *p, const struct node *map, const char *const *keys, size_t count)
{
    if (map->kind != NODE_MAP) {
        page_fault(p, map, "keys with values are wanted here");
        return;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        size_t k = 0;
        while (k < count && !str_eq(map->pairs[i].key->text, str_of(keys[k]))) {
            k++;
        }
        if (k == count) {
            page_fault(p, map->pairs[i].key, "unknown key: correct it or take it out");
        }
    }
}

static bool is_line(struct str s)
{
    bool good = s.n > 0 && s.n <= PAGE_MAX_TEXT_BYTES && unicode_is_utf8(s);
    for (size_t i = 0; i < s.n && good; i++) {
        good = (unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7F;
    }
    return good;
}

static struct str line_of(struct page *p, const struct node *n)
{
    if (n->kind != NODE_SCALAR || !is_line(n->text)) {
        page_fault(p, n, "one line of text is wanted here, at most 240 bytes");
        return (struct str){"", 0};
    }
    return n->text;
}

struct str page_text(struct page *p, const struct node *map, const char *key, bool required)
{
    const struct node *n = document_get(map, str_of(key));
    if (n != NULL) {
        return line_of(p, n);
    }
    if (required) {
        diag_add(p->diag, DIAG_ERROR, (struct diag_place){p->path, map->line, map->column},
                 "the key '%s' is missing: add it", key);
        p->bad = true;
    }
    return (struct str){"", 0};
}

uint32_t page_texts(struct page *p, const struct node *map, const char *key,
                    struct str out[static PAGE_MAX_LIST])
{
    const struct node *n = document_get(map, str_of(key));
    if (n == NULL) {
        return 0;
    }
    if (n->kind == NODE_SCALAR) {
        out[0] = line_of(p, n);
        return 1;
    }
    if (n->kind != NODE_LIST || n->count > PAGE_MAX_LIST) {
        page_fault(p, n, "a list of at most 64 texts is wanted here");
        return 0;
    }
    for (uint32_t i = 0; i < n->count; i++) {
        out[i] = line_of(p, n->items[i]);
    }
    return n->count;
}
