// SPDX-License-Identifier: Apache-2.0
//
// hiredis: hiredis HOST PORT DATABASE NAME TAG, or hiredis unix PATH DATABASE NAME TAG.
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { many = 1000, byte_count = 10240 };

static char** words;
static const char* tag;
static int checks;

static void check(int good, const char* what) {
    if (!good) {
        fprintf(stderr, "not so: %s\n", what);
        exit(1);
    }
    ++checks;
}

#define CHECK(condition) check((condition) != 0, #condition)

static redisReply* say(redisContext* c, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    redisReply* reply = redisvCommand(c, format, arguments);
    va_end(arguments);
    if (reply == NULL) {
        fprintf(stderr, "%s: %s\n", format, c->errstr);
        exit(1);
    }
    return reply;
}

// Whether the reply, which is freed, is this text: of a string, a status or an error's beginning;
// NULL for nil.
static int is(redisReply* reply, const char* text) {
    int good = text == NULL ? reply->type == REDIS_REPLY_NIL
                            : reply->str != NULL && strncmp(reply->str, text, strlen(text)) == 0;
    freeReplyObject(reply);
    return good;
}

static int is_number(redisReply* reply, long long number) {
    int good = reply->type == REDIS_REPLY_INTEGER && reply->integer == number;
    freeReplyObject(reply);
    return good;
}

static int is_array(redisReply* reply, size_t size, size_t at, const char* text) {
    int good = reply->type == REDIS_REPLY_ARRAY && reply->elements == size &&
               (text == NULL || strcmp(reply->element[at]->str, text) == 0);
    freeReplyObject(reply);
    return good;
}

static redisContext* join(void) {
    redisContext* c = strcmp(words[1], "unix") == 0 ? redisConnectUnix(words[2])
                                                    : redisConnect(words[1], atoi(words[2]));
    if (c == NULL || c->err != 0) exit(1);
    if (atoi(words[3]) != 0) CHECK(is(say(c, "SELECT %s", words[3]), "OK"));
    if (words[4][0] != '\0') CHECK(is(say(c, "CLIENT SETNAME %s", words[4]), "OK"));
    return c;
}

static void connects(redisContext* c) {
    CHECK(is(say(c, "PING"), "PONG"));
    CHECK(is(say(c, "CLIENT GETNAME"), words[4][0] != '\0' ? words[4] : NULL));
    CHECK(is(say(c, "SET %s:here x", tag), "OK"));
    redisContext* other = join();
    CHECK(is(say(other, "GET %s:here", tag), "x"));
    redisFree(other);
}

static void pipelines(redisContext* c) {
    for (int i = 0; i < many; ++i) {
        redisAppendCommand(c, "SET %s:pipe:%d %d", tag, i, i);
        redisAppendCommand(c, "GET %s:pipe:%d", tag, i);
    }
    for (int i = 0; i < many; ++i) {
        void* reply = NULL;
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        CHECK(redisGetReply(c, &reply) == REDIS_OK && is(reply, "OK"));
        CHECK(redisGetReply(c, &reply) == REDIS_OK && is(reply, text));
    }
}

static void transactions(redisContext* c) {
    redisContext* other = join();
    for (int lost = 0; lost < 2; ++lost) {
        CHECK(is(say(c, "SET %s:watched 1", tag), "OK"));
        CHECK(is(say(c, "WATCH %s:watched", tag), "OK"));
        if (lost) CHECK(is(say(other, "SET %s:watched 10", tag), "OK"));
        CHECK(is(say(c, "MULTI"), "OK"));
        CHECK(is(say(c, "INCR %s:watched", tag), "QUEUED"));
        CHECK(is(say(c, "GET %s:watched", tag), "QUEUED"));
        redisReply* reply = say(c, "EXEC");
        CHECK(lost ? is(reply, NULL) : is_array(reply, 2, 1, "2"));
        CHECK(is(say(c, "GET %s:watched", tag), lost ? "10" : "2"));
    }
    redisFree(other);
}

static void pub_sub(redisContext* c) {
    redisContext* listener = join();
    CHECK(is_array(say(listener, "SUBSCRIBE %s:news", tag), 3, 0, "subscribe"));
    CHECK(is_array(say(listener, "PSUBSCRIBE %s:other:*", tag), 3, 0, "psubscribe"));
    for (int i = 0; i < 20; ++i) {
        void* reply = NULL;
        CHECK(is_number(say(c, "PUBLISH %s:news text-%d", tag, i), 1));
        CHECK(is_number(say(c, "PUBLISH %s:other:%d text", tag, i), 1));
        CHECK(redisGetReply(listener, &reply) == REDIS_OK && is_array(reply, 3, 0, "message"));
        CHECK(redisGetReply(listener, &reply) == REDIS_OK && is_array(reply, 4, 3, "text"));
    }
    CHECK(is_array(say(listener, "UNSUBSCRIBE"), 3, 0, "unsubscribe"));
    CHECK(is_array(say(listener, "PUNSUBSCRIBE"), 3, 0, "punsubscribe"));
    CHECK(is(say(listener, "GET %s:here", tag), "x"));
    redisFree(listener);
}

static void* wait_for_jobs(void* unused) {
    redisContext* c = join();
    long good = 1;
    for (int i = 0; i < 3; ++i) {
        char text[16];
        snprintf(text, sizeof text, "job-%d", i);
        good &= is_array(say(c, "BLPOP %s:none %s:queue 10", tag, tag), 2, 1, text);
    }
    redisFree(c);
    return unused == NULL && good ? c : NULL;
}

static void blocking(redisContext* c) {
    pthread_t waiter;
    void* good = NULL;
    CHECK(is(say(c, "BLPOP %s:queue 0.1", tag), NULL));
    CHECK(pthread_create(&waiter, NULL, wait_for_jobs, NULL) == 0);
    for (int i = 0; i < 3; ++i) freeReplyObject(say(c, "RPUSH %s:queue job-%d", tag, i));
    CHECK(pthread_join(waiter, &good) == 0 && good != NULL);
    CHECK(is(say(c, "XREAD BLOCK 50 STREAMS %s:stream $", tag), NULL));
}

static void scripts(redisContext* c) {
    char text[100];
    snprintf(text, sizeof text, "return redis.call('INCRBY', KEYS[1], ARGV[1]) -- %s", tag);
    CHECK(is(say(c, "EVALSHA %s 1 %s:n 5", "0123456789012345678901234567890123456789", tag),
             "NOSCRIPT"));
    redisReply* sha = say(c, "SCRIPT LOAD %s", text);
    for (int i = 1; i < 4; ++i)
        CHECK(is_number(say(c, "EVALSHA %s 1 %s:n 5", sha->str, tag), i * 5));
    CHECK(is_number(say(c, "EVAL %s 1 %s:n 5", text, tag), 20));
    freeReplyObject(sha);
}

static void scanning(redisContext* c) {
    for (int i = 0; i < many; ++i) redisAppendCommand(c, "SADD %s:set member-%d", tag, i);
    for (int i = 0; i < many; ++i) {
        void* reply = NULL;
        CHECK(redisGetReply(c, &reply) == REDIS_OK && is_number(reply, 1));
    }
    size_t found = 0;
    char cursor[32] = "0";
    do {
        redisReply* reply = say(c, "SSCAN %s:set %s COUNT 100", tag, cursor);
        snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
        found += reply->element[1]->elements;
        freeReplyObject(reply);
    } while (strcmp(cursor, "0") != 0);
    CHECK(found >= many);
}

static void bytes_and_errors(redisContext* c) {
    char bytes[byte_count];
    for (int i = 0; i < byte_count; ++i) bytes[i] = (char)i;
    CHECK(is(say(c, "SET %s:bytes %b", tag, bytes, (size_t)byte_count), "OK"));
    redisReply* reply = say(c, "GET %s:bytes", tag);
    CHECK(reply->len == byte_count && memcmp(reply->str, bytes, byte_count) == 0);
    freeReplyObject(reply);
    CHECK(is(say(c, "LPUSH %s:here x", tag), "WRONGTYPE"));
    CHECK(is(say(c, "NOSUCH a"), "ERR unknown command"));
    CHECK(is(say(c, "INCR %s:here", tag), "ERR value is not an integer"));
    CHECK(is(say(c, "GET %s:here", tag), "x"));
}

int main(int count, char** given) {
    if (count != 6) return 2;
    words = given;
    tag = given[5];
    redisContext* c = join();
    connects(c);
    pipelines(c);
    transactions(c);
    pub_sub(c);
    blocking(c);
    scripts(c);
    scanning(c);
    bytes_and_errors(c);
    redisFree(c);
    printf("%d checks\n", checks);
    return 0;
}
