/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/notice_fact.h"

#include "base/hash.h"

static void put_numbers(struct jsonw *w, const struct notice *n)
{
    jsonw_key(w, STR("assertions"));
    jsonw_array(w);
    for (uint32_t i = 0; i < n->number_count; i++) {
        jsonw_u64(w, n->numbers[i]);
    }
    jsonw_end_array(w);
}

/* The rules that refused, each once. */
static void put_refusals(struct jsonw *w, const struct lint_result *lint)
{
    uint64_t seen = 0;
    jsonw_key_u64(w, "refusals", lint->all);
    jsonw_key(w, STR("refused_by"));
    jsonw_array(w);
    for (uint32_t i = 0; i < lint->count; i++) {
        enum lint_rule rule = lint->refusals[i].rule;
        if ((seen >> rule & 1) == 0) {
            jsonw_str(w, lint_rule_name(rule));
        }
        seen |= UINT64_C(1) << rule;
    }
    jsonw_end_array(w);
}

void notice_fact_encode(struct buf *out, const struct notice_fact *f,
                        uint8_t out_key[static FACT_KEY_BYTES])
{
    uint8_t digest[HASH_SHA256_BYTES];
    hash_sha256(bytes_of(f->document), digest);
    struct str part = str_bytes((struct bytes){digest, sizeof(digest)});
    fact_key(FACT_NOTICE, &part, 1, out_key);
    struct jsonw w = jsonw_to(out);
    fact_begin(&w, FACT_NOTICE, out_key, f->at);
    jsonw_key(&w, STR("incident"));
    fact_put_hex(&w, (struct bytes){f->incident->id, ACTION_ID_BYTES});
    jsonw_key_str(&w, "incident_name", f->incident->name);
    jsonw_key_u64(&w, "incident_version", f->incident->version);
    jsonw_key_u64(&w, "incident_position", f->position);
    jsonw_key_str(&w, "audience", notice_audience_name(f->notice->audience));
    jsonw_key_str(&w, "language", phrase_language_name(f->notice->language));
    jsonw_key_str(&w, "format", notice_format_name(f->format));
    jsonw_key_str(&w, "tlp", tlp_name(f->notice->tlp));
    jsonw_key(&w, STR("digest"));
    fact_put_hex(&w, (struct bytes){digest, sizeof(digest)});
    jsonw_key_u64(&w, "bytes", f->document.n);
    put_numbers(&w, f->notice);
    put_refusals(&w, f->lint);
    fact_end(&w);
}
