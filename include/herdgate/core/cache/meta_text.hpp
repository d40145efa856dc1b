// SPDX-License-Identifier: Apache-2.0
//
// meta_text: the `meta` field of an entry in Redis, read. It is written by the scripts only
// (core/upstream/lua), which know the time; docs/entry_format.md describes it.
//
//     1 FRESH REVALIDATE ERROR LOAD RETRY FAILURES STAMP
//     began MS          when the load that the entry is from was given its lease
//     reason TEXT       why the last load failed
//     uncacheable 1     there is no data, because answers may not be stored
//     etag, modified, tag: see entry_notes.hpp
//
// Times are milliseconds since 1970 on Redis's clock, 0 = never. Lines after the first are "NAME
// VALUE"; unknown ones are for later versions and are skipped.
#pragma once

#include <string_view>

#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

/// Fills all but value and `negative` of `e` from the field's text. False: it is not of this
/// version; `e` is unchanged then.
bool read_meta(std::string_view text, entry& e);

/// An entry from its fields; without data, `negative` where it is fresh for a while all the same.
entry make_entry(bool has_data, std::string_view data, std::string_view meta);

}  // namespace herdgate
