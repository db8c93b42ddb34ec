/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/evtx_value.h"

#include "base/unicode.h"

enum {
    WIDTH_ANY = 0,
    SID_HEAD_BYTES = 8,
    SID_MAX_PARTS = 15, /* [MS-DTYP] 2.4.2.2 */
};

/* Type → how its bytes are read; the two widths are the sizes that it may have. */
static const struct form {
    uint8_t type; /* enum value_type; VALUE_NULL: not a type that is known */
    uint8_t width, other_width;
} forms[] = {
    [EVTX_TYPE_UTF16] = {VALUE_UTF16, WIDTH_ANY, WIDTH_ANY},
    [EVTX_TYPE_ANSI] = {VALUE_TEXT, WIDTH_ANY, WIDTH_ANY},
    [0x03] = {VALUE_SIGNED, 1, 1},
    [0x04] = {VALUE_UNSIGNED, 1, 1},
    [0x05] = {VALUE_SIGNED, 2, 2},
    [0x06] = {VALUE_UNSIGNED, 2, 2},
    [0x07] = {VALUE_SIGNED, 4, 4},
    [0x08] = {VALUE_UNSIGNED, 4, 4},
    [0x09] = {VALUE_SIGNED, 8, 8},
    [0x0A] = {VALUE_UNSIGNED, 8, 8},
    [0x0B] = {VALUE_FLOAT, 4, 4},
    [0x0C] = {VALUE_FLOAT, 8, 8},
    [0x0D] = {VALUE_WIN_BOOL, 4, 1},
    [0x0E] = {VALUE_BINARY, WIDTH_ANY, WIDTH_ANY},
    [0x0F] = {VALUE_GUID, 16, 16},
    [EVTX_TYPE_SIZE] = {VALUE_HEX, 8, 4},
    [0x11] = {VALUE_FILETIME, 8, 8},
    [0x12] = {VALUE_SYSTEMTIME, 16, 16},
    [EVTX_TYPE_SID] = {VALUE_SID, WIDTH_ANY, WIDTH_ANY},
    [0x14] = {VALUE_HEX, 4, 4},
    [EVTX_TYPE_HEX64] = {VALUE_HEX, 8, 8},
    [0x20] = {VALUE_HEX, 8, 4}, /* a handle */
};

static struct form form_of(uint8_t type)
{
    struct form unknown = {VALUE_BINARY, WIDTH_ANY, WIDTH_ANY};
    return type < COUNT_OF(forms) && forms[type].type != VALUE_NULL ? forms[type] : unknown;
}

static bool sid_fits(const uint8_t *p, size_t n)
{
    return n >= SID_HEAD_BYTES && p[1] <= SID_MAX_PARTS &&
           n >= SID_HEAD_BYTES + 4 * (size_t)p[1];
}

/* Terminators at the end are not text. */
static struct evtx_item without_nuls(struct evtx_item item, uint16_t width)
{
    while (item.n >= width && item.p[item.n - 1] == 0 && item.p[item.n - width] == 0) {
        item.n = (uint16_t)(item.n - width);
    }
    return item;
}

static struct rc latin1(struct str s, struct arena *a, struct value *out)
{
    char *text = arena_text(a, 2 * s.n);
    if (text == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char encoded[UNICODE_MAX_UTF8_BYTES];
        unsigned used = unicode_encode((unsigned char)s.p[i], encoded);
        memcpy(text + n, encoded, used);
        n += used;
    }
    arena_shrink_text(a, text, 2 * s.n, n);
    *out = value_text_of((struct str){text, n});
    return RC_OK;
}

struct rc evtx_value_scalar(struct evtx_item item, struct arena *a, struct value *out)
{
    struct form form = form_of(item.type);
    if (item.type == EVTX_TYPE_NULL || item.n == 0) {
        *out = (struct value){item.p, 0, VALUE_TEXT};
        return RC_OK;
    }
    if (item.type == EVTX_TYPE_UTF16) {
        item.n &= (uint16_t)~1U;
        item = without_nuls(item, 2);
    } else if (item.type == EVTX_TYPE_ANSI) {
        item = without_nuls(item, 1);
        struct str s = {(const char *)item.p, item.n};
        if (!unicode_is_utf8(s)) {
            return latin1(s, a, out);
        }
    } else if ((form.width != WIDTH_ANY && item.n != form.width &&
                item.n != form.other_width) ||
               (form.type == VALUE_SID && !sid_fits(item.p, item.n))) {
        form.type = VALUE_BINARY;
    }
    *out = (struct value){item.p, item.n, form.type};
    return RC_OK;
}

/* Bytes of the first text in the array, with its terminator. */
static size_t text_member(struct evtx_item array, size_t width)
{
    size_t at = 0;
    while (at + width <= array.n) {
        bool nul = array.p[at] == 0 && array.p[at + width - 1] == 0;
        at += width;
        if (nul) {
            return at;
        }
    }
    return array.n;
}

static size_t member_bytes(struct evtx_item array)
{
    uint8_t type = array.type & (uint8_t)~EVTX_TYPE_ARRAY;
    if (type == EVTX_TYPE_UTF16 || type == EVTX_TYPE_ANSI) {
        return text_member(array, type == EVTX_TYPE_UTF16 ? 2 : 1);
    }
    if (type == EVTX_TYPE_SID) {
        return sid_fits(array.p, array.n) ? SID_HEAD_BYTES + 4 * (size_t)array.p[1] : array.n;
    }
    size_t width = form_of(type).width;
    return width == WIDTH_ANY || width > array.n ? array.n : width;
}

bool evtx_value_next(struct evtx_item *array, struct evtx_item *out)
{
    if (array->n == 0) {
        return false;
    }
    size_t n = member_bytes(*array);
    *out = (struct evtx_item){array->p, (uint16_t)n, array->type & (uint8_t)~EVTX_TYPE_ARRAY};
    array->p += n;
    array->n = (uint16_t)(array->n - n);
    return true;
}
