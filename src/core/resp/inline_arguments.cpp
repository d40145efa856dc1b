// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/inline_arguments.hpp"

namespace herdgate::resp {
namespace {

// C's isspace in the "C" locale: what separates arguments and may follow a closing quote.
bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// What ends a bare word. Fewer than the blanks: Redis lets VT and FF be part of a word that has
// begun.
bool ends_word(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

char unescaped(char c) {
    switch (c) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'b':
            return '\b';
        case 'a':
            return '\a';
        default:
            return c;
    }
}

// One argument after another, from the left. at_ never passes the end of line_.
class splitter {
  public:
    splitter(std::string_view line, std::string& storage) : line_(line), storage_(storage) {}

    bool next_word() {
        while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
        return at_ < line_.size();
    }

    // A word may begin bare and go on in quotes (ab"c d"), but a closing quote ends it.
    bool take_word() {
        while (at_ < line_.size() && !ends_word(line_[at_])) {
            const char c = line_[at_++];
            if (c == '"') return take_double_quoted();
            if (c == '\'') return take_single_quoted();
            storage_ += c;
        }
        return true;
    }

  private:
    bool take_double_quoted() {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '"') return at_word_end();
            storage_ += c == '\\' && at_ < line_.size() ? take_escape() : c;
        }
        return false;
    }

    // at_ is after the backslash. An incomplete \x is the letter x.
    char take_escape() {
        if (line_[at_] == 'x' && line_.size() - at_ >= 3) {
            const int high = hex_digit(line_[at_ + 1]);
            const int low = hex_digit(line_[at_ + 2]);
            if (high >= 0 && low >= 0) {
                at_ += 3;
                return static_cast<char>(static_cast<unsigned char>(high * 16 + low));
            }
        }
        return unescaped(line_[at_++]);
    }

    bool take_single_quoted() {
        while (at_ < line_.size()) {
            const char c = line_[at_++];
            if (c == '\'') return at_word_end();
            if (c == '\\' && at_ < line_.size() && line_[at_] == '\'')
                storage_ += line_[at_++];
            else
                storage_ += c;
        }
        return false;
    }

    bool at_word_end() const { return at_ == line_.size() || is_blank(line_[at_]); }

    std::string_view line_;
    std::string& storage_;
    std::size_t at_ = 0;
};

}  // namespace

bool split_inline(std::string_view line, std::string& storage, std::vector<byte_range>& arguments) {
    splitter words{line, storage};
    while (words.next_word()) {
        const std::size_t begin = storage.size();
        if (!words.take_word()) return false;
        arguments.push_back({begin, storage.size() - begin});
    }
    return true;
}

}  // namespace herdgate::resp
