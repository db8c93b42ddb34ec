/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_shape.h"

#include "base/hash.h"

enum {
    /* Paths remembered; SigmaHQ names 389 fields, real streams have a few thousand paths. */
    MAX_KEYS = 4096,
    /* A longer path is looked up anew each time. */
    MAX_PATH_BYTES = 512,
};
#define ARENA_CAP_BYTES ((size_t)8 << 20)

/* The names of shape.def's tells; several rows of it may share one. */
enum tell {
    TELL_EVENT_SYSTEM,
    TELL_SYSTEM,
    TELL_CHANNEL,
    TELL_EVENT_ID,
    TELL_NXLOG,
    TELL_WINLOG,
    TELL_LOG_NAME_OLD,
    TELL_EVENT_ID_OLD,
    TELL_EVENT_CODE,
    TELL_LOG_NAME,
    TELL_RAW,
    TELL_STRING_INSERTS,
    TELL_EVENT_DATA,
    TELL_TENANT,
    TELL_SYSLOG_MESSAGE,
    TELL_UTC_TIME,
    TELL_PROCESS_GUID,
    TELL_ECS,
    TELL_ECS_PROCESS,
    TELL_ECS_EVENT,
    TELL_EVE_TYPE,
    TELL_EVE_FLOW,
    TELL_ZEEK_PATH,
    TELL_TS,
    TELL_ZEEK_KEY,
    TELL_TRAIL_WRAPPED,
    TELL_TRAIL_VERSION,
    TELL_TRAIL_SOURCE,
    TELL_PROTO,
    TELL_GCP_LOG,
    TELL_GCP_ID,
    TELL_ACTOR,
    TELL_OUTCOME,
    TELL_OKTA_TYPE,
    TELL_AUDIT_ID,
    TELL_VERB,
    TELL_RECORD_TYPE,
    TELL_WORKLOAD,
    TELL_OPERATION,
    TELL_OPERATION_NAME,
    TELL_AZURE,
    TELL_RISK,
    TELL_ACTION,
    TELL_GITHUB,
    TELL_BITBUCKET,
    TELL_ONELOGIN,
    TELL_CANARY,
    TELL_CANARY_NODE,
    TELL_JOURNAL_MESSAGE,
    TELL_JOURNAL,
    TELL_COUNT
};
_Static_assert(TELL_COUNT <= 64, "tells are bits of a uint64_t");

#define T(identifier) (UINT64_C(1) << TELL_##identifier)

static const struct normal_shape_row rows[] = {
#define SHAPE(identifier, name, style, all, any, none, logsource)                              \
    {name, all, any, none, NORMAL_STYLE_##style, LOGSOURCE_##logsource},
#include "decode/shape.def"
};

static const struct {
    struct str path;
    uint64_t bit;
    bool prefix;
} tells[] = {
#define TELL(identifier, path)        {STR_INIT(path), T(identifier), false},
#define TELL_PREFIX(identifier, path) {STR_INIT(path), T(identifier), true},
#include "decode/shape.def"
};

struct name_row {
    enum normal_shape_id shape;
    struct str path, name;
};

static const struct name_row renames[] = {
#define RENAME(shape, path, name) {NORMAL_SHAPE_##shape, STR_INIT(path), STR_INIT(name)},
#include "decode/shape.def"
};

static const struct name_row aliases[] = {
#define ALIAS(shape, path, name) {NORMAL_SHAPE_##shape, STR_INIT(path), STR_INIT(name)},
#include "decode/shape.def"
};

static const struct name_row strips[] = {
#define STRIP(shape, path) {NORMAL_SHAPE_##shape, STR_INIT(path), STR_INIT("")},
#include "decode/shape.def"
};

static const struct name_row envelopes[] = {
#define ENVELOPE(shape, path) {NORMAL_SHAPE_##shape, STR_INIT(path), STR_INIT("")},
#include "decode/shape.def"
};

struct rank_row {
    struct str path;
    uint8_t rank;
};

/*
 * Where a record's time stands: what the event's own system wrote before what a forwarder
 * added, UTC before local time (normal_json.c puts a time with a zone first).
 */
static const struct rank_row times[] = {
    {STR_INIT("UtcTime"), 8},
    {STR_INIT("TimeCreated"), 9},
    {STR_INIT("eventTime"), 7},
    {STR_INIT("ts"), 7},
    {STR_INIT("published"), 7},
    {STR_INIT("timestamp"), 7},
    {STR_INIT("requestReceivedTimestamp"), 7},
    {STR_INIT("__REALTIME_TIMESTAMP"), 7},
    {STR_INIT("_SOURCE_REALTIME_TIMESTAMP"), 6},
    {STR_INIT("EventTime"), 6},
    {STR_INIT("event.created"), 3},
    {STR_INIT("@timestamp"), 5},
    {STR_INIT("stageTimestamp"), 5},
    {STR_INIT("created_at"), 5},
    {STR_INIT("CreationTime"), 5},
    {STR_INIT("createdDateTime"), 5},
    {STR_INIT("activityDateTime"), 5},
    {STR_INIT("detectedDateTime"), 4},
    {STR_INIT("eventTimestamp"), 6},
    {STR_INIT("utc_time"), 4},
    {STR_INIT("local_time"), 3},
    {STR_INIT("time"), 4},
    {STR_INIT("TimeGenerated"), 4},
    {STR_INIT("_time"), 3},
    {STR_INIT("receiveTimestamp"), 2},
    {STR_INIT("receive_timestamp"), 2},
};

static const struct rank_row hosts[] = {
    {STR_INIT("Computer"), 9},  {STR_INIT("hostname"), 8},       {STR_INIT("_HOSTNAME"), 8},
    {STR_INIT("host.name"), 7}, {STR_INIT("host.hostname"), 6},  {STR_INIT("host"), 5},
    {STR_INIT("@system"), 5},   {STR_INIT("agent.hostname"), 2}, {STR_INIT("agent.name"), 1},
};

void normal_shape_open(struct normal_shape *s, const struct fields *names)
{
    *s = (struct normal_shape){
        .names = names, .arena = arena_open(ARENA_CAP_BYTES), .last = NORMAL_SHAPE_JSON};
    s->by_path.seed = hash_random_seed();
}

void normal_shape_close(struct normal_shape *s)
{
    map_free(&s->by_path);
    vec_free(&s->keys);
    arena_close(s->arena);
}

const struct normal_shape_row *normal_shape_row(enum normal_shape_id id)
{
    check(id < COUNT_OF(rows));
    return &rows[id];
}

static uint64_t tells_of(struct str path)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < COUNT_OF(tells); i++) {
        bool is =
            tells[i].prefix ? str_starts(path, tells[i].path) : str_eq(path, tells[i].path);
        bits |= is ? tells[i].bit : 0;
    }
    return bits;
}

static enum normal_shape_id match(uint64_t bits)
{
    size_t i = 0;
    while (i < COUNT_OF(rows) - 1) {
        const struct normal_shape_row *r = &rows[i];
        if ((bits & r->all) == r->all && (bits & r->none) == 0 &&
            (r->any == 0 || (bits & r->any) != 0)) {
            break;
        }
        i++;
    }
    return (enum normal_shape_id)i;
}

static struct normal_shape_key *new_key(struct arena *a, struct str path)
{
    struct normal_shape_key *key = arena_zalloc(a, 1, sizeof(*key));
    struct str own;
    if (key == NULL || rc_failed(arena_copy(a, path, &own))) {
        return NULL;
    }
    *key = (struct normal_shape_key){
        .path = own, .tells = tells_of(path), .shape = NORMAL_SHAPE_COUNT};
    return key;
}

/*
 * The remembered key of a path, or a fresh one that is remembered while there is room.
 * *key is the one before it, and becomes it: records of a source have their keys in one order.
 */
static struct rc next_key(struct normal_shape *s, struct str path, struct arena *batch,
                          struct normal_shape_key **key)
{
    struct normal_shape_key *before = *key;
    if (LIKELY(before->next != NULL && str_eq(before->next->path, path))) {
        *key = before->next;
        return RC_OK;
    }
    uint32_t at = map_get(&s->by_path, path);
    if (at != MAP_NONE) {
        *key = before->next = s->keys.p[at];
        return RC_OK;
    }
    if (path.n <= MAX_PATH_BYTES && s->keys.n < MAX_KEYS) {
        struct normal_shape_key *own = new_key(s->arena, path);
        if (own != NULL) {
            map_add(&s->by_path, own->path, (uint32_t)s->keys.n);
            vec_push(&s->keys, own);
            *key = before->next = own;
            return RC_OK;
        }
    }
    *key = new_key(batch, path);
    return *key == NULL ? rc_make(ERR_ARENA_FULL) : RC_OK;
}

void normal_shape_next_record(struct normal_shape *s)
{
    /* Full of paths that do not come again (ids as keys): start over. */
    if (s->keys.n >= MAX_KEYS || arena_used(s->arena) > ARENA_CAP_BYTES / 2) {
        map_clear(&s->by_path);
        s->keys.n = 0;
        arena_reset(s->arena);
        s->start.next = NULL;
    }
}

struct rc normal_shape_find(struct normal_shape *s, const struct json_pairs *pairs,
                            struct arena *batch, struct normal_shape_key ***out_keys,
                            enum normal_shape_id *out)
{
    struct normal_shape_key **keys =
        arena_alloc(batch, pairs->n * sizeof(struct normal_shape_key *));
    if (keys == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    uint64_t bits = 0;
    struct normal_shape_key *key = &s->start;
    for (size_t i = 0; i < pairs->n; i++) {
        TRY(next_key(s, pairs->p[i].path, batch, &key));
        keys[i] = key;
        bits |= key->tells;
    }
    if (bits != s->last_tells) {
        s->last = match(bits);
        s->last_tells = bits;
    }
    *out_keys = keys;
    *out = s->last;
    return RC_OK;
}

static struct str find_name(const struct name_row *table, size_t count, enum normal_shape_id id,
                            struct str path)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].shape == id && str_eq(table[i].path, path)) {
            return table[i].name;
        }
    }
    return STR("");
}

static bool is_envelope(enum normal_shape_id id, struct str path)
{
    for (size_t i = 0; i < COUNT_OF(envelopes); i++) {
        struct str e = envelopes[i].path;
        bool below = e.p[e.n - 1] == '.';
        if (envelopes[i].shape == id && (below ? str_starts(path, e) : str_eq(path, e))) {
            return true;
        }
    }
    return false;
}

static uint8_t rank_of(const struct rank_row *table, size_t count, struct str a, struct str b)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(table[i].path, a) || str_eq(table[i].path, b)) {
            return table[i].rank;
        }
    }
    return 0;
}

static size_t last_dot(struct str s)
{
    size_t at = s.n;
    while (at > 0 && s.p[at - 1] != '.') {
        at--;
    }
    return at; /* after the dot, 0 when there is none */
}

/* UserData holds one element that is named after the event; its leaves are the fields. */
static struct str user_data_name(struct str rest, bool literal)
{
    size_t dot = str_find_char(rest, '.');
    struct str inner = dot == SIZE_MAX ? STR("") : str_from(rest, dot + 1);
    return literal ? inner : str_from(inner, last_dot(inner));
}

/* Provider.#attributes.Name and Provider_attributes.Name are Provider_Name. */
static struct rc system_name(struct str rest, struct arena *a, struct str *out)
{
    static const struct str attributes[] = {STR_INIT(".#attributes."), STR_INIT("_attributes."),
                                            STR_INIT(".")};
    for (size_t i = 0; i < COUNT_OF(attributes); i++) {
        size_t at = str_find(rest, attributes[i]);
        if (at == SIZE_MAX) {
            continue;
        }
        struct str attribute = str_from(rest, at + attributes[i].n);
        /* The one attribute of TimeCreated is what the element says. */
        if (str_eq(attribute, STR("#text")) || str_eq(attribute, STR("Value")) ||
            str_eq(attribute, STR("SystemTime"))) {
            *out = str_upto(rest, at);
            return RC_OK;
        }
        char *text = arena_text(a, at + 1 + attribute.n);
        if (text == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        memcpy(text, rest.p, at);
        text[at] = '_';
        memcpy(text + at + 1, attribute.p, attribute.n);
        *out = (struct str){text, at + 1 + attribute.n};
        return RC_OK;
    }
    *out = rest;
    return RC_OK;
}

static bool take_prefix(struct str *s, struct str prefix)
{
    bool is = str_starts(*s, prefix);
    *s = is ? str_from(*s, prefix.n) : *s;
    return is;
}

/* Names as EVTX has them, from the tree that evtx_dump, Chainsaw and Velociraptor write. */
static struct rc event_name(struct str path, bool literal, struct arena *a, struct str *out)
{
    (void)take_prefix(&path, STR("Event."));
    if (take_prefix(&path, STR("System."))) {
        return system_name(path, a, out);
    }
    /* "EventData": null, the event has none */
    bool nameless = str_eq(path, STR("EventData")) || str_eq(path, STR("UserData")) ||
                    str_find(path, STR("#attributes")) != SIZE_MAX ||
                    str_find(path, STR("_attributes.")) != SIZE_MAX;
    if (nameless) {
        *out = STR("");
    } else if (take_prefix(&path, STR("EventData."))) {
        struct str text = STR(".#text");
        *out = str_ends(path, text) ? str_upto(path, path.n - text.n) : path;
    } else if (take_prefix(&path, STR("UserData."))) {
        *out = user_data_name(path, literal);
    } else {
        *out = path;
    }
    return RC_OK;
}

static struct rc name_in_shape(const struct normal_shape_key *key, enum normal_shape_id id,
                               struct arena *a, struct str *out)
{
    struct str name = find_name(renames, COUNT_OF(renames), id, key->path);
    if (name.n != 0) {
        *out = name;
        return RC_OK;
    }
    if (id == NORMAL_SHAPE_EVTX_DUMP || id == NORMAL_SHAPE_VELOCIRAPTOR) {
        return event_name(key->path, key->literal, a, out);
    }
    *out = key->path;
    for (size_t i = 0; i < COUNT_OF(strips); i++) {
        if (strips[i].shape == id && take_prefix(out, strips[i].path)) {
            name = find_name(renames, COUNT_OF(renames), id, *out);
            *out = name.n != 0 ? name : *out;
            break;
        }
    }
    bool user_data = take_prefix(out, STR("winlog.user_data.")) ||
                     (id == NORMAL_SHAPE_WINLOGBEAT_6 && take_prefix(out, STR("user_data.")));
    *out = user_data ? str_from(*out, last_dot(*out)) : *out;
    struct str text = STR(".#text");
    if (id == NORMAL_SHAPE_WINDOWS_FLAT && str_ends(*out, text)) {
        *out = str_upto(*out, out->n - text.n);
    }
    return RC_OK;
}

static struct rc set_name(struct normal_shape *s, struct normal_shape_key *key,
                          enum normal_shape_id id, struct arena *a)
{
    struct str name;
    TRY(name_in_shape(key, id, a, &name));
    key->id = fields_find(s->names, name);
    if (key->id == FIELD_NONE && rows[id].style == NORMAL_STYLE_WINDOWS && name.n != 0 &&
        memchr(name.p, ' ', name.n) != NULL) {
        char *text = arena_text(a, name.n);
        if (text == NULL) {
            return rc_make(ERR_ARENA_FULL);
        }
        size_t n = 0;
        for (size_t i = 0; i < name.n; i++) {
            if (name.p[i] != ' ') {
                text[n++] = name.p[i];
            }
        }
        name = (struct str){text, n};
        key->id = fields_find(s->names, name);
    }
    key->name = name;
    return RC_OK;
}

struct rc normal_shape_resolve(struct normal_shape *s, struct normal_shape_key *key,
                               enum normal_shape_id id, struct arena *batch)
{
    struct arena *a = s->arena;
    struct rc rc = set_name(s, key, id, a);
    if (rc_failed(rc)) { /* the cache is full: this record pays for itself */
        TRY(set_name(s, key, id, batch));
    }
    struct str alias = find_name(aliases, COUNT_OF(aliases), id, key->path);
    if (alias.n == 0 && id == NORMAL_SHAPE_WINLOGBEAT) {
        alias = find_name(aliases, COUNT_OF(aliases), NORMAL_SHAPE_ECS, key->path);
    }
    key->alias = alias.n == 0 ? FIELD_NONE : fields_find(s->names, alias);
    key->flags = is_envelope(id, key->path) ? FIELD_ENVELOPE : 0;
    key->time_rank = rank_of(times, COUNT_OF(times), key->name, key->path);
    key->host_rank = rank_of(hosts, COUNT_OF(hosts), key->name, key->path);
    /* A name that lives in the batch must not be found again. */
    key->shape = (uint8_t)(rc_failed(rc) ? NORMAL_SHAPE_COUNT : id);
    return RC_OK;
}
