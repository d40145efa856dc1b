// SPDX-License-Identifier: Apache-2.0
//
// What a load that serves several keys, one after the other or at once, may look like: nothing of
// it but the place of the keys comes from a key.
#include "finish.hpp"
#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/command/unix_url.hpp"

namespace herdgate {
namespace {

class batch_finisher {
  public:
    batch_finisher(route_draft& draft, diagnostic_list& found) : draft_(draft), found_(found) {}

    void finish() {
        if (draft_.batch.node != nullptr && draft_.fleet)
            found_.error(*draft_.fleet->node, draft_.fleet->path,
                         "'fleet' counts loads of single keys: it cannot go with 'batch'");
        if (draft_.http && draft_.http->batch) http();
        if (draft_.command && draft_.command->batch) command();
        if (draft_.command && draft_.command->worker) worker();
    }

  private:
    void http() {
        load_batch& batch = *draft_.http->batch;
        const route_pattern& match = draft_.made.match;
        if (!match.source().empty() && match.names().size() != 1)
            found_.error(*draft_.batch.node, draft_.batch.path,
                         "a batch needs a pattern with exactly one capture",
                         "its text is what the origin knows a key by");
        std::vector<const text_template*> values;
        for (const auto& [name, value] : draft_.http->headers) values.push_back(&value);
        literal(values, draft_.headers, "a header of a batch cannot come from a key");
        if (draft_.batch_url) url(batch);
        if (!draft_.batch_key) return;
        if (const auto wrong = json::pointer_problem(draft_.batch_key->text))
            found_.error_in(*draft_.batch_key, *wrong);
        batch.key = draft_.batch_key->text;
    }

    void url(load_batch& batch) {
        const config_scalar& v = *draft_.batch_url;
        auto parsed = parse_template(v.text, {"ids"});
        if (!parsed) return found_.error_in(v, parsed.error());
        parsed->source = v.node->text;
        const auto socket = take_unix_socket(*parsed);
        if (!socket) return found_.error_in(v, socket.error());
        if (*socket != draft_.http->unix_path)
            found_.error(*v.node, v.path, "the URL of a batch is for another socket than 'url'",
                         "both are asked in the same way");
        if (const auto wrong = url_problem(*parsed))
            found_.error(*v.node, v.path, wrong->message, wrong->hint);
        else if (parsed->is_literal())
            found_.error(*v.node, v.path, "the URL of a batch needs '{ids}'",
                         "for example http://host/items?ids={ids}");
        batch.url = *std::move(parsed);
    }

    void command() {
        command_load& load = *draft_.command;
        load.stdin_key = true;
        if (load.worker)
            found_.error(*draft_.batch.node, draft_.batch.path,
                         "'batch' cannot go with 'mode: worker'",
                         "a worker is asked for one key after the other");
        for (const config_scalar& v : draft_.batch_argv) {
            auto parsed = parse_template(v.text, {});
            if (!parsed) {
                found_.error_in(v, parsed.error());
                continue;
            }
            parsed->source = v.node->text;
            const auto wrong = &v == &draft_.batch_argv.front() ? program_problem(*parsed)
                                                                : argument_problem(*parsed);
            if (wrong) found_.error(*v.node, v.path, wrong->message, wrong->hint);
            load.batch->argv.push_back(*std::move(parsed));
        }
        if (draft_.batch_argv.empty())
            literal_arguments("an argument of a batch cannot come from a key",
                              "the keys come on standard input; or write 'batch.argv'");
        literal_environment("a variable of a batch cannot come from a key");
    }

    void worker() {
        command_load& load = *draft_.command;
        load.stdin_key = true;
        literal_arguments("an argument of a worker cannot come from a key",
                          "a worker is started once; the keys come on standard input");
        literal_environment("a variable of a worker cannot come from a key");
        if (draft_.absent_exit)
            found_.error(*draft_.absent_exit->node, draft_.absent_exit->path,
                         "'absent_exit' cannot go with 'mode: worker'",
                         "a worker says 'absent', and goes on");
    }

    void literal_arguments(const std::string& message, const std::string& hint) {
        std::vector<const text_template*> values;
        for (const text_template& argument : draft_.command->argv) values.push_back(&argument);
        literal(values, draft_.argv, message, hint);
    }

    void literal_environment(const std::string& message) {
        std::vector<const text_template*> values;
        for (const auto& [name, value] : draft_.command->env) values.push_back(&value);
        literal(values, draft_.env, message);
    }

    /// Templates of which one is broken are not looked at: that is an error already.
    void literal(const std::vector<const text_template*>& values,
                 const std::vector<config_scalar>& places, const std::string& message,
                 const std::string& hint = {}) {
        for (std::size_t i = 0; i < values.size() && values.size() == places.size(); ++i)
            if (!values[i]->is_literal())
                found_.error(*places[i].node, places[i].path, message, hint);
    }

    route_draft& draft_;
    diagnostic_list& found_;
};

}  // namespace

void finish_batch(route_draft& draft, diagnostic_list& found) {
    batch_finisher{draft, found}.finish();
}

}  // namespace herdgate
