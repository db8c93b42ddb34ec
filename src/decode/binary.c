/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/binary.h"

enum {
    LEAST_BYTES = 64, /* of less, a few odd bytes prove nothing */
    /* One byte in 16. Of what is compressed or enciphered every ninth is a control byte. */
    TEXT_PER_CONTROL = 16,
};

struct magic {
    size_t at;
    struct str bytes;
    enum err err;
};

/* Only what no text begins with. */
static const struct magic magics[] = {
    {0, STR_INIT("LPKSHHRH"), ERR_OTHER_LOG}, /* journal of systemd */
    {4, STR_INIT("LfLe"), ERR_OTHER_LOG},     /* event log before Windows Vista */
    {0, STR_INIT("regf"), ERR_NOT_LOG},       /* registry hive */
    {0,
     STR_INIT("\x7F"
              "ELF"),
     ERR_NOT_LOG},
    {0, STR_INIT("\xD4\xC3\xB2\xA1"), ERR_NOT_LOG}, /* pcap */
    {0, STR_INIT("\xA1\xB2\xC3\xD4"), ERR_NOT_LOG},
    {0, STR_INIT("\x4D\x3C\xB2\xA1"), ERR_NOT_LOG},
    {0, STR_INIT("\xA1\xB2\x3C\x4D"), ERR_NOT_LOG},
    {0, STR_INIT("\x0A\x0D\x0D\x0A"), ERR_NOT_LOG}, /* pcapng */
    {0, STR_INIT("SQLite format 3"), ERR_NOT_LOG},
    {4, STR_INIT("\xEF\xCD\xAB\x89"), ERR_NOT_LOG}, /* ESE database */
    {4, STR_INIT("SCCA"), ERR_NOT_LOG},             /* prefetch */
    {0, STR_INIT("MAM\x04"), ERR_NOT_LOG},
    {0, STR_INIT("EVF\x09\x0D\x0A\xFF"), ERR_NOT_LOG}, /* disk image */
    {0, STR_INIT("MDMP\x93\xA7"), ERR_NOT_LOG},        /* memory dump */
    {0, STR_INIT("PAGEDU"), ERR_NOT_LOG},
    {0, STR_INIT("PK\x03\x04"), ERR_NOT_LOG},
    {0, STR_INIT("7z\xBC\xAF\x27\x1C"), ERR_NOT_LOG},
    {0, STR_INIT("Rar!\x1A\x07"), ERR_NOT_LOG},
    {0,
     STR_INIT("\xFD"
              "7zXZ"),
     ERR_NOT_LOG},
    {0, STR_INIT("BZh91AY&SY"), ERR_NOT_LOG},
    {0, STR_INIT("\x89PNG\r\n"), ERR_NOT_LOG},
    {0, STR_INIT("\xFF\xD8\xFF"), ERR_NOT_LOG}, /* JPEG */
    {0, STR_INIT("GIF89a"), ERR_NOT_LOG},
    {0, STR_INIT("%PDF-"), ERR_NOT_LOG},
};

/* White space, and the escape that begins a colour, stand in logs. */
static bool is_control(uint8_t c)
{
    return (c < ' ' && !str_is_space((char)c) && c != 0x1B) || c == 0x7F;
}

struct rc binary_check(struct bytes head)
{
    for (size_t i = 0; i < COUNT_OF(magics); i++) {
        struct str s = str_from(str_bytes(head), magics[i].at);
        if (str_starts(s, magics[i].bytes)) {
            return rc_make(magics[i].err);
        }
    }
    size_t bytes = 0, control = 0;
    for (size_t i = 0; i < head.n; i++) {
        /* a run of zeros counts once */
        bool again = i > 0 && head.p[i] == 0 && head.p[i - 1] == 0;
        bytes += !again;
        control += !again && is_control(head.p[i]);
    }
    bool binary = bytes >= LEAST_BYTES && control > bytes / TEXT_PER_CONTROL;
    return binary ? rc_make(ERR_NOT_LOG) : RC_OK;
}
