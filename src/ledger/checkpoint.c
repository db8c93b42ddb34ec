/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/checkpoint.h"

#include "base/base64.h"
#include "ledger/text.h"

void checkpoint_put(const struct checkpoint *checkpoint, struct buf *out)
{
    buf_put(out, checkpoint->origin);
    buf_putc(out, '\n');
    buf_u64(out, checkpoint->size);
    buf_putc(out, '\n');
    base64_put(out, (struct bytes){checkpoint->root.b, sizeof(checkpoint->root.b)});
    buf_putc(out, '\n');
}

struct rc checkpoint_parse(struct str text, struct checkpoint *out)
{
    struct text t = text_of(text);
    struct checkpoint checkpoint = {0};
    checkpoint.origin = text_line(&t);
    t.fault |= checkpoint.origin.n == 0;
    struct str size = text_line(&t);
    checkpoint.size = text_u64(&t, size);
    struct str root = text_line(&t);
    text_hash(&t, root, &checkpoint.root);
    while (t.left.n > 0 && !t.fault) {
        struct str extension = text_line(&t);
        t.fault |= extension.n == 0;
    }
    TRY(text_done(&t));
    *out = checkpoint;
    return RC_OK;
}

struct rc checkpoint_open(struct str note, const struct note_key *key, struct checkpoint *out)
{
    struct str text;
    struct checkpoint checkpoint;
    TRY(note_open(note, key, 1, &text));
    TRY(checkpoint_parse(text, &checkpoint));
    if (!str_eq(checkpoint.origin, note_key_name(key))) {
        return rc_make(ERR_REJECTED);
    }
    *out = checkpoint;
    return RC_OK;
}
