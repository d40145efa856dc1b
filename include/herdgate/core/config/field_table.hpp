// SPDX-License-Identifier: Apache-2.0
//
// The field table: every setting that a configuration file may hold, in one list. It drives the
// decoder, and whatever else lists settings (reference, schema). A setting that is planned but not
// built yet is listed, too, so that the decoder can say so.
//
// Paths: "routes[].load.http.timeout"; [] stands for any element of a list.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace herdgate {

struct config_draft;
struct config_scalar;

enum class field_type : std::uint8_t {
    section,       ///< a mapping of settings, or the word in `choices`
    section_list,  ///< a list of such mappings
    alternatives,  ///< a mapping with exactly one of its settings, or one of `choices` instead
    text,
    duration,
    size,
    number,
    percent,      ///< in hundredths of a percent
    factor,       ///< a decimal number, in thousandths
    boolean,      ///< true or false, and nothing else that YAML 1.1 takes for one
    choice,       ///< one of `choices`
    auto_number,  ///< a number, or the word "auto"
    templated,    ///< text with {captures}
    pattern,      ///< text that names captures
    text_list,
    number_list,
    templated_list,
    templated_map,  ///< free names, templates as values
    unsupported,    ///< not in this version
};

enum class presence : std::uint8_t { optional, required };

struct field {
    std::string_view path = {};
    field_type type = field_type::unsupported;
    std::string_view default_value = {};  ///< as one would write it; empty: none
    std::string_view doc = {};            ///< one sentence or two, without the final full stop
    void (*assign)(config_draft&,
                   const config_scalar&) = nullptr;  ///< stores one value (each element of a list)
    void (*enter)(config_draft&) =
        nullptr;           ///< called once before the values: new element, cleared list
    std::int64_t min = 0;  ///< of numbers, milliseconds, bytes, 1/100 %; of a list's length
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    std::string_view choices = {};  ///< "error|nil"
    presence need = presence::optional;

    /// The last name of the path, without [].
    std::string_view name() const noexcept;
    /// The path of the mapping that holds it; empty for the top level.
    std::string_view parent() const noexcept;
    /// What values are allowed, for people; empty if all.
    std::string constraint() const;
    /// A value of the field's type in text form ("2s", "16MiB", "20%", "4").
    std::string format(std::int64_t value) const;
};

/// All settings, in the order of the reference.
std::span<const field> field_table();

/// The setting at a path, or nullptr.
const field* find_field(std::string_view path);

/// The settings of one mapping, in order. `parent`: "" or a section's path with [] for lists.
std::span<const field* const> fields_of(std::string_view parent);

/// The reference as a Markdown table, made from the field table (supported settings only).
std::string field_reference();

}  // namespace herdgate
