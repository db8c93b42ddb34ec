/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "inform/html.h"
#include "inform/lint.h"
#include "inform/markdown.h"
#include "notice_sample.h"

enum { ARENA_BYTES = 24 << 20 };

static struct lint_opts opts_for(const struct sample *s, enum notice_audience to,
                                 enum notice_format f)
{
    struct notice_opts o = sample_opts(to, PHRASE_EN);
    return (struct lint_opts){.audience = to,
                              .format = f,
                              .incident = s == NULL ? NULL : &s->incident,
                              .institution = {o.institution[0], o.institution[1]},
                              .contact = o.contact,
                              .now = o.now};
}

static void generated_notices_pass(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s);
    for (unsigned k = 0; k < 12; k++) {
        AUTO_ARENA a = arena_open(ARENA_BYTES);
        AUTO_BUF out = {0}, said = {0};
        struct notice n;
        struct lint_result r;
        enum notice_audience to = (enum notice_audience)(k / 4);
        enum notice_format f = (enum notice_format)(k % 2);
        struct notice_opts o = sample_opts(to, (enum phrase_language)(k / 2 % 2));
        struct lint_opts l = opts_for(&s, to, f);
        assert_ok(notice_make(&s.incident, &o, a, &n));
        if (f == NOTICE_HTML) {
            html_write(&out, &n);
        } else {
            markdown_write(&out, &n);
        }
        assert_int_equal(lint_guess_format(buf_str(&out)), f);
        assert_ok(lint_run(buf_str(&out), &l, a, &r));
        lint_print(&said, notice_audience_name(to), &r);
        if (r.all != 0) {
            print_error("%.*s\n%.*s", (int)said.n, said.p, (int)out.n, out.p);
        }
        assert_int_equal(r.all, 0);
    }
}

struct lint_case {
    const char *text;
    enum lint_rule rule; /* LINT_RULE_COUNT: nothing is refused */
};

#define GOOD LINT_RULE_COUNT

/* Each between labels and with the date of the next update, so that only it can be wrong. */
static const struct lint_case public_cases[] = {
    {"The attack came from 203.0.113.66.", LINT_ADDRESS},
    {"The attack came from 203[.]0[.]113[.]66.", LINT_ADDRESS},
    {"The attack came from 203.0.113[.]66.", LINT_ADDRESS},
    {"The attack came from 203 dot 0 dot 113 dot 66.", LINT_ADDRESS},
    {"The attack came from 203(dot)0(dot)113(dot)66.", LINT_ADDRESS},
    {"From 203\\.0\\.113\\.66, it came.", LINT_ADDRESS},
    {"From 203.**0**.113.66, it came.", LINT_ADDRESS},
    {"From 203&#46;0&#x2e;113&period;66, it came.", LINT_ADDRESS},
    {"From 203.0.\xE2\x80\x8B"
     "113.66, it came.",
     LINT_ADDRESS},
    {"From ２０３．０．１１３．６６, it came.", LINT_ADDRESS},
    {"From 203.0.113.0/24, it came.", LINT_ADDRESS},
    {"From 2001:db8::1 it came.", LINT_ADDRESS},
    {"From 2001:0db8:0000:0000:0000:0000:0000:0001 it came.", LINT_ADDRESS},
    {"From 2001[:]db8[:][:]1 it came.", LINT_ADDRESS},
    {"From ::ffff:203.0.113.66 it came.", LINT_ADDRESS},
    {"From 00:1b:44:11:3a:b7 it came.", LINT_ADDRESS},
    {"From 0xcb007142 it came.", LINT_ADDRESS},
    {"On srv.court.example it began.", LINT_HOST},
    {"On srv[.]court[.]example it began.", LINT_HOST},
    {"It began on DC01.", LINT_HOST},
    {"It began on srv-db-02.", LINT_HOST},
    {"It used svc_backup.", LINT_HOST},
    {"The file statement.odt was opened.", LINT_HOST},
    {"It used COURT\\jdupont there.", LINT_ACCOUNT},
    {"Write to jean.dupont@court.example.", LINT_EMAIL},
    {"Write to jean.dupont [at] court.example.", LINT_EMAIL},
    {"They read /srv/cases there.", LINT_PATH},
    {"They read “/srv/cases”.", LINT_PATH},
    {"They read C:\\Users\\x there.", LINT_PATH},
    {"They read \\\\nas\\cases there.", LINT_PATH},
    {"They used the account of Clerk.", LINT_ENTITY},
    {"They used c<b>ler</b>k here.", LINT_ENTITY},
    {"They used the program curl.", LINT_ENTITY},
    {"The Case Store was entered.", LINT_ENTITY},
    {"It was found by \"SSH log-on after failures\".", LINT_RULE_NAME},
    {"APT29 did it.", LINT_ACTOR},
    {"It was the work of APT-29.", LINT_ACTOR},
    {"It was Fancy Bear.", LINT_ACTOR},
    {"It was F\xC3\xA0ncy-Bear.", LINT_ACTOR},
    {"The attack is attributed to others.", LINT_ACTOR},
    {"A state-sponsored attack.", LINT_ACTOR},
    {"Une attaque parrainée par un État.", LINT_ACTOR},
    {"Cette attaque est attribuée à un groupe.", LINT_ACTOR},
    {"Un service de renseignement étranger.", LINT_ACTOR},
    {"It came from Russia.", LINT_STATE},
    {"Des pirates chinoises.", LINT_STATE},
    {"It came from the United States.", LINT_STATE},
    {"C’est l’œuvre des États-Unis.", LINT_STATE},
    {"No data was accessed.", LINT_ABSENCE},
    {"No personal data has been taken.", LINT_ABSENCE},
    {"Case files were not accessed.", LINT_ABSENCE},
    {"Nothing was stolen.", LINT_ABSENCE},
    {"Your data is safe.", LINT_ABSENCE},
    {"All information remains secure.", LINT_ABSENCE},
    {"There is no evidence of access.", LINT_ABSENCE},
    {"Aucune donnée n’a été consultée.", LINT_ABSENCE},
    {"Les dossiers n’ont pas été compromis.", LINT_ABSENCE},
    {"Aucun indice d’accès.", LINT_ABSENCE},
    {"There were 1431 attempts.", LINT_NUMBER},
    {"Thousands of files were opened.", LINT_NUMBER},
    {"Il y a eu 12 victimes.", LINT_NUMBER},
    {"This is an unprecedented attack.", LINT_SUPERLATIVE},
    {"Military-grade tools were used.", LINT_SUPERLATIVE},
    {"Une attaque sans précédent.", LINT_SUPERLATIVE},
    {"This will never happen again.", LINT_PROMISE},
    {"We guarantee it.", LINT_PROMISE},
    {"Cela ne se reproduira plus.", LINT_PROMISE},
    {"We will block further addresses.", LINT_MEASURE},
    {"Accounts are being suspended.", LINT_MEASURE},
    {"Des comptes seront suspendus.", LINT_MEASURE},
    {"Des comptes sont en cours de suspension.", LINT_MEASURE},
    {"A honeypot caught it.", LINT_DECOY},
    {"Un leurre l’a révélé.", LINT_DECOY},
    {"TLP:AMBER", LINT_MARKING},
    {"It came from R\xD1\x83ssia.", LINT_CHARACTER}, /* a Cyrillic letter */
    {"Read \xE2\x80\xAE this.", LINT_CHARACTER},
    {"Read <!-- 203.0.113.66 --> this.", LINT_ACTIVE},
    {"Look: ![x](y)", LINT_ACTIVE},
    {"See <img src=x> here.", LINT_ACTIVE},
    {"The incident has been contained.", GOOD},
    {"There is no evidence so far that information was taken.", GOOD},
    {"Aucun élément n’indique à ce stade que des informations ont été prises.", GOOD},
    {"As of 24 November 2026, 12 accounts were used.", GOOD},
    {"Au 24 novembre 2026, 14 h 05 UTC, 12 comptes ont été utilisés.", GOOD},
    {"We do not know yet whether information was not taken.", GOOD},
    {"On 24 November 2026 at 14:05 UTC we found it.", GOOD},
    {"We thank the Host State and its authorities, e.g. the police.", GOOD},
    {"Write to press@court.example.", GOOD},
    {"The second incident, in mid-2026, and a 24-hour watch.", GOOD},
    {"An answer comes within 72 hours.", GOOD},
    {"The 2nd and the 3rd session; la 1re et le 12e.", GOOD},
    {"The Court of Example informs the member States.", GOOD},
    {"Under article 42 and/or the rules, it goes on.", GOOD},
};

static bool refused(const struct lint_case *c, enum notice_audience to, const struct sample *s)
{
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    AUTO_BUF text = {0}, said = {0};
    struct lint_result r;
    struct lint_opts o = opts_for(s, to, NOTICE_MARKDOWN);
    const char *label = to == NOTICE_PUBLIC ? "TLP:CLEAR" : "TLP:AMBER";
    buf_printf(&text, "%s\n\n%s\n\nThe next update will be given by 27 November 2026.\n\n%s\n",
               label, c->text, label);
    assert_ok(lint_run(buf_str(&text), &o, a, &r));
    lint_print(&said, STR("notice"), &r);
    bool right = c->rule == GOOD ? r.all == 0 : r.count == 1 && r.refusals[0].rule == c->rule;
    if (!right) {
        print_error("%s\n%.*s", c->text, (int)said.n, said.p);
    }
    if (right && c->rule != GOOD) {
        assert_int_equal(r.refusals[0].line, 3);
        assert_true(r.refusals[0].column >= 1 && r.refusals[0].found.n != 0);
    }
    return right;
}

static void public_is_checked(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s);
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT_OF(public_cases); i++) {
        wrong += !refused(&public_cases[i], NOTICE_PUBLIC, &s);
    }
    assert_int_equal(wrong, 0);
}

static const struct lint_case members_cases[] = {
    {"From 203.0.113.66 it came.", LINT_ADDRESS},
    {"It was found by \"Case folder read\".", LINT_RULE_NAME},
    {"It used the account clerk.", LINT_ENTITY},
    {"It was APT29.", LINT_ACTOR},
    {"No data was accessed.", LINT_ABSENCE},
    {"We will block further addresses.", LINT_MEASURE},
    {"The authorities of France are thanked.", GOOD},
    {"An address was blocked.", GOOD},
    {"An unauthorised party read the holding “Case store”.", GOOD},
};

static void members_are_checked(void **state)
{
    (void)state;
    struct sample s;
    size_t wrong = 0;
    sample_make(&s);
    for (size_t i = 0; i < COUNT_OF(members_cases); i++) {
        wrong += !refused(&members_cases[i], NOTICE_MEMBERS, &s);
    }
    assert_int_equal(wrong, 0);
    /* an address that they may have by its own assertion, however it is written */
    const struct lint_case said = {"From 203[.]0[.]113[.]66 it came.", GOOD};
    sample_find(&s, ASSERTION_SOURCE_ADDRESS)->tlp = TLP_AMBER;
    assert_true(refused(&said, NOTICE_MEMBERS, &s));
}

static void who_is_at_risk_is_never_named(void **state)
{
    (void)state;
    struct sample s;
    const struct lint_case named = {"They used the account of Clerk.", LINT_PERSON};
    sample_make(&s);
    sample_find(&s, ASSERTION_ACCOUNT_USED)->person_at_risk = true;
    assert_true(refused(&named, NOTICE_PUBLIC, &s));
    assert_true(refused(&named, NOTICE_MEMBERS, &s));
}

/* Without an incident all that has a form is still seen, and measures are never known done. */
static void offline_it_sees_forms(void **state)
{
    (void)state;
    const struct lint_case cases[] = {{"From 203.0.113.66 it came.", LINT_ADDRESS},
                                      {"An address was blocked.", LINT_MEASURE},
                                      {"They used the account of Clerk.", GOOD}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(refused(&cases[i], NOTICE_PUBLIC, NULL));
    }
}

static void run_on(const char *text, enum notice_audience to, struct arena *a,
                   struct lint_result *r)
{
    struct lint_opts o = opts_for(NULL, to, lint_guess_format(str_of(text)));
    assert_ok(lint_run(str_of(text), &o, a, r));
}

static void the_frame_is_checked(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    struct lint_result r;
    run_on("Hello.\n\nThe next update will be given by 27 November 2026.\n", NOTICE_PUBLIC, a,
           &r);
    assert_int_equal(r.all, 1);
    assert_int_equal(r.refusals[0].rule, LINT_MARKING);
    assert_int_equal(r.refusals[0].line, 0);
    run_on("TLP:CLEAR\n\nHello.\n\nTLP:CLEAR\n", NOTICE_PUBLIC, a, &r);
    assert_int_equal(r.all, 1);
    assert_int_equal(r.refusals[0].rule, LINT_NEXT_UPDATE);
    /* a date that has passed is none */
    run_on("TLP:CLEAR\n\nThe next update comes on 3 November 2026.\n\nTLP:CLEAR\n",
           NOTICE_PUBLIC, a, &r);
    assert_int_equal(r.all, 1);
    assert_int_equal(r.refusals[0].rule, LINT_NEXT_UPDATE);
    run_on("", NOTICE_PUBLIC, a, &r);
    assert_int_equal(r.all, 2);
    run_on("TLP:RED\n\nAPT29\n\nTLP:RED\n", NOTICE_INTERNAL, a, &r);
    assert_int_equal(r.all, 1);
    assert_int_equal(r.refusals[0].rule, LINT_ACTOR);
    assert_int_equal(r.refusals[0].line, 3);
}

static void pages_are_read_through_their_markup(void **state)
{
    (void)state;
    static const struct lint_case cases[] = {
        {"<p>From 203.<b>0</b>.113.66</p>", LINT_ADDRESS},
        {"<p>From 203&#46;0&#46;113&#46;66</p>", LINT_ADDRESS},
        {"<p title=\"203.0.113.66\">x</p>", LINT_ADDRESS},
        {"<p>No data</p><p>was accessed.</p>", GOOD},
        {"<p>No <i>data</i>\nwas accessed.</p>", LINT_ABSENCE},
        {"<script>x</script>", LINT_ACTIVE},
        {"<style>p{background:url(//x.example/)}</style>", LINT_ACTIVE},
        {"<!-- x -->", LINT_ACTIVE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_ARENA a = arena_open(ARENA_BYTES);
        AUTO_BUF text = {0};
        struct lint_result r;
        buf_printf(&text,
                   "<html><p>TLP:CLEAR</p>%s<p>The next update: 27 November 2026.</p>"
                   "<p>TLP:CLEAR</p></html>",
                   cases[i].text);
        buf_putc(&text, '\0');
        run_on(text.p, NOTICE_PUBLIC, a, &r);
        if (r.all != (cases[i].rule != GOOD)) {
            AUTO_BUF said = {0};
            lint_print(&said, STR("page"), &r);
            print_error("%s\n%.*s", cases[i].text, (int)said.n, said.p);
        }
        assert_int_equal(r.all, cases[i].rule != GOOD);
        assert_true(cases[i].rule == GOOD || r.refusals[0].rule == cases[i].rule);
    }
}

/* All that our own forms say passes, in either language. */
static void our_phrases_pass(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (enum phrase p = (enum phrase)0; p < PHRASE_SR_H_SHORT; p++) {
        for (enum phrase_language l = PHRASE_EN; l < PHRASE_LANGUAGE_COUNT; l++) {
            static const struct str args[PHRASE_MAX_ARGS] = {STR_INIT("27 November 2026"),
                                                             STR_INIT("x"), STR_INIT("y"),
                                                             STR_INIT("z"), STR_INIT("w")};
            AUTO_BUF text = {0};
            struct sample s;
            sample_make(&s);
            phrase_put(&text, p, l, args);
            buf_putc(&text, '\0');
            struct lint_case c = {text.p, GOOD};
            bool members = (p >= PHRASE_NV_OPENING && p < PHRASE_SR_H_SHORT) ||
                           str_find(phrase_text(p, l), STR("{1} presents")) != SIZE_MAX;
            wrong += !refused(&c, members ? NOTICE_MEMBERS : NOTICE_PUBLIC, &s);
        }
    }
    assert_int_equal(wrong, 0);
}

static void hostile_bytes_are_bounded(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    AUTO_BUF text = {0};
    struct lint_result r;
    struct lint_opts o = opts_for(NULL, NOTICE_PUBLIC, NOTICE_MARKDOWN);
    assert_fails(lint_run(STR("\xFF"), &o, a, &r), ENCODING);
    while (text.n < LINT_MAX_BYTES) {
        buf_puts(&text, "1.2.3.4 ");
    }
    assert_fails(lint_run(buf_str(&text), &o, a, &r), TOO_MANY);
    text.n = 100000;
    assert_ok(lint_run(buf_str(&text), &o, a, &r));
    assert_int_equal(r.count, LINT_MAX_REFUSALS);
    assert_true(r.all > 12000);
    buf_puts(&text, "\xC3");
    assert_fails(lint_run(buf_str(&text), &o, a, &r), ENCODING);
    buf_clear(&text);
    buf_fill(&text, 'x', LINT_MAX_BYTES + 1);
    assert_fails(lint_run(buf_str(&text), &o, a, &r), TOO_LONG);
    AUTO_ARENA small = arena_open(1 << 14);
    assert_fails(lint_run(STR("TLP:CLEAR"), &o, small, &r), ARENA_FULL);
}

static void refusals_say_where_and_what(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open(ARENA_BYTES);
    AUTO_BUF out = {0};
    struct lint_result r;
    run_on("TLP:CLEAR\n\nÀ l’hôte é: 10.1.2.3\n\nProchaine communication\u00a0: "
           "27/11/2026.\n\nTLP:CLEAR",
           NOTICE_PUBLIC, a, &r);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.refusals[0].line, 3);
    assert_int_equal(r.refusals[0].column, 13);
    assert_str(r.refusals[0].found, "10.1.2.3");
    lint_print(&out, STR("a\nb.md"), &r);
    assert_true(str_starts(buf_str(&out), STR("a\\nb.md:3:13: [address] \"10.1.2.3\": ")));
    buf_clear(&out);
    lint_print_json(&out, STR("b.md"), &r);
    assert_true(str_starts(buf_str(&out), STR("{\"path\":\"b.md\",\"line\":3,\"column\":13,")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_notices_pass),
        cmocka_unit_test(public_is_checked),
        cmocka_unit_test(members_are_checked),
        cmocka_unit_test(who_is_at_risk_is_never_named),
        cmocka_unit_test(offline_it_sees_forms),
        cmocka_unit_test(the_frame_is_checked),
        cmocka_unit_test(pages_are_read_through_their_markup),
        cmocka_unit_test(our_phrases_pass),
        cmocka_unit_test(hostile_bytes_are_bounded),
        cmocka_unit_test(refusals_say_where_and_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
