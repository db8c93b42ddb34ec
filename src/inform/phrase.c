/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/phrase.h"

/* One row per language and phrase. */
static const struct str texts[PHRASE_COUNT][PHRASE_LANGUAGE_COUNT] = {
#define PHRASE(identifier, en, fr) [PHRASE_##identifier] = {STR_INIT(en), STR_INIT(fr)},
#include "inform/phrase.def"
#undef PHRASE
};

static const struct str languages[] = {STR_INIT("en"), STR_INIT("fr")};

static const struct str months[PHRASE_LANGUAGE_COUNT][12] = {
    {STR_INIT("January"), STR_INIT("February"), STR_INIT("March"), STR_INIT("April"),
     STR_INIT("May"), STR_INIT("June"), STR_INIT("July"), STR_INIT("August"),
     STR_INIT("September"), STR_INIT("October"), STR_INIT("November"), STR_INIT("December")},
    {STR_INIT("janvier"), STR_INIT("février"), STR_INIT("mars"), STR_INIT("avril"),
     STR_INIT("mai"), STR_INIT("juin"), STR_INIT("juillet"), STR_INIT("août"),
     STR_INIT("septembre"), STR_INIT("octobre"), STR_INIT("novembre"), STR_INIT("décembre")},
};

static const struct str ordinals[PHRASE_LANGUAGE_COUNT][10] = {
    {STR_INIT("first"), STR_INIT("second"), STR_INIT("third"), STR_INIT("fourth"),
     STR_INIT("fifth"), STR_INIT("sixth"), STR_INIT("seventh"), STR_INIT("eighth"),
     STR_INIT("ninth"), STR_INIT("tenth")},
    {STR_INIT("premier"), STR_INIT("deuxième"), STR_INIT("troisième"), STR_INIT("quatrième"),
     STR_INIT("cinquième"), STR_INIT("sixième"), STR_INIT("septième"), STR_INIT("huitième"),
     STR_INIT("neuvième"), STR_INIT("dixième")},
};

struct named {
    enum phrase_table table;
    struct str name;
    enum phrase phrase;
};

/* Names in assertions and registers, to rows. src: model/assertion.def; RSIT v1003 */
static const struct named names[] = {
    {PHRASE_OF_CLASS, STR_INIT("case-files"), PHRASE_CLASS_CASE_FILES},
    {PHRASE_OF_CLASS, STR_INIT("evidence"), PHRASE_CLASS_EVIDENCE},
    {PHRASE_OF_CLASS, STR_INIT("deliberations"), PHRASE_CLASS_DELIBERATIONS},
    {PHRASE_OF_CLASS, STR_INIT("personal-data"), PHRASE_CLASS_PERSONAL_DATA},
    {PHRASE_OF_CLASS, STR_INIT("personnel"), PHRASE_CLASS_PERSONNEL},
    {PHRASE_OF_CLASS, STR_INIT("finance"), PHRASE_CLASS_FINANCE},
    {PHRASE_OF_CLASS, STR_INIT("correspondence"), PHRASE_CLASS_CORRESPONDENCE},
    {PHRASE_OF_CLASS, STR_INIT("credentials"), PHRASE_CLASS_CREDENTIALS},
    {PHRASE_OF_CLASS, STR_INIT("backups"), PHRASE_CLASS_BACKUPS},
    {PHRASE_OF_CLASS, STR_INIT("administration"), PHRASE_CLASS_ADMINISTRATION},
    {PHRASE_OF_ENTRY, STR_INIT("guessed-password"), PHRASE_ENTRY_GUESSED},
    {PHRASE_OF_ENTRY, STR_INIT("stolen-credentials"), PHRASE_ENTRY_STOLEN},
    {PHRASE_OF_ENTRY, STR_INIT("phishing"), PHRASE_ENTRY_PHISHING},
    {PHRASE_OF_ENTRY, STR_INIT("vulnerability"), PHRASE_ENTRY_WEAKNESS},
    {PHRASE_OF_RSIT, STR_INIT("intrusions"), PHRASE_KIND_INTRUSIONS},
    {PHRASE_OF_RSIT, STR_INIT("intrusion-attempts"), PHRASE_KIND_ATTEMPTS},
    {PHRASE_OF_RSIT, STR_INIT("malicious-code"), PHRASE_KIND_CODE},
    {PHRASE_OF_RSIT, STR_INIT("availability"), PHRASE_KIND_AVAILABILITY},
    {PHRASE_OF_RSIT, STR_INIT("information-content-security"), PHRASE_KIND_INFORMATION},
    {PHRASE_OF_RSIT, STR_INIT("fraud"), PHRASE_KIND_FRAUD},
    {PHRASE_OF_RSIT, STR_INIT("information-gathering"), PHRASE_KIND_GATHERING},
    {PHRASE_OF_INFORMED, STR_INIT("host-state"), PHRASE_INFORMED_HOST_STATE},
    {PHRASE_OF_INFORMED, STR_INIT("member-states"), PHRASE_INFORMED_MEMBERS},
    {PHRASE_OF_INFORMED, STR_INIT("csirt"), PHRASE_INFORMED_CSIRT},
    {PHRASE_OF_INFORMED, STR_INIT("data-protection-authority"), PHRASE_INFORMED_DATA},
    {PHRASE_OF_INFORMED, STR_INIT("law-enforcement"), PHRASE_INFORMED_POLICE},
    {PHRASE_OF_INFORMED, STR_INIT("staff"), PHRASE_INFORMED_STAFF},
    {PHRASE_OF_WORD, STR_INIT("touched"), PHRASE_W_TOUCHED},
    {PHRASE_OF_WORD, STR_INIT("read"), PHRASE_W_READ},
    {PHRASE_OF_WORD, STR_INIT("taken"), PHRASE_W_TAKEN},
    {PHRASE_OF_WORD, STR_INIT("altered"), PHRASE_W_ALTERED},
    {PHRASE_OF_WORD, STR_INIT("confirmed"), PHRASE_W_CONFIRMED},
    {PHRASE_OF_WORD, STR_INIT("suspected"), PHRASE_W_SUSPECTED},
    {PHRASE_OF_WORD, STR_INIT("none found so far"), PHRASE_W_NONE_FOUND_SO_FAR},
    {PHRASE_OF_WORD, STR_INIT("unknown"), PHRASE_W_UNKNOWN},
    {PHRASE_OF_WORD, STR_INIT("open"), PHRASE_W_OPEN},
    {PHRASE_OF_WORD, STR_INIT("contained"), PHRASE_W_CONTAINED},
    {PHRASE_OF_WORD, STR_INIT("closed"), PHRASE_W_CLOSED},
    {PHRASE_OF_WORD, STR_INIT("informational"), PHRASE_W_INFORMATIONAL},
    {PHRASE_OF_WORD, STR_INIT("low"), PHRASE_W_LOW},
    {PHRASE_OF_WORD, STR_INIT("medium"), PHRASE_W_MEDIUM},
    {PHRASE_OF_WORD, STR_INIT("high"), PHRASE_W_HIGH},
    {PHRASE_OF_WORD, STR_INIT("critical"), PHRASE_W_CRITICAL},
    {PHRASE_OF_WORD, STR_INIT("known"), PHRASE_W_KNOWN},
    {PHRASE_OF_WORD, STR_INIT("assessed"), PHRASE_W_ASSESSED},
    {PHRASE_OF_WORD, STR_INIT("block-address"), PHRASE_W_BLOCK_ADDRESS},
    {PHRASE_OF_WORD, STR_INIT("end-session"), PHRASE_W_END_SESSION},
    {PHRASE_OF_WORD, STR_INIT("suspend-account"), PHRASE_W_SUSPEND_ACCOUNT},
    {PHRASE_OF_WORD, STR_INIT("allowed"), PHRASE_W_ALLOWED},
    {PHRASE_OF_WORD, STR_INIT("shadow"), PHRASE_W_SHADOW},
    {PHRASE_OF_WORD, STR_INIT("never"), PHRASE_W_NEVER},
    {PHRASE_OF_WORD, STR_INIT("trust"), PHRASE_W_TRUST},
    {PHRASE_OF_WORD, STR_INIT("evidence"), PHRASE_W_EVIDENCE},
    {PHRASE_OF_WORD, STR_INIT("budget"), PHRASE_W_BUDGET},
    {PHRASE_OF_WORD, STR_INIT("stale"), PHRASE_W_STALE},
    {PHRASE_OF_WORD, STR_INIT("target"), PHRASE_W_TARGET},
    {PHRASE_OF_WORD, STR_INIT("away"), PHRASE_W_AWAY},
    {PHRASE_OF_WORD, STR_INIT("effective"), PHRASE_W_EFFECTIVE},
    {PHRASE_OF_WORD, STR_INIT("ineffective"), PHRASE_W_INEFFECTIVE},
    {PHRASE_OF_WORD, STR_INIT("apply"), PHRASE_W_APPLY},
    {PHRASE_OF_WORD, STR_INIT("undo"), PHRASE_W_UNDO},
    {PHRASE_OF_WORD, STR_INIT("lapse"), PHRASE_W_LAPSE},
    {PHRASE_OF_WORD, STR_INIT("host"), PHRASE_W_HOST},
    {PHRASE_OF_WORD, STR_INIT("account"), PHRASE_W_ACCOUNT},
    {PHRASE_OF_WORD, STR_INIT("address"), PHRASE_W_ADDRESS},
    {PHRASE_OF_WORD, STR_INIT("domain"), PHRASE_W_DOMAIN},
    {PHRASE_OF_WORD, STR_INIT("hash"), PHRASE_W_HASH},
    {PHRASE_OF_WORD, STR_INIT("process"), PHRASE_W_PROCESS},
    {PHRASE_OF_WORD, STR_INIT("file"), PHRASE_W_FILE},
    {PHRASE_OF_WORD, STR_INIT("service"), PHRASE_W_SERVICE},
    {PHRASE_OF_WORD, STR_INIT("event"), PHRASE_W_EVENT},
    {PHRASE_OF_WORD, STR_INIT("detected"), PHRASE_W_DETECTED},
    {PHRASE_OF_WORD, STR_INIT("kind"), PHRASE_W_KIND},
    {PHRASE_OF_WORD, STR_INIT("entry"), PHRASE_W_ENTRY},
    {PHRASE_OF_WORD, STR_INIT("source-address"), PHRASE_W_SOURCE_ADDRESS},
    {PHRASE_OF_WORD, STR_INIT("account-used"), PHRASE_W_ACCOUNT_USED},
    {PHRASE_OF_WORD, STR_INIT("information"), PHRASE_W_INFORMATION},
    {PHRASE_OF_WORD, STR_INIT("information-class"), PHRASE_W_INFORMATION_CLASS},
    {PHRASE_OF_WORD, STR_INIT("people"), PHRASE_W_PEOPLE},
    {PHRASE_OF_WORD, STR_INIT("measure"), PHRASE_W_MEASURE},
    {PHRASE_OF_WORD, STR_INIT("recurrence"), PHRASE_W_RECURRENCE},
    {PHRASE_OF_WORD, STR_INIT("raids"), PHRASE_W_RAIDS},
    {PHRASE_OF_WORD, STR_INIT("informed"), PHRASE_W_INFORMED},
    {PHRASE_OF_WORD, STR_INIT("next-update"), PHRASE_W_NEXT_UPDATE},
};

struct str phrase_language_name(enum phrase_language l)
{
    return languages[l];
}

bool phrase_language_parse(struct str s, enum phrase_language *out)
{
    for (enum phrase_language l = PHRASE_EN; l < PHRASE_LANGUAGE_COUNT; l++) {
        if (str_eq(s, languages[l])) {
            *out = l;
            return true;
        }
    }
    return false;
}

struct str phrase_text(enum phrase p, enum phrase_language l)
{
    return texts[p][l];
}

void phrase_put(struct buf *out, enum phrase p, enum phrase_language l,
                const struct str args[static PHRASE_MAX_ARGS])
{
    struct str left = texts[p][l];
    while (left.n != 0) {
        size_t mark = str_find_char(left, '{');
        buf_put(out, str_upto(left, mark));
        left = mark == SIZE_MAX ? (struct str){0} : str_from(left, mark);
        if (left.n >= 3) { /* "{1}": a test checks that no other brace is in the table */
            buf_put(out, args[left.p[1] - '1']);
            left = str_from(left, 3);
        }
    }
}

void phrase_date(struct buf *out, struct walltime t, enum phrase_language l)
{
    if (!walltime_known(t)) {
        buf_putc(out, '-');
        return;
    }
    struct walltime_parts p = walltime_split(t);
    buf_printf(out, "%u%s\u00a0", p.day, l == PHRASE_FR && p.day == 1 ? "er" : "");
    buf_put(out, months[l][p.month - 1]);
    buf_printf(out, " %d", p.year);
}

void phrase_moment(struct buf *out, struct walltime t, enum phrase_language l)
{
    phrase_date(out, t, l);
    if (!walltime_known(t)) {
        return;
    }
    struct walltime_parts p = walltime_split(t);
    buf_printf(out, l == PHRASE_FR ? ", %u\u00a0h\u00a0%02u UTC" : ", %u:%02u UTC", p.hour,
               p.minute);
}

static const char *english_suffix(uint64_t n)
{
    uint64_t last = n % 10, teen = n % 100;
    if (teen >= 11 && teen <= 13) {
        return "th";
    }
    return last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
}

void phrase_ordinal(struct buf *out, uint64_t n, enum phrase_language l)
{
    if (n >= 1 && n <= COUNT_OF(ordinals[l])) {
        buf_put(out, ordinals[l][n - 1]);
        return;
    }
    buf_u64(out, n);
    buf_puts(out, l == PHRASE_FR ? "e" : english_suffix(n));
}

void phrase_number(struct buf *out, uint64_t n, enum phrase_language l)
{
    AUTO_BUF digits = {0};
    buf_u64(&digits, n);
    for (size_t i = 0; i < digits.n; i++) {
        if (i != 0 && (digits.n - i) % 3 == 0) {
            buf_puts(out, l == PHRASE_FR ? "\u00a0" : ",");
        }
        buf_putc(out, digits.p[i]);
    }
}

bool phrase_find(enum phrase_table table, struct str name, enum phrase *out)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i].table == table && str_eq(names[i].name, name)) {
            *out = names[i].phrase;
            return true;
        }
    }
    return false;
}
