// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/http_verdict.hpp"

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <cerrno>

namespace herdgate {
namespace {

const std::vector<int> absent{404, 410};

http_verdict judged(http_ending ending) {
    return judge(ending, {absent, 1000, milliseconds{250}});
}

http_verdict of_status(long status) {
    http_ending ending;
    ending.status = status;
    return judged(ending);
}

http_verdict of_code(int code) {
    http_ending ending;
    ending.curl_code = code;
    return judged(ending);
}

TEST(http_verdict, takes_any_2xx_for_a_value) {
    for (const long status : {200, 203, 204, 299}) {
        EXPECT_EQ(of_status(status).outcome, load_outcome::ok) << status;
        EXPECT_EQ(of_status(status).reason, "");
    }
}

TEST(http_verdict, takes_the_listed_statuses_for_absent) {
    EXPECT_EQ(of_status(404).outcome, load_outcome::absent);
    EXPECT_EQ(of_status(410).outcome, load_outcome::absent);
    EXPECT_EQ(of_status(411).outcome, load_outcome::error);
}

TEST(http_verdict, lets_a_listed_2xx_mean_absent) {
    http_ending ending;
    ending.status = 204;
    EXPECT_EQ(judge(ending, {{204}, 1000, milliseconds{1}}).outcome, load_outcome::absent);
    EXPECT_FALSE(carries_value(204, {204}));
}

TEST(http_verdict, names_the_status_of_an_error) {
    EXPECT_EQ(of_status(500).reason, "HTTP 500");
    EXPECT_EQ(of_status(302).reason, "HTTP 302 (redirects are not followed)");
    EXPECT_EQ(of_status(304).reason, "HTTP 304 to a request without conditions");
}

TEST(http_verdict, does_not_trust_the_status_of_an_incomplete_answer) {
    http_ending ending;
    ending.status = 404;
    ending.curl_code = CURLE_PARTIAL_FILE;
    EXPECT_EQ(judged(ending).outcome, load_outcome::error);
    EXPECT_EQ(judged(ending).reason, "answer cut short");
}

TEST(http_verdict, tells_a_silent_origin_from_a_slow_one) {
    EXPECT_EQ(of_code(CURLE_OPERATION_TIMEDOUT).outcome, load_outcome::timeout);
    EXPECT_EQ(of_code(CURLE_OPERATION_TIMEDOUT).reason, "no answer within 250 ms");
    http_ending slow;
    slow.status = 200;
    slow.curl_code = CURLE_OPERATION_TIMEDOUT;
    EXPECT_EQ(judged(slow).reason, "answer not complete within 250 ms");
}

TEST(http_verdict, names_the_limit_of_a_body_too_large) {
    http_ending ending;
    ending.status = 200;
    ending.curl_code = CURLE_WRITE_ERROR;
    ending.too_large = true;
    EXPECT_EQ(judged(ending).outcome, load_outcome::error);
    EXPECT_EQ(judged(ending).reason, "answer larger than 1000 bytes");
}

TEST(http_verdict, goes_by_the_status_when_a_long_refusal_was_not_read) {
    http_ending ending;
    ending.status = 410;
    ending.curl_code = CURLE_WRITE_ERROR;
    ending.discarded = true;
    EXPECT_EQ(judged(ending).outcome, load_outcome::absent);
}

TEST(http_verdict, explains_failed_connects) {
    http_ending ending;
    ending.curl_code = CURLE_COULDNT_CONNECT;
    EXPECT_EQ(judged(ending).reason, "cannot connect");
    ending.os_error = ECONNREFUSED;
    EXPECT_EQ(judged(ending).reason, "cannot connect: Connection refused");
    ending.refused_address = "169.254.169.254";
    EXPECT_EQ(judged(ending).reason,
              "refused to connect to 169.254.169.254 (link-local or cloud metadata; see "
              "allow_addresses)");
}

TEST(http_verdict, explains_refused_certificates) {
    http_ending ending;
    ending.curl_code = CURLE_PEER_FAILED_VERIFICATION;
    EXPECT_EQ(judged(ending).reason, "TLS certificate refused: it does not name this host");
    ending.verify_result = X509_V_ERR_CERT_HAS_EXPIRED;
    EXPECT_EQ(judged(ending).reason, "TLS certificate refused: certificate has expired");
}

TEST(http_verdict, has_words_for_every_code_of_curl) {
    for (int code = 1; code < CURL_LAST; ++code) {
        EXPECT_NE(of_code(code).outcome, load_outcome::ok) << code;
        EXPECT_NE(of_code(code).reason, "") << code;
    }
}

TEST(http_verdict, a_304_to_a_condition_means_unchanged) {
    http_ending ending;
    ending.status = 304;
    EXPECT_EQ(judge(ending, {absent, 1000, milliseconds{1}, true}).outcome,
              load_outcome::unchanged);
    ending.status = 200;
    EXPECT_EQ(judge(ending, {absent, 1000, milliseconds{1}, true}).outcome, load_outcome::ok);
}

bool retried(int code, long status, const http_load& spec = {}) {
    http_ending ending;
    ending.curl_code = code;
    ending.status = status;
    return may_retry(ending, spec);
}

TEST(may_retry, after_failed_connects_and_listed_statuses_only) {
    for (const int code :
         {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_SSL_CONNECT_ERROR})
        EXPECT_TRUE(retried(code, 0)) << code;
    for (const int code : {CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
                           CURLE_PEER_FAILED_VERIFICATION, CURLE_RECV_ERROR, CURLE_WRITE_ERROR})
        EXPECT_FALSE(retried(code, 503)) << code;
    for (const long status : {502, 503, 504}) EXPECT_TRUE(retried(CURLE_OK, status)) << status;
    for (const long status : {200, 304, 404, 429, 500})
        EXPECT_FALSE(retried(CURLE_OK, status)) << status;
}

TEST(may_retry, as_the_route_says) {
    http_load spec;
    spec.retry.connect = false;
    spec.retry.statuses = {500, 404};
    EXPECT_FALSE(retried(CURLE_COULDNT_CONNECT, 0, spec));
    EXPECT_TRUE(retried(CURLE_OK, 500, spec));
    EXPECT_FALSE(retried(CURLE_OK, 404, spec)) << "it means absent";
    EXPECT_FALSE(retried(CURLE_OK, 503, spec));
}

TEST(may_retry, where_a_kept_connection_was_closed_if_asking_twice_does_no_harm) {
    http_ending ending;
    ending.curl_code = CURLE_GOT_NOTHING;
    ending.lost_kept = true;
    http_load spec;
    EXPECT_TRUE(may_retry(ending, spec));
    spec.method = "POST";
    EXPECT_FALSE(may_retry(ending, spec));
}

TEST(may_retry, never_what_was_refused_here) {
    http_ending ending;
    ending.curl_code = CURLE_COULDNT_CONNECT;
    ending.refused_address = "169.254.169.254";
    EXPECT_FALSE(may_retry(ending, {}));
    http_ending large;
    large.curl_code = CURLE_WRITE_ERROR;
    large.status = 503;
    large.head_too_large = true;
    EXPECT_FALSE(may_retry(large, {}));
    EXPECT_EQ(judged(large).reason, "the answer's headers are too long");
}

}  // namespace
}  // namespace herdgate
