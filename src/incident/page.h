/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * page - small YAML files that people write (playbooks, the history), read like a schema: each
 * fault is a message with its line and what to write instead.
 */
#ifndef INCIDENT_PAGE_H
#define INCIDENT_PAGE_H

#include "base/diag.h"
#include "base/document.h"

enum {
    PAGE_MAX_TEXT_BYTES = 240,
    PAGE_MAX_LIST = 64,
};

struct page {
    struct str path; /* of the file; kept by the caller as long as the diag */
    struct diag *diag;
    struct arena *arena; /* owns trees and texts */
    bool bad;            /* a message was added */
};

/*
 * page_next - the next thing of a file: a map at the root of a document, or an item of a list
 * there. NULL at the end, or (bad) at a fault of syntax.
 */
struct page_reader {
    struct document_reader documents;
    const struct node *list; /* being handed out */
    uint32_t at;
};
const struct node *page_next(struct page *p, struct page_reader *r);

/* A message about this node. */
void page_fault(struct page *p, const struct node *at, const char *what);
/* The map has these keys and no other. */
void page_only(struct page *p, const struct node *map, const char *const *keys, size_t count);
/* One line of text; empty when it is missing, which is a fault if `required`. */
struct str page_text(struct page *p, const struct node *map, const char *key, bool required);
/* A list of such texts, or one text; missing: empty. */
uint32_t page_texts(struct page *p, const struct node *map, const char *key,
                    struct str out[static PAGE_MAX_LIST]);

#endif
