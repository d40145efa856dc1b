// SPDX-License-Identifier: Apache-2.0
//
// Every handler of the keyspace commands, by the file it is in.
#pragma once

#include "herdgate/core/command/keyspace_commands.hpp"

namespace herdgate::keyspace {

// get_set.cpp
void get(keyspace_call& call);
void getdel(keyspace_call& call);
void getex(keyspace_call& call);
void getset(keyspace_call& call);
void psetex(keyspace_call& call);
void set(keyspace_call& call);
void setex(keyspace_call& call);
void setnx(keyspace_call& call);
// many.cpp
void del(keyspace_call& call);
void exists(keyspace_call& call);
void mget(keyspace_call& call);
void mset(keyspace_call& call);
void msetnx(keyspace_call& call);
// numbers.cpp
void decr(keyspace_call& call);
void decrby(keyspace_call& call);
void incr(keyspace_call& call);
void incrby(keyspace_call& call);
void incrbyfloat(keyspace_call& call);
// ranges.cpp
void append(keyspace_call& call);
void getrange(keyspace_call& call);
void setrange(keyspace_call& call);
void strlen(keyspace_call& call);
// expiry.cpp
void expire(keyspace_call& call);
void expireat(keyspace_call& call);
void expiretime(keyspace_call& call);
void persist(keyspace_call& call);
void pexpire(keyspace_call& call);
void pexpireat(keyspace_call& call);
void pexpiretime(keyspace_call& call);
void pttl(keyspace_call& call);
void ttl(keyspace_call& call);
// names.cpp
void copy(keyspace_call& call);
void rename(keyspace_call& call);
void renamenx(keyspace_call& call);
void type(keyspace_call& call);
// databases.cpp
void dbsize(keyspace_call& call);
void flushall(keyspace_call& call);
void flushdb(keyspace_call& call);
void keys(keyspace_call& call);
void randomkey(keyspace_call& call);
void scan(keyspace_call& call);

}  // namespace herdgate::keyspace
