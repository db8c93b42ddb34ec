/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/suggest.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits from a to b, ASCII case ignored. src: Wagner and Fischer 1974 */
static unsigned edits(struct str a, struct str b)
{
    unsigned row[SUGGEST_MAX_BYTES + 1];
    for (unsigned j = 0; j <= b.n; j++) {
        row[j] = j;
    }
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned change = diagonal + (str_lower(a.p[i - 1]) != str_lower(b.p[j - 1]));
            diagonal = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.n];
}

void suggest_offer(struct suggest *s, struct str name)
{
    if (s->word.n > SUGGEST_MAX_BYTES || name.n > SUGGEST_MAX_BYTES ||
        s->offers++ >= SUGGEST_MAX_OFFERS) {
        return;
    }
    unsigned distance = edits(s->word, name);
    bool is_near = (size_t)distance * 3 <= s->word.n || distance == 0;
    if (is_near && (s->best.n == 0 || distance < s->distance)) {
        s->best = name;
        s->distance = distance;
    }
}
