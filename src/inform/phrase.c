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
    struct str name;
    enum phrase_table table;
    enum phrase phrase;
};

/* Names in assertions and registers, to rows. src: model/assertion.def; RSIT v1003 */
static const struct named names[] = {
    {STR_INIT("case-files"), PHRASE_OF_CLASS, PHRASE_CLASS_CASE_FILES},
    {STR_INIT("evidence"), PHRASE_OF_CLASS, PHRASE_CLASS_EVIDENCE},
    {STR_INIT("deliberations"), PHRASE_OF_CLASS, PHRASE_CLASS_DELIBERATIONS},
    {STR_INIT("personal-data"), PHRASE_OF_CLASS, PHRASE_CLASS_PERSONAL_DATA},
    {STR_INIT("personnel"), PHRASE_OF_CLASS, PHRASE_CLASS_PERSONNEL},
    {STR_INIT("finance"), PHRASE_OF_CLASS, PHRASE_CLASS_FINANCE},
    {STR_INIT("correspondence"), PHRASE_OF_CLASS, PHRASE_CLASS_CORRESPONDENCE},
    {STR_INIT("credentials"), PHRASE_OF_CLASS, PHRASE_CLASS_CREDENTIALS},
    {STR_INIT("backups"), PHRASE_OF_CLASS, PHRASE_CLASS_BACKUPS},
    {STR_INIT("administration"), PHRASE_OF_CLASS, PHRASE_CLASS_ADMINISTRATION},
    {STR_INIT("guessed-password"), PHRASE_OF_ENTRY, PHRASE_ENTRY_GUESSED},
    {STR_INIT("stolen-credentials"), PHRASE_OF_ENTRY, PHRASE_ENTRY_STOLEN},
    {STR_INIT("phishing"), PHRASE_OF_ENTRY, PHRASE_ENTRY_PHISHING},
    {STR_INIT("vulnerability"), PHRASE_OF_ENTRY, PHRASE_ENTRY_WEAKNESS},
    {STR_INIT("intrusions"), PHRASE_OF_RSIT, PHRASE_KIND_INTRUSIONS},
    {STR_INIT("intrusion-attempts"), PHRASE_OF_RSIT, PHRASE_KIND_ATTEMPTS},
    {STR_INIT("malicious-code"), PHRASE_OF_RSIT, PHRASE_KIND_CODE},
    {STR_INIT("availability"), PHRASE_OF_RSIT, PHRASE_KIND_AVAILABILITY},
    {STR_INIT("information-content-security"), PHRASE_OF_RSIT, PHRASE_KIND_INFORMATION},
    {STR_INIT("fraud"), PHRASE_OF_RSIT, PHRASE_KIND_FRAUD},
    {STR_INIT("information-gathering"), PHRASE_OF_RSIT, PHRASE_KIND_GATHERING},
    {STR_INIT("host-state"), PHRASE_OF_INFORMED, PHRASE_INFORMED_HOST_STATE},
    {STR_INIT("member-states"), PHRASE_OF_INFORMED, PHRASE_INFORMED_MEMBERS},
    {STR_INIT("csirt"), PHRASE_OF_INFORMED, PHRASE_INFORMED_CSIRT},
    {STR_INIT("data-protection-authority"), PHRASE_OF_INFORMED, PHRASE_INFORMED_DATA},
    {STR_INIT("law-enforcement"), PHRASE_OF_INFORMED, PHRASE_INFORMED_POLICE},
    {STR_INIT("staff"), PHRASE_OF_INFORMED, PHRASE_INFORMED_STAFF},
    {STR_INIT("touched"), PHRASE_OF_WORD, PHRASE_W_TOUCHED},
    {STR_INIT("read"), PHRASE_OF_WORD, PHRASE_W_READ},
    {STR_INIT("taken"), PHRASE_OF_WORD, PHRASE_W_TAKEN},
    {STR_INIT("altered"), PHRASE_OF_WORD, PHRASE_W_ALTERED},
    {STR_INIT("confirmed"), PHRASE_OF_WORD, PHRASE_W_CONFIRMED},
    {STR_INIT("suspected"), PHRASE_OF_WORD, PHRASE_W_SUSPECTED},
    {STR_INIT("none found so far"), PHRASE_OF_WORD, PHRASE_W_NONE_FOUND_SO_FAR},
    {STR_INIT("unknown"), PHRASE_OF_WORD, PHRASE_W_UNKNOWN},
    {STR_INIT("open"), PHRASE_OF_WORD, PHRASE_W_OPEN},
    {STR_INIT("contained"), PHRASE_OF_WORD, PHRASE_W_CONTAINED},
    {STR_INIT("closed"), PHRASE_OF_WORD, PHRASE_W_CLOSED},
    {STR_INIT("informational"), PHRASE_OF_WORD, PHRASE_W_INFORMATIONAL},
    {STR_INIT("low"), PHRASE_OF_WORD, PHRASE_W_LOW},
    {STR_INIT("medium"), PHRASE_OF_WORD, PHRASE_W_MEDIUM},
    {STR_INIT("high"), PHRASE_OF_WORD, PHRASE_W_HIGH},
    {STR_INIT("critical"), PHRASE_OF_WORD, PHRASE_W_CRITICAL},
    {STR_INIT("known"), PHRASE_OF_WORD, PHRASE_W_KNOWN},
    {STR_INIT("assessed"), PHRASE_OF_WORD, PHRASE_W_ASSESSED},
    {STR_INIT("block-address"), PHRASE_OF_WORD, PHRASE_W_BLOCK_ADDRESS},
    {STR_INIT("end-session"), PHRASE_OF_WORD, PHRASE_W_END_SESSION},
    {STR_INIT("suspend-account"), PHRASE_OF_WORD, PHRASE_W_SUSPEND_ACCOUNT},
    {STR_INIT("allowed"), PHRASE_OF_WORD, PHRASE_W_ALLOWED},
    {STR_INIT("shadow"), PHRASE_OF_WORD, PHRASE_W_SHADOW},
    {STR_INIT("never"), PHRASE_OF_WORD, PHRASE_W_NEVER},
    {STR_INIT("trust"), PHRASE_OF_WORD, PHRASE_W_TRUST},
    {STR_INIT("evidence"), PHRASE_OF_WORD, PHRASE_W_EVIDENCE},
    {STR_INIT("budget"), PHRASE_OF_WORD, PHRASE_W_BUDGET},
    {STR_INIT("stale"), PHRASE_OF_WORD, PHRASE_W_STALE},
    {STR_INIT("target"), PHRASE_OF_WORD, PHRASE_W_TARGET},
    {STR_INIT("away"), PHRASE_OF_WORD, PHRASE_W_AWAY},
    {STR_INIT("effective"), PHRASE_OF_WORD, PHRASE_W_EFFECTIVE},
    {STR_INIT("ineffective"), PHRASE_OF_WORD, PHRASE_W_INEFFECTIVE},
    {STR_INIT("apply"), PHRASE_OF_WORD, PHRASE_W_APPLY},
    {STR_INIT("undo"), PHRASE_OF_WORD, PHRASE_W_UNDO},
    {STR_INIT("lapse"), PHRASE_OF_WORD, PHRASE_W_LAPSE},
    {STR_INIT("host"), PHRASE_OF_WORD, PHRASE_W_HOST},
    {STR_INIT("account"), PHRASE_OF_WORD, PHRASE_W_ACCOUNT},
    {STR_INIT("address"), PHRASE_OF_WORD, PHRASE_W_ADDRESS},
    {STR_INIT("domain"), PHRASE_OF_WORD, PHRASE_W_DOMAIN},
    {STR_INIT("hash"), PHRASE_OF_WORD, PHRASE_W_HASH},
    {STR_INIT("process"), PHRASE_OF_WORD, PHRASE_W_PROCESS},
    {STR_INIT("file"), PHRASE_OF_WORD, PHRASE_W_FILE},
    {STR_INIT("service"), PHRASE_OF_WORD, PHRASE_W_SERVICE},
    {STR_INIT("event"), PHRASE_OF_WORD, PHRASE_W_EVENT},
    {STR_INIT("detected"), PHRASE_OF_WORD, PHRASE_W_DETECTED},
    {STR_INIT("kind"), PHRASE_OF_WORD, PHRASE_W_KIND},
    {STR_INIT("entry"), PHRASE_OF_WORD, PHRASE_W_ENTRY},
    {STR_INIT("source-address"), PHRASE_OF_WORD, PHRASE_W_SOURCE_ADDRESS},
    {STR_INIT("account-used"), PHRASE_OF_WORD, PHRASE_W_ACCOUNT_USED},
    {STR_INIT("information"), PHRASE_OF_WORD, PHRASE_W_INFORMATION},
    {STR_INIT("information-class"), PHRASE_OF_WORD, PHRASE_W_INFORMATION_CLASS},
    {STR_INIT("people"), PHRASE_OF_WORD, PHRASE_W_PEOPLE},
    {STR_INIT("measure"), PHRASE_OF_WORD, PHRASE_W_MEASURE},
    {STR_INIT("recurrence"), PHRASE_OF_WORD, PHRASE_W_RECURRENCE},
    {STR_INIT("raids"), PHRASE_OF_WORD, PHRASE_W_RAIDS},
    {STR_INIT("informed"), PHRASE_OF_WORD, PHRASE_W_INFORMED},
    {STR_INIT("next-update"), PHRASE_OF_WORD, PHRASE_W_NEXT_UPDATE},
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
