/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * value - one value of an event, still in the bytes of its source. Nothing is unescaped,
 * narrowed or printed until somebody asks for its text.
 */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/arena.h"
#include "base/str.h"

/*
 * How the bytes at p encode the value. Scalars from EVTX are little-endian, n gives the width.
 * Text of a scalar: decimal for integers, 0x-prefixed lower-case hex without leading zeros for
 * HEX, upper-case 8-4-4-4-12 for GUID without braces, S-1-… for SID, RFC 3339 for times.
 */
enum value_type {
    VALUE_NULL,       /* JSON null; p is unused */
    VALUE_OBJECT,     /* a JSON object stood here: present, without a scalar value */
    VALUE_EMPTY_LIST, /* a JSON [] stood here: present, without members */
    VALUE_BOOL,       /* text "true" or "false" */
    VALUE_NUMBER,     /* the text of a number, valid per RFC 8259 */
    VALUE_TEXT,       /* UTF-8, or bytes that claim to be */
    VALUE_JSON_TEXT,  /* inside of a JSON string that holds at least one backslash */
    VALUE_UTF16,      /* UTF-16LE, lone surrogates possible, no terminator */
    VALUE_SIGNED,     /* 1, 2, 4 or 8 bytes */
    VALUE_UNSIGNED,   /* 1, 2, 4 or 8 bytes */
    VALUE_HEX,        /* 4 or 8 bytes */
    VALUE_FLOAT,      /* 4 or 8 bytes, IEEE 754 */
    VALUE_WIN_BOOL,   /* 4 bytes (1 accepted); text "true" or "false" */
    VALUE_BINARY,     /* upper-case hex text */
    VALUE_GUID,       /* 16 bytes */
    VALUE_FILETIME,   /* 8 bytes */
    VALUE_SYSTEMTIME, /* 16 bytes */
    VALUE_SID,        /* 8 + 4 * sub-authority count bytes */
    VALUE_TYPE_COUNT
};

struct value {
    const uint8_t *p;
    uint32_t n; /* bytes */
    uint8_t type;
};

/* A number, exactly. */
enum number_kind { NUMBER_NONE, NUMBER_SIGNED, NUMBER_UNSIGNED, NUMBER_FLOAT };

/* SIGNED holds values < 0 only, UNSIGNED those >= 0; an integral FLOAT that fits is an integer.
 */
struct number {
    enum number_kind kind;
    union {
        int64_t i;
        uint64_t u;
        double f;
    };
};

/* A value that is plain text. */
static inline struct value value_text_of(struct str s)
{
    return (struct value){(const uint8_t *)s.p, (uint32_t)s.n, VALUE_TEXT};
}

/* False for NULL, OBJECT and EMPTY_LIST: nothing to compare with. */
static inline bool value_is_scalar(struct value v)
{
    return v.type >= VALUE_BOOL;
}

/*
 * Is it an integer, a JSON number, a time, a GUID, a SID or binary? Then its text, in lower
 * case, holds no bytes but these.
 */
#define VALUE_NUMERAL_BYTES "0123456789abcdefstxz.:+-"
bool value_is_numeral(struct value v);

/* Is its text a JSON number or an integer or float of EVTX? */
bool value_is_number(struct value v);

/*
 * value_text - the text of a scalar as UTF-8.
 *
 * VALUE_TEXT, NUMBER and BOOL are returned in place; others are written to a. Text that claims
 * to be UTF-8 is not checked or repaired. Not a scalar: the empty text.
 * fails  ARENA_FULL
 */
MUST_USE struct rc value_text(struct value v, struct arena *a, struct str *out);

/* The most bytes value_text writes for v; 0 when it returns the text in place. */
size_t value_text_bound(struct value v);
/* Like value_text into room for value_text_bound(v) bytes. */
struct str value_text_into(struct value v, char *room);

/* The number v is, or (text that is wholly a decimal number) spells; kind NONE otherwise. */
struct number value_number(struct value v);
/* The number that text spells: -?digits, with fraction and exponent; leading zeros allowed. */
struct number value_parse_number(struct str text);
/* -1, 0 or 1, exact across kinds; 2 when either is NONE or a NaN. */
int value_compare_numbers(struct number a, struct number b);

#endif
