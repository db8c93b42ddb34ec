/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * encode - the modifiers that spell a value as an attacker encodes it: UTF-16 and base64.
 * src: sigma-specification 2.1.0, sigma-appendix-modifiers; RFC 4648
 */
#ifndef DETECT_SIGMA_ENCODE_H
#define DETECT_SIGMA_ENCODE_H

#include "detect/sigma/glob.h"

enum encode_utf16 { ENCODE_UTF16LE, ENCODE_UTF16BE, ENCODE_UTF16_BOM };

/* Each code point becomes its bytes in UTF-16; wildcards stay. ARENA_FULL only. */
MUST_USE struct rc encode_utf16(struct glyphs in, enum encode_utf16 how, struct arena *a,
                                struct glyphs *out);

/* in has neither wildcards nor dashes. With padding. ARENA_FULL only. */
MUST_USE struct rc encode_base64(struct glyphs in, struct arena *a, struct glyphs *out);

/*
 * The part of the base64 text that does not depend on what stands around `in` when `shift`
 * (0 to 2) bytes of a group come before it. May be empty.
 */
MUST_USE struct rc encode_base64_offset(struct glyphs in, uint32_t shift, struct arena *a,
                                        struct glyphs *out);

#endif
